"""A number as an officer dials it, from whatever the network printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering.numbers import caller_id, normalise


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0912345678", 129),
        ("0912345678", 145),
        ("+84912345678", 145),
        ("84912345678", 145),
        ("84912345678", 129),
        ("84912345678", 161),
        ("0084912345678", 129),
        ("912345678", 161),
        ("912345678", 145),
        ("+840912345678", 145),
        ("0912345678", None),
    ],
)
def test_one_vietnamese_mobile_has_one_spelling(text: str, kind: int | None) -> None:
    assert normalise(text, kind) == "0912345678"


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("02043875113", 129, "02043875113"),
        ("+842043875113", 145, "02043875113"),
        ("841234567", 129, "0841234567"),  # 084 is VinaPhone, not the country code
        ("113", 129, "113"),
        ("19001234", 129, "19001234"),
        ("+8419001234", 145, "19001234"),
        ("0712345678", 129, "0712345678"),  # not in the plan: the network's word stands
    ],
)
def test_land_lines_and_short_codes_stay_dialable(text: str, kind: int, number: str) -> None:
    assert normalise(text, kind) == number


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("+8613912345678", 145, "+8613912345678"),
        ("8613912345678", 145, "+8613912345678"),
        ("008613912345678", 129, "+8613912345678"),
        ("+4915112345678", 145, "+4915112345678"),
        ("27820001234", 145, "+27820001234"),
    ],
)
def test_foreign_numbers_are_e164(text: str, kind: int, number: str) -> None:
    assert normalise(text, kind) == number


@pytest.mark.parametrize(
    "text", ["", "XXXX", "+", "+7913000ABCA", "*101#", "09 12", "0912345678;", "+999", "٠٩١٢"]
)
def test_what_is_no_number_is_unknown(text: str) -> None:
    assert normalise(text, 129) is None


def test_masked_digits_are_kept_as_printed() -> None:
    caller = caller_id("XXXX", 145, 0)
    assert (caller.number, caller.raw, caller.validity) == (None, "XXXX", 0)


def test_hex_of_the_modems_boot_character_set_is_read() -> None:
    assert normalise("002B00380034003900310032003300340035003600370038", 145) == "0912345678"


@given(st.text(max_size=200), st.one_of(st.none(), st.integers(0, 255)), st.integers(-1, 300))
def test_any_text_gives_digits_or_nothing(text: str, kind: int | None, validity: int) -> None:
    caller = caller_id(text, kind, validity)
    assert caller.number is None or caller.number.removeprefix("+").isascii()
    assert caller.number is None or caller.number.removeprefix("+").isdigit()
    assert len(caller.raw) <= 64
    assert caller.validity in range(5)

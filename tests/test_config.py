"""A wrong configuration is named, key and value, before anything starts."""

from pathlib import Path

import pytest

from appliance import config
from appliance.errors import ConfigError


def test_an_empty_file_gives_the_defaults_of_the_post() -> None:
    made = config.parse({})
    assert made.post.language == "vi"
    assert made.call.max_message_s == 180
    assert made.call.silence_s == 10
    assert made.web.port == 8080


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "hotline.toml").write_text('[call]\ngreeting = "chao.wav"\n', "utf-8")
    assert config.load(tmp_path / "hotline.toml").call.greeting == tmp_path / "chao.wav"


def test_a_configuration_cannot_be_changed_afterwards() -> None:
    with pytest.raises(AttributeError):
        config.parse({}).post.name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"cal": {}}, ["[cal]", "call"]),
        ({"call": 3}, ["[call]", "section"]),
        ({"call": {"silence": 3}}, ["silence", "silence_s"]),
        ({"call": {"silence_s": "10"}}, ["silence_s", "'10'", "seconds"]),
        ({"call": {"silence_s": True}}, ["silence_s", "True"]),
        ({"call": {"silence_s": 0}}, ["silence_s", "1 to 60"]),
        ({"call": {"max_message_s": 10000}}, ["max_message_s", "600"]),
        ({"call": {"max_message_s": float("nan")}}, ["max_message_s", "nan"]),
        ({"call": {"greeting": ""}}, ["greeting", "path"]),
        ({"post": {"language": "fr"}}, ["language", "fr", "vi"]),
        ({"post": {"timezone": "Mars/Olympus"}}, ["timezone", "Asia/Ho_Chi_Minh"]),
        ({"post": {"timezone": "../../etc/passwd"}}, ["timezone"]),
        ({"modem": {"family": "nokia"}}, ["family", "nokia", "sim7600"]),
        ({"modem": {"port": 3}}, ["port", "3", "quotes"]),
        ({"modem": {"sim_expires": "31/12/2026"}}, ["sim_expires", "31/12/2026", "2027-01-31"]),
        ({"modem": {"balance_ussd": "0912345678"}}, ["balance_ussd", "*101#"]),
        ({"modem": {"balance_ussd": '*101#",15;H'}}, ["balance_ussd", "*101#"]),
        ({"modem": {"balance_least": "5000"}}, ["balance_least", "a number"]),
        ({"modem": {"balance_least": -1}}, ["balance_least", "0"]),
        ({"audio": {"path": "telepathy"}}, ["path", "sound-card"]),
        ({"audio": {"path": "sound-card"}}, ["input_device", "hotline check"]),
        ({"audio": {"output_device": "USB"}}, ["pcm-port", "both or none", "input_device"]),
        ({"web": {"listen": "8080"}}, ["listen", "address:port"]),
        ({"web": {"listen": "127.0.0.1:99999"}}, ["listen"]),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, object], words: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        config.parse(table)
    said = str(raised.value)
    assert "\n" not in said
    for word in words:
        assert word in said


def test_a_card_may_stand_in_for_the_port() -> None:
    names = {"input_device": "USB Audio", "output_device": "USB Audio"}
    assert config.parse({"audio": names}).audio.path == "pcm-port"


@pytest.mark.parametrize("content", [b"[call\n", b"\xff\xfe", b"x = "])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"broken\.toml"):
        config.load(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        config.load(tmp_path / "none.toml")

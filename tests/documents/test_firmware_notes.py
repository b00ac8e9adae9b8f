"""The pages about modems keep up with the code: a page for each family, each command explained."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.answering import families
from appliance.answering.families.base import Family
from appliance.simulating.families import FAMILIES

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "firmware_notes"
ANSWERING = ROOT / "appliance" / "answering"
STANDARD = Family.name
# A page is named after its family, but for the standard itself and for a family's variants.
PAGE_OF = {STANDARD: "generic", "quectel-uac": "quectel"}
HEADINGS = (
    "What to buy",
    "Wiring and power",
    "Ports and names",
    "Commands and why",
    "VoLTE",
    "Known faults",
    "Transcript (constructed)",
    "Acceptance on hardware",
)
NO_PAGE = {"README.md", "choosing.md", "choosing.vi.md", "on-hardware.md"}
PAGES = sorted(path for path in NOTES.glob("*.md") if path.name not in NO_PAGE)
KINDS = (Family, *families.KNOWN)
NAMES = sorted({STANDARD, *(kind.name for kind in families.KNOWN), *FAMILIES})
COMMAND = re.compile(r"AT(?:[+^&][A-Z]+|[A-Z]\d?)?")


def page_of(family: str) -> Path:
    return NOTES / f"{PAGE_OF.get(family, family)}.md"


def commands_in(source: Path) -> Iterator[str]:
    """The names of the AT commands that a file writes out, ready to be sent."""
    nodes = ast.walk(ast.parse(source.read_text("utf-8")))
    for text in (node.value for node in nodes if isinstance(node, ast.Constant)):
        # a sentence that begins with a command is a docstring, a pattern has a bracket
        if isinstance(text, str) and re.fullmatch(r"AT[^\s(]*", text):
            found = COMMAND.match(text)
            yield found[0] if found else text


def unexplained(source: Path, page: Path) -> set[str]:
    text = page.read_text("utf-8")
    return {
        name
        for name in commands_in(source)
        if not re.search(rf"`[^`]*{re.escape(name)}(?![A-Z])[^`]*`", text)
    }


def source_of(kind: type[Family]) -> Path:
    return Path(inspect.getfile(kind))


@pytest.mark.parametrize("family", NAMES)
def test_each_family_of_the_box_and_of_the_software_modem_has_a_page(family: str) -> None:
    assert page_of(family).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_each_page_has_the_headings_that_a_technician_looks_for(page: Path) -> None:
    found = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.M)
    assert tuple(found) == HEADINGS


@pytest.mark.parametrize("page", [*PAGES, NOTES / "choosing.md"], ids=lambda path: path.stem)
def test_each_page_says_at_once_whether_hardware_was_seen(page: Path) -> None:
    opening = " ".join(page.read_text("utf-8").split("\n## ")[0].split())
    seen = re.search(r"\*\*Seen on hardware: (.+?)\*\*", opening)
    # "not yet", or else model, firmware and date
    assert seen and re.fullmatch(r"not yet\.|.+, .+, \d{4}-\d{2}-\d{2}\.", seen[1])


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_made_up_transcript_says_so_and_walks_through_a_whole_call(page: Path) -> None:
    part = page.read_text("utf-8").split("## Transcript (constructed)")[1].split("\n## ")[0]
    words, lines, _ = part.split("```")
    assert "no modem printed it" in " ".join(words.split())
    assert all(line[:2] in ("> ", "< ", "  ") for line in lines.strip().splitlines())
    steps = [r"^< (RING|\+CRING|\+CLIP)", r'\+CLIP: "', r"^> ATA", "voice ", "key", "hangs up"]
    places = [found.start() for step in steps if (found := re.search(step, lines, re.M))]
    assert len(places) == len(steps)
    assert places == sorted(places)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_overview_leads_to_each_page(page: Path) -> None:
    assert f"]({page.name})" in (NOTES / "README.md").read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_command_that_a_family_sends_is_explained_in_its_page(kind: type[Family]) -> None:
    assert not unexplained(source_of(kind), page_of(kind.name))


@pytest.mark.parametrize("source", sorted(ANSWERING.glob("*.py")), ids=lambda path: path.stem)
def test_each_command_that_every_modem_gets_is_explained_in_the_general_page(source: Path) -> None:
    assert not unexplained(source, page_of(STANDARD))


def test_a_command_without_a_word_in_the_page_is_noticed(tmp_path: Path) -> None:
    source = tmp_path / "family.py"
    source.write_text('SEND = ("AT+CLIP=1", "AT^NEW=1", f"AT+NEWER={1}")', "utf-8")
    assert unexplained(source, page_of(STANDARD)) == {"AT^NEW", "AT+NEWER"}


@pytest.mark.parametrize("page", sorted(NOTES.glob("*.md")), ids=lambda path: path.stem)
def test_no_link_of_a_page_leads_nowhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    assert not [link for link in links if not (NOTES / link).exists()]


def test_the_vietnamese_first_page_has_the_same_parts_and_codes_as_the_english_one() -> None:
    english, vietnamese = (
        (NOTES / name).read_text("utf-8") for name in ("choosing.md", "choosing.vi.md")
    )
    parts = [re.findall(r"^## (\d+)", text, re.M) for text in (english, vietnamese)]
    assert parts[0] == parts[1]
    codes = [
        set(re.findall(r"`([*#][^`]*|AT[^`]*)`", text.replace("BOXNUMBER", "SỐ_HỘP_MÁY")))
        for text in (english, vietnamese)
    ]
    assert codes[0] - codes[1] <= {'AT+CLCK="SC",0,"1234"'}  # a command is no way for an officer
    assert codes[1] <= codes[0]


def test_each_step_that_a_page_names_is_in_the_list_of_steps() -> None:
    steps = set(re.findall(r"^\| \**(H\d+)", (NOTES / "on-hardware.md").read_text("utf-8"), re.M))
    named = {step for page in PAGES for step in re.findall(r"\bH\d+\b", page.read_text("utf-8"))}
    assert named <= steps

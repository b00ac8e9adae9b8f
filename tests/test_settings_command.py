"""`hotline settings`: the post's word lists as a file."""

import time
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from appliance.__main__ import main
from appliance.store import audit, settings, speech_lists
from tests.web.filling import FilledBox, make_box

NAMES = '[[names]]\nname = "Nậm Chảy"\nkind = "hamlet"\n'
KEYWORDS = '[[keywords]]\nphrase = "đánh nhau"\ncategory = "security"\nurgency = "urgent"\n'


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> FilledBox:
    made = make_box(tmp_path_factory.mktemp("box"), time.time(), ready=False)
    made.write_toml()
    return made


def run(box: FilledBox, *words: str) -> Result:
    toml = str(box.config.store.state_dir / "hotline.toml")
    return CliRunner().invoke(main, ["settings", *words, "--config", toml])


def bring(box: FilledBox, folder: Path, content: bytes) -> Result:
    file = folder / "words.toml"
    file.write_bytes(content)
    return run(box, "import", str(file))


def test_what_is_exported_can_be_imported_and_is_the_same(box: FilledBox, tmp_path: Path) -> None:
    bring(box, tmp_path, (NAMES + KEYWORDS).encode())
    exported = run(box, "export").stdout
    assert tomllib.loads(exported) == {
        "names": [{"name": "Nậm Chảy", "kind": "hamlet"}],
        "keywords": [
            {"phrase": "đánh nhau", "category": "security", "urgency": "urgent", "weight": 5}
        ],
    }
    done = bring(box, tmp_path, exported.encode())
    assert done.stdout == (
        "names: 0 added, 0 removed, 1 unchanged\nkeywords: 0 added, 0 removed, 1 unchanged\n"
    )
    assert run(box, "export").stdout == exported


def test_only_what_the_file_has_is_replaced_and_the_change_is_logged(
    box: FilledBox, tmp_path: Path
) -> None:
    bring(box, tmp_path, (NAMES + KEYWORDS).encode())
    other = NAMES.replace("Nậm Chảy", "Tân Tiến").encode("utf-8-sig")
    done = bring(box, tmp_path, other.replace(b"\n", b"\r\n"))
    assert done.stdout == "names: 1 added, 1 removed, 0 unchanged\n", "as Windows writes it"
    with closing(box.connect()) as conn:
        assert [n.name for n in speech_lists.load_names(conn)] == ["Tân Tiến"]
        assert [k.phrase for k in speech_lists.load_keywords(conn)] == ["đánh nhau"]
        last = audit.list_for(conn, "names")[-1]
    assert (last.actor, last.action) == ("set-up", "setting_changed")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[[names]\n", "is not valid TOML"),
        (b'[[names]]\nname = "N\xffm"\nkind = "hamlet"\n', "cannot read"),
        (NAMES.encode("utf-16"), "cannot read"),
        (b'[[names]]\nname = "\\ud800"\nkind = "hamlet"\n', "is not valid TOML"),
        (b'[[nams]]\nname = "a"\n', "unknown section nams; allowed: [[names]], [[keywords]]"),
        (b"", "has no settings in it"),
        (b"keywords = []\n", "none of them is urgent or grave"),
        (b"names = 3\n", "names must be a list of [[names]] tables"),
        (b'[[names]]\nname = "Pho"\nkind = "town"\n', "names entry 1: kind = 'town': must be one"),
        (
            NAMES.encode() + KEYWORDS.encode() + b"weight = 11\n",
            "keywords entry 1: weight = 11: must be a whole number from 1 to 10",
        ),
        (
            NAMES.encode() + b'[[keywords]]\nphrase = "\\u200b"\ncategory = "other"\n',
            "keywords entry 1: phrase =",
        ),
    ],
)
def test_a_file_with_anything_wrong_in_it_is_one_line_and_changes_nothing(
    box: FilledBox, tmp_path: Path, content: bytes, said: str
) -> None:
    before = run(box, "export").stdout
    done = bring(box, tmp_path, content)
    assert done.exit_code == 78
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert run(box, "export").stdout == before


def test_a_file_that_is_not_there_is_one_line(box: FilledBox, tmp_path: Path) -> None:
    done = run(box, "import", str(tmp_path / "none.toml"))
    assert (done.exit_code, done.stderr.count("\n")) == (78, 1)


def test_an_import_mends_a_list_that_cannot_be_read_any_more(
    box: FilledBox, tmp_path: Path
) -> None:
    with closing(box.connect()) as conn:
        settings.put(conn, "names", "[[names]", "a hand")
    assert bring(box, tmp_path, NAMES.encode()).stdout == "names: 1 added, 0 removed, 0 unchanged\n"

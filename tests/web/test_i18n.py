import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from appliance.web import i18n
from tests.web.conftest import Browser
from tests.web.filling import FilledBox

WEB = Path(i18n.__file__).parent
ENGLISH = WEB / "translations" / "en" / "LC_MESSAGES"
VIETNAMESE = re.compile(
    r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.I
)


def said() -> set[str]:
    """Every text that code and templates hand to the catalogue."""
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None}
    found = extract_from_dir(str(WEB), methods, keywords=keywords)
    return {str(message) for _, _, message, _, _ in found}


def english() -> Catalog:
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_text_has_its_english_and_no_english_is_left_over() -> None:
    catalogue = {str(m.id): str(m.string) for m in english() if m.id}
    assert set(catalogue) == said()
    assert all(catalogue.values())
    untranslated = [text for text in catalogue.values() if VIETNAMESE.search(text)]
    assert not untranslated


def test_places_for_values_are_the_same_in_both_languages() -> None:
    for message in english():
        places = [sorted(re.findall(r"%\(\w+\)s", str(t))) for t in (message.id, message.string)]
        assert places[0] == places[1], message.id


def test_the_compiled_catalogue_is_the_readable_one() -> None:
    with (ENGLISH / "messages.mo").open("rb") as file:
        compiled = {str(m.id): str(m.string) for m in read_mo(file) if m.id}
    assert compiled == {str(m.id): str(m.string) for m in english() if m.id}


def test_no_text_of_a_template_bypasses_the_catalogue() -> None:
    for path in WEB.glob("templates/*.html"):
        bare = re.sub(r"\{[{%#].*?[}%#]\}", "", path.read_text("utf-8"), flags=re.S)
        assert not VIETNAMESE.search(re.sub(r"<[^>]*>", "", bare)), path.name
        assert not VIETNAMESE.search(bare), path.name


def test_one_switch_makes_every_page_english_and_stays(officer: Browser, box: FilledBox) -> None:
    ids = box.fill()
    answer = officer.post("/language", {"language": "en", "next": "/status"})
    assert answer.location == "/status"
    paths = ("/", "/status", "/speech", f"/messages/{ids[0]}", "/nothing", "/queue/lines")
    said_by_callers = re.compile(r'<a class="text".*?</a>|<(\w+)[^>]* lang="vi".*?</\1>', re.S)
    for path in paths:
        page = officer.get(path).text
        assert 'lang="en"' in page or path == "/queue/lines"
        page = said_by_callers.sub("", page).replace("Tiếng Việt", "")
        page = page.replace(box.config.post.name, "")
        assert not VIETNAMESE.search(page), path
    assert "last night" in officer.get("/").text


def test_vietnamese_comes_first_and_a_strange_cookie_changes_nothing(browser: Browser) -> None:
    assert "Đăng nhập" in browser.get("/sign-in").text
    browser.client.set_cookie(i18n.COOKIE, "../../etc")
    assert "Đăng nhập" in browser.get("/sign-in").text


def test_the_switch_never_leads_away_from_the_desk(browser: Browser) -> None:
    fields = {"language": "en", "next": "https://evil.example/"}
    assert browser.post("/language", fields, "/sign-in").location == "/"

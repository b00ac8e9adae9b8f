"""The pictures of the documents, taken from the real page with a night's calls in it.

Run by hand: python -m tests.web.screenshots docs/images [--all]
With --all also every state of a message, the lists and the status page, wide, narrow and English.
"""

import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from appliance.store import calls, messages
from tests.web.filling import HEAD, NIGHT, FilledBox, make_box, tone
from tests.web.serving import free_port, serving
from tests.web.test_browser import ARGUMENTS, CHROMIUM, Watched
from tests.web.told import CARD, correct, reason, spoken, tell

SIZES = {"": (1366, 860), "-phone": (360, 740)}
LIVE = ("alo các anh công an ơi nhà tôi đang cháy ở bản pho", "gọi thêm người")


def add_live_call(box: FilledBox) -> None:
    """Somebody speaks at this moment, of a fire."""
    settled, partial = LIVE
    call_id = box.add_call("0961234567", time.time() - 20, None)
    message_id = f"{call_id}-1"
    with closing(box.connect()) as conn:
        calls.mark_answered(conn, call_id, time.time() - 18)
        messages.begin(conn, message_id, call_id, time.time() - 8)
        messages.raise_urgency(
            conn, message_id, category="security", urgency="urgent", now=time.time()
        )
    why = reason(spoken(settled), "đang cháy", "cháy", "security", "urgent")
    triage = {"urgency": "urgent", "category": "security", "reasons": [why]}
    box.say(message_id, settled, partial, triage)


def add_corrections(box: FilledBox) -> None:
    """A dozen messages that were corrected, for the figures of the status page."""
    for number in range(12):
        heard = spoken(CARD[0] if number % 3 else CARD[1])
        made = box.add_message("0912345678", heard["text"], box.now - 90_000 * (number + 1))
        correct(box, made, CARD[1], heard)


def take(page: Page, address: str, ids: dict[str, str], folder: Path, suffix: str) -> None:
    for kind, message_id in ids.items():
        page.goto(f"{address}/messages/{message_id}")
        page.screenshot(path=folder / f"message-{kind}{suffix}.png", full_page=True)
    for name in ("status", "speech"):
        page.goto(f"{address}/{name}")
        page.screenshot(path=folder / f"{name}{suffix}.png", full_page=True)
    page.fill("#keywords [data-filter]", "danh nhau")
    page.screenshot(path=folder / f"speech-found{suffix}.png")


def main() -> None:
    folder, is_all = Path(sys.argv[1]), "--all" in sys.argv
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as player:
        box = make_box(Path(scratch), time.time(), port=free_port())
        box.healthy()
        if is_all:
            add_corrections(box)
        box.fill({text: tone(8.0) for _, text in NIGHT})
        ids = tell(box, pcm=tone(18.0))
        add_live_call(box)
        browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with serving(box) as address:
            for suffix, (width, height) in SIZES.items():
                context = browser.new_context(viewport={"width": width, "height": height})
                page = Watched(context).sign_in(address, HEAD)
                page.screenshot(path=folder / f"queue{suffix}.png")
                if is_all:
                    take(page, address, ids, folder, suffix)
                    page.click("text=English")
                    take(page, address, ids, folder, f"{suffix}-en")
                    page.click("text=Tiếng Việt")
                page.goto(f"{address}/messages/{ids['fight']}")
                page.click("details.other summary")
                page.screenshot(path=folder / f"message{suffix}.png", full_page=True)
                context.close()


if __name__ == "__main__":
    main()

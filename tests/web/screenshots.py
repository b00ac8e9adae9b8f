"""The pictures of the documents, taken from the real page with a night's calls in it.

Run by hand: python -m tests.web.screenshots docs/images
"""

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from appliance.store import calls, live, messages
from tests.web.filling import NIGHT, FilledBox, make_box, tone, words_of
from tests.web.serving import free_port, serving
from tests.web.test_browser import ARGUMENTS, CHROMIUM, Watched

SIZES = {"": (1366, 860), "-phone": (360, 740)}
LIVE = ("0961234567", "alo các anh công an ơi nhà tôi vừa bị mất con xe máy", "dựng ở ngoài sân")


def add_live_call(box: FilledBox) -> None:
    """Somebody speaks at this moment."""
    number, settled, partial = LIVE
    call_id = box.add_call(number, time.time() - 20, None)
    conn = box.connect()
    calls.mark_answered(conn, call_id, time.time() - 18)
    messages.begin(conn, f"{call_id}-1", call_id, time.time() - 8)
    conn.close()
    live.write_partial(box.config.store.run_dir, f"{call_id}-1", words_of(settled, 6.0), partial)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as player:
        box = make_box(Path(scratch), time.time(), port=free_port())
        box.healthy()
        ids = box.fill({text: tone(8.0) for _, text in NIGHT})
        add_live_call(box)
        browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with serving(box) as address:
            for suffix, (width, height) in SIZES.items():
                context = browser.new_context(viewport={"width": width, "height": height})
                page = Watched(context).sign_in(address)
                page.screenshot(path=folder / f"queue{suffix}.png")
                page.goto(f"{address}/messages/{ids[0]}")
                page.screenshot(path=folder / f"message{suffix}.png")
                context.close()


if __name__ == "__main__":
    main()

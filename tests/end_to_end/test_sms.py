"""The real process on a port whose SIM holds messages: in from it, out to it, nothing rings."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from appliance import config as configuration
from appliance.config import Config
from appliance.store import db, live, messages, outbox, queue, setup, sms
from tests.answering.test_sms_stored import HOSTILE, PERSON, SmsModem
from tests.fakes.sms import deliver, parts
from tests.sound.listening import until


@contextmanager
def answering(folder: Path, modem: SmsModem) -> Iterator[Config]:
    """`hotline answer`, ended by SIGTERM."""
    path = folder / "hotline.toml"
    path.write_text(
        f'[modem]\nport = "{modem.link}"\npcm_port = "{folder}/none"\n'
        f'[store]\nstate_dir = "{folder}/state"\nrun_dir = "{folder}/run"\n'
    )
    config = configuration.load(path)
    setup.init(config, head_name="truong-cong-an")
    command = [sys.executable, "-m", "appliance", "answer", "--config", str(path)]
    process = subprocess.Popen(command)
    try:
        yield config
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_messages_come_in_and_go_out_and_the_line_stays_idle(tmp_path: Path) -> None:
    modem = SmsModem(tmp_path / "modem")
    before = ["Mất trâu ở thôn Tân Tiến, nhờ các anh tìm giúp. " * 3, HOSTILE]
    for line in (*parts(PERSON, before[0], 3), deliver("VIETTEL", "[QC] nap the")):
        modem.sim.put(line)
    with answering(tmp_path, modem) as config, closing(db.connect(config.store.database)) as conn:
        until(lambda: queue.count_new(conn) == 1)
        modem.receive(deliver(PERSON, HOSTILE))
        now = time.time()
        order = outbox.put(
            *(conn, config.store.run_dir), number="0912345678", text="ổ", now=now, deadline=now + 99
        )
        until(lambda: queue.count_new(conn) == 2 and not modem.sim.held)
        until(lambda: outbox.get(conn, order) == outbox.Sent("done", 1, None))
        until(lambda: not sms.list_on_sim(conn))
        assert sms.count_filed(conn) == 1
        lengths = [entry.text_length for entry in messages.list_newest(conn, limit=9)]
        assert lengths == [len(text) for text in reversed(before)]
        state = live.read_status(config.store.run_dir, "answer")
        assert state is not None
        assert (state["modem"], state["state"], state["troubles"]) == ("up", "IDLE", [])
        assert PERSON[3:] not in json.dumps(state)
    modem.unplug()

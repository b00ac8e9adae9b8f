"""`hotline speech`: judge a model, or a machine, by recordings whose words are known.

Decides: how the figures look. May touch: the terminal. Thread: main. Called by: __main__.
The engine is imported inside the command: `hotline answer` never loads it for this.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.config import PRESETS, Config
from appliance.errors import TranscribeError
from appliance.options import with_config

if TYPE_CHECKING:
    from appliance.transcribing.engine import Transcriber
    from appliance.transcribing.measuring import Cost, Engine, Measured, Pair, Unmeasured

HEADINGS = ("sound", "syllables", "errors", "no tones", "CPU RTF", "wall RTF", "peak MB")
WIDTH = 10


@click.group()
def speech() -> None:
    """How well speech is turned into text."""


@speech.command("measure")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--engine",
    type=click.Choice(["vosk", "second"]),
    default="vosk",
    show_default=True,
    help="The one that listens live, or the second listening ([speech] second_model).",
)
@click.option(
    "--preset",
    type=click.Choice(PRESETS),
    help="How hard the live one searches; without it, as [speech] preset says.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with what was heard.")
@with_config
def speech_measure(
    config: Config, folder: Path, engine: "Engine", preset: str | None, as_json: bool
) -> None:
    """Hear each NAME.wav in FOLDER and compare with NAME.txt, what was said in it.

    Prints wrong syllables (heard wrong, missed or made up, of those said), the same without tone
    marks, and the real-time factor: seconds of work for a second of sound, by processor and by the
    clock. Live listening needs a CPU RTF well below 1. Another rate than a telephone's 8 kHz is
    converted, and that is said. Write numbers in the texts as words, the way they were spoken.
    Stop the other processes first: they would slow this one down.

    Exit code 1 when a file could not be measured; the others are measured all the same.
    """
    from appliance.transcribing import measuring

    pairs = measuring.find_pairs(folder)
    if not pairs:
        raise TranscribeError(f"nothing to measure in {folder}: put NAME.wav and NAME.txt there")
    asked = replace(config.speech, preset=preset or config.speech.preset)
    transcriber, loading = measuring.load(engine, asked)
    width = max(len("total"), *(len(pair.file) for pair in pairs))
    if not as_json:
        _show_head(transcriber, loading, width)
    measured, failed = _hear_all(pairs, transcriber, None if as_json else width)
    if not measured:
        raise TranscribeError(f"nothing in {folder} could be measured")
    in_all = measuring.total(measured)
    if as_json:
        _show_json(transcriber, loading, measured, in_all, failed)
    else:
        _show(in_all, width)
    sys.exit(1 if failed else 0)


def _hear_all(
    pairs: "list[Pair]", transcriber: "Transcriber", width: int | None
) -> "tuple[list[Measured], list[Unmeasured]]":
    """Show each file's figures once they are there (width: of its name; None: not at all)."""
    from appliance.transcribing import measuring

    measured: list[Measured] = []
    failed: list[Unmeasured] = []
    for result in measuring.measure(pairs, transcriber):
        if isinstance(result, measuring.Unmeasured):
            failed.append(result)
            click.echo(f"{result.file}: {result.reason}", err=True)
            continue
        measured.append(result)
        if width is not None:
            _show(result, width)
    return measured, failed


def _show_head(transcriber: "Transcriber", loading: "Cost", width: int) -> None:
    preset = f", preset {transcriber.preset}" if transcriber.preset else ""
    click.echo(
        f"{transcriber.engine} with {transcriber.model}{preset}, checked and loaded in "
        f"{loading.wall_s:.1f} s ({loading.cpu_s:.1f} s of processor)"
    )
    click.echo(" " * width + "".join(f"{heading:>{WIDTH}}" for heading in HEADINGS))


def _show(one: "Measured", width: int) -> None:
    figures = (
        f"{one.sound_s:.1f} s",
        f"{one.errors.syllables}",
        f"{one.errors.rate:.1%}",
        f"{one.errors.rate_toneless:.1%}",
        f"{one.cost.cpu_s / one.sound_s:.2f}",
        f"{one.cost.wall_s / one.sound_s:.2f}",
        f"{one.peak_mb:.0f}",
    )
    note = f"  converted from {one.came_as}" if one.came_as else ""
    click.echo(f"{one.file:{width}}" + "".join(f"{f:>{WIDTH}}" for f in figures) + note)


def _show_json(
    transcriber: "Transcriber",
    loading: "Cost",
    measured: "list[Measured]",
    in_all: "Measured",
    failed: "list[Unmeasured]",
) -> None:
    report = {
        "engine": transcriber.engine,
        "model": transcriber.model,
        "preset": transcriber.preset,
        "loading": {"cpu_s": round(loading.cpu_s, 3), "wall_s": round(loading.wall_s, 3)},
        "files": [
            {"file": m.file, **_figures(m), "came_as": m.came_as, "heard": m.heard}
            for m in measured
        ],
        "total": _figures(in_all),
        "failed": [{"file": f.file, "reason": f.reason} for f in failed],
    }
    click.echo(json.dumps(report, ensure_ascii=False))


def _figures(one: "Measured") -> dict[str, Any]:
    return {
        "sound_s": round(one.sound_s, 3),
        "syllables": one.errors.syllables,
        "errors": one.errors.errors,
        "errors_toneless": one.errors.errors_toneless,
        "error_rate": round(one.errors.rate, 4),
        "error_rate_toneless": round(one.errors.rate_toneless, 4),
        "cpu_s": round(one.cost.cpu_s, 3),
        "wall_s": round(one.cost.wall_s, 3),
        "cpu_rtf": round(one.cost.cpu_s / one.sound_s, 3),
        "wall_rtf": round(one.cost.wall_s / one.sound_s, 3),
        "peak_mb": round(one.peak_mb, 1),
    }

"""The lines of `hotline check` about modem, SIM, network, VoLTE, sound, clock and calls.

Decides: what is GO for the phone line, and the sentence that mends it.
May touch: reads what answer says of itself, the database, /proc, the sound system's device list.
Thread: main. Called by: checking.
"""

import time
from typing import Any

from appliance.answering import port_owner
from appliance.config import Config
from appliance.errors import HotlineError
from appliance.store import calls, db, health, line_health

# In the order in which they are told; a code that is not here belongs to no SIM.
SIM_CODES = (
    *("calls_diverted", "operator_voicemail", "sim_expired", "sim_expires"),
    *("no_credit", "balance_low"),
)
SOUND_CODES = ("voice_path", "uplink_dead", "sound_lost")


def modem(config: Config) -> str:
    """Whether the modem works; who holds its port if not we."""
    seen = health.look(config, time.time())
    if not seen.answer_alive:
        raise HotlineError("answer is not running, so nobody watches the modem: start it")
    if not seen.modem_up:
        reason = str(seen.answer.get("reason") or "the modem does not answer")
        raise HotlineError(reason + _holders(config, seen.answer))
    if seen.answer.get("other_family"):
        raise HotlineError(
            f"{seen.answer.get('model')} is of the family {seen.answer['other_family']}, not "
            f'{config.modem.family}: set [modem] family = "auto"'
        )
    return f"up, {seen.answer.get('model') or 'model unknown'}, the line is {seen.answer['state']}"


def sim(config: Config) -> str:
    """Whether the SIM can be called: lock, credit, last day, diversions."""
    seen = health.look(config, time.time())
    trouble = str(seen.answer.get("trouble") or "")
    if seen.answer_alive and trouble.startswith("sim_"):
        raise HotlineError(str(seen.answer.get("reason")))
    answer = _up(seen)
    for code in SIM_CODES:
        if code in seen.line:
            raise HotlineError(line_health.ENGLISH[code])
    return ", ".join(["ready", *_credit(config, answer), *_diversions(answer)])


def network(config: Config) -> str:
    """Whether the network would ring us."""
    answer = _up(health.look(config, time.time()))
    if answer.get("registration") == "refused":
        raise HotlineError(line_health.ENGLISH["network_refused"])
    if answer.get("registration") != "registered":
        raise HotlineError(line_health.ENGLISH["not_registered"])
    operator = answer.get("operator") or "operator unknown"
    return f"registered, {operator}, {answer.get('signal_dbm')} dBm"


def volte(config: Config) -> str:
    """Whether voice over LTE is registered; a modem that cannot say is no fault."""
    answer = _up(health.look(config, time.time()))
    if answer.get("registration") != "registered":
        raise HotlineError("not known without a network: see its line")
    if answer.get("volte") == "not registered":
        raise HotlineError(line_health.ENGLISH["no_volte"])
    if answer.get("volte") == "registered":
        return "registered"
    return "unknown, this modem does not say: only a test call over LTE can show it"


def audio(config: Config) -> str:
    """Whether there is a way for the sound, and whether the last call had any."""
    seen = health.look(config, time.time())
    where = _sound_card(config) if config.audio.path == "sound-card" else _pcm_port(_up(seen))
    for code in SOUND_CODES:
        if code in seen.answer.get("troubles", ()):
            raise HotlineError(f"{health.ENGLISH[code]}: make a test call")
    return f"{where}; only a test call shows whether both sides hear each other"


def clock(config: Config) -> str:
    """How far the clock is from the network, the only witness there is."""
    answer = health.look(config, time.time()).answer
    off_s = answer.get("clock_off_s")
    if not isinstance(off_s, int | float):
        return "no network time to compare with"
    if abs(off_s) > line_health.CLOCK_S:
        way = "behind" if off_s > 0 else "ahead of"
        raise HotlineError(f"{abs(off_s):.0f} s {way} the mobile network's time: set the clock")
    return f"{abs(off_s):.0f} s from the mobile network's time"


def last_call(config: Config) -> str:
    """When a call last rang: the one fault that no question to a modem finds."""
    rang_at = calls.last_rang_at(db.connect(config.store.database))
    advice = "a modem can look well and not ring, so make a test call once a week"
    if rang_at is None:
        return f"no call yet; {advice}"
    return f"the last one rang {max(0.0, time.time() - rang_at) / 3600:.0f} h ago; {advice}"


def _up(seen: health.Health) -> dict[str, Any]:
    if not seen.modem_up:
        raise HotlineError("not known until the modem works: see its line")
    return seen.answer


def _holders(config: Config, answer: dict[str, Any]) -> str:
    """Who runs this may see more programs than answer does."""
    if answer.get("trouble") != "port_busy" or config.modem.port == "auto":
        return ""
    owners = port_owner.owners_of(config.modem.port)
    return f" (open in {', '.join(owners)})" if owners else ""


def _credit(config: Config, answer: dict[str, Any]) -> list[str]:
    found = []
    if isinstance(answer.get("balance"), int):
        found.append(f"balance {answer['balance']} dong")
    day = line_health.last_day(answer, config.modem)
    return [*found, f"valid until {day:%d/%m/%Y}"] if day else found


def _diversions(answer: dict[str, Any]) -> list[str]:
    return ["no voicemail of the operator"] if answer.get("voicemail") is False else []


def _pcm_port(answer: dict[str, Any]) -> str:
    port = answer.get("pcm_port")
    if not port:
        raise HotlineError("no sound port found: set [modem] pcm_port, or use a sound card")
    return f"the modem's sound port {port}"


def _sound_card(config: Config) -> str:
    try:
        from appliance.answering import sound_card
    except OSError as error:  # sounddevice loads PortAudio while it is imported
        raise HotlineError(f"the sound system cannot be loaded: {error}") from error

    devices = sound_card.list_devices()
    heard = sound_card.find_device(config.audio.input_device, devices, wants_input=True)
    played = sound_card.find_device(config.audio.output_device, devices, wants_input=False)
    return f"sound card, in {heard.name}, out {played.name}"

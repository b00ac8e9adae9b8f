"""Messages with everything that the listener can say of them: verdicts, two texts, marks."""

from contextlib import closing
from typing import Any

from appliance.store import corrections, messages, speech_lists, vault
from appliance.store.messages import Verdict
from appliance.web.accuracy import measure
from appliance.web.heard import heard_of
from tests.web.filling import HEAD, OFFICER, FilledBox

SECURITY = Verdict("security", "urgent", has_speech=True, line_quality="fair")
GRAVE = Verdict("security", "grave", has_speech=True, line_quality="good")
PAPERS = Verdict("procedure", has_speech=True, line_quality="good")
SILENT = Verdict(has_speech=False, line_quality="good")
UNREADABLE = Verdict(has_speech=True, line_quality="poor")

# What Vosk makes of it, what Whisper makes of it, what was said. A bar is a pause of a second.
FIGHT = (
    "alo các anh công an ơi | ở bản nậm trải có đám thanh niên đánh nhau | có đứa cầm giao máu me"
    " lắm | số tôi là không chín một hai ba bốn năm sáu bảy tám | các anh xuống ngay với",
    "Alo các anh công an ơi, | ở bản Nậm Trảy có đám thanh niên đánh nhau, | có đứa cầm dao, máu me"
    " lắm. | Số tôi là không chín một hai ba bốn năm sáu bảy tám, | các anh xuống ngay với.",
)
BODY = "dạ báo các anh | trên nương nhà tôi có người bị đâm chết | tôi sợ quá các anh lên ngay"
CARD = (
    "cho tôi hỏi làm căn cúc cho cháu mười bốn tuổi thì mang giấy tờ gì",
    "cho tôi hỏi làm căn cước cho cháu mười bốn tuổi thì mang giấy tờ gì",
)
NOISE = ("xe máy của tôi để ở chợ sáng nay", "hãy đăng ký kênh để ủng hộ chúng tôi nhé")


def spoken(text: str, *, conf: dict[str, float] | None = None) -> dict[str, Any]:
    """A transcript whose words take 0.3 s each; words named in `conf` are less sure than 0.93."""
    words: list[dict[str, Any]] = []
    at = 0.4
    for word in text.split():
        if word == "|":
            at += 1.0
            continue
        sure = (conf or {}).get(word.casefold(), 0.93)
        words.append(
            {"word": word, "start": round(at, 2), "end": round(at + 0.26, 2), "conf": sure}
        )
        at += 0.3
    return {"text": " ".join(w["word"] for w in words), "words": words}


def span(transcript: dict[str, Any], said: str) -> dict[str, int]:
    """Where these words stand."""
    words = [w["word"] for w in transcript["words"]]
    wanted = said.split()
    first = next(i for i in range(len(words)) if words[i : i + len(wanted)] == wanted)
    return {"first": first, "last": first + len(wanted) - 1}


def reason(
    transcript: dict[str, Any], said: str, phrase: str, category: str, urgency: str
) -> dict[str, Any]:
    return {
        **span(transcript, said),
        "phrase": phrase,
        "category": category,
        "urgency": urgency,
        "weight": 8,
    }


def fight_heard() -> tuple[dict[str, Any], dict[str, Any]]:
    """Both texts of the fight, with numbers, names and reasons."""
    first = spoken(FIGHT[0], conf={"trải": 0.41, "giao": 0.52, "lắm": 0.58})
    second = spoken(FIGHT[1])
    digits = "không chín một hai ba bốn năm sáu bảy tám"
    first["numbers"] = [{**span(first, digits), "kind": "phone", "value": "0912345678"}]
    second["numbers"] = [
        {**span(second, digits + ","), "kind": "phone", "value": "0912345678"},
    ]
    for text, said, fight, knife in (
        (first, "nậm trải", "đánh nhau", "cầm giao"),
        (second, "Nậm Trảy", "đánh nhau,", "cầm dao,"),
    ):
        name = {"name": "Nậm Chảy", "kind": "hamlet", "score": 0.86, "exact": False}
        text["names"] = [{**span(text, said), **name}]
        text["triage"] = {
            "category": "security",
            "urgency": "urgent",
            "reasons": [
                reason(text, fight, "đánh nhau", "security", "urgent"),
                reason(text, knife, "cầm dao", "security", "urgent"),
            ],
        }
    return {**first, "preset": "pi4"}, second


def add_fight(box: FilledBox, at: float, **more: Any) -> str:
    """An urgent message that both engines heard."""
    first, second = fight_heard()
    made = box.add_message(
        *("0987654321", first["text"], at), verdict=SECURITY, wants_second=True, more=first, **more
    )
    box.hear_again(made, second["text"], more=second)
    return made


def add_body(box: FilledBox, at: float, **more: Any) -> str:
    """A grave message that one engine heard."""
    first = spoken(BODY, conf={"nương": 0.5})
    first["triage"] = {
        "reasons": [
            reason(first, "bị đâm chết", "đâm chết", "security", "grave"),
            reason(first, "lên ngay", "lên ngay", "security", "urgent"),
        ]
    }
    return box.add_message(
        *("0365111222", first["text"], at), verdict=GRAVE, more={**first, "preset": "pi4"}, **more
    )


def add_flagged(box: FilledBox, at: float, **more: Any) -> str:
    """A message whose second text is somebody else's video."""
    made = box.add_message("0912000111", NOISE[0], at, wants_second=True, **more)
    box.hear_again(made, NOISE[1], is_flagged=True)
    return made


def add_silent(box: FilledBox, at: float, **more: Any) -> str:
    """Nobody spoke, and a word was written all the same."""
    return box.add_message("0333444555", "ừ ờ", at, verdict=SILENT, **more)


def add_unreadable(box: FilledBox, at: float, **more: Any) -> str:
    """Spoken, but not to be trusted."""
    text = "đi gỗ lên là cái gì đó ở kia"
    first = spoken(text, conf=dict.fromkeys(text.split(), 0.35))
    return box.add_message(None, text, at, verdict=UNREADABLE, more=first, **more)


def add_corrected(box: FilledBox, at: float, **more: Any) -> str:
    """A question about papers that an officer has corrected."""
    first = spoken(CARD[0], conf={"cúc": 0.44})
    first["numbers"] = [{**span(first, "mười bốn"), "kind": "age", "value": "14"}]
    first["triage"] = {"reasons": [reason(first, "căn cúc", "căn cước", "procedure", "normal")]}
    made = box.add_message("0978222333", CARD[0], at, verdict=PAPERS, more=first, **more)
    correct(box, made, CARD[1], first)
    return made


def correct(box: FilledBox, message_id: str, meant: str, *heard: dict[str, Any]) -> None:
    """What an officer's correction leaves behind."""
    with closing(box.connect()) as conn:
        entry = messages.get(conn, message_id)
        names = {"engine": entry.engine, "model": entry.model}
        corrections.save(
            conn,
            message_id,
            sealed=vault.seal_json(box.public, {"text": meant}),
            officer=OFFICER,
            measured=measure(meant, [heard_of({**one, **names}) for one in heard]),
        )


def add_words(box: FilledBox) -> None:
    """Names and keywords of the post."""
    names = [("Nậm Chảy", "hamlet"), ("Pho", "hamlet"), ("Tân Tiến", "hamlet")]
    names += [("Dốc Đá Trắng", "place"), ("cầu treo Tả Van", "place")]
    with closing(box.connect()) as conn:
        speech_lists.save_names(conn, [speech_lists.Name(*one) for one in names], HEAD)


def tell(box: FilledBox, **more: Any) -> dict[str, str]:
    """One message of each kind, in the last hours; their ids by kind."""
    add_words(box)
    makers = {
        "corrected": add_corrected,
        "silent": add_silent,
        "unreadable": add_unreadable,
        "flagged": add_flagged,
        "body": add_body,
        "fight": add_fight,
    }
    return {
        kind: make(box, box.now - 600 * (len(makers) - number), **more)
        for number, (kind, make) in enumerate(makers.items())
    }

"""Voices made by espeak-ng: speech-like sound, which the tests never expect to be understood."""

import subprocess
from pathlib import Path

KOREAN = (
    "여보세요 경찰입니까 저는 마을 입구에 사는 사람입니다. "
    "어젯밤에 누가 우리 집 오토바이를 훔쳐 갔습니다. 파란색이고 번호판은 기억이 나지 않습니다. "
    "오늘 아침에 일어나 보니 대문이 열려 있었습니다. "
    "옆집 아저씨도 개가 짖는 소리를 들었다고 합니다. "
    "시장 앞에서 젊은 남자 두 명이 오토바이를 타고 가는 것을 본 사람이 있습니다. "
    "빨리 와서 봐 주십시오. "
    "감사합니다 기다리겠습니다. 비가 많이 와서 길이 미끄러우니 조심해서 오십시오. "
)


def speak(folder: Path, seconds: float) -> bytes:
    """Korean speech of that length, 8 kHz s16le mono; sox brings it to the telephone's rate."""
    raw = folder / "voice.wav"
    text = KOREAN * (1 + int(seconds / 25))
    subprocess.run(["espeak-ng", "-v", "ko", "-s", "130", "-w", str(raw), text], check=True)
    made = subprocess.run(
        [
            *("sox", "-R", str(raw), "-r", "8000", "-c", "1", "-b", "16"),
            *("-e", "signed-integer", "-t", "raw", "-", "gain", "-n", "-6"),
        ],
        check=True,
        capture_output=True,
    )
    pcm = made.stdout[: int(seconds * 8000) * 2]
    assert len(pcm) == int(seconds * 8000) * 2, "the text is too short"
    return pcm

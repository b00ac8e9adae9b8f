#!/usr/bin/env bash
# One spoken text as seven telephone lines deliver it.
#
#   tests/sound/phone_audio.sh FOLDER VOICE TEXT
#
# leaves clean, alaw, mulaw, gsm_fr, amr_12_2, amr_4_75 and lost_10 (.wav: 8 kHz, 16 bit, mono) in
# FOLDER. The same text gives the same bytes. Debian: espeak-ng sox libsox-fmt-all python3.
set -euo pipefail

[ $# -eq 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$1 voice=$2 text=$3
mkdir -p "$folder"
between=$(mktemp -d)
trap 'rm -rf "$between"' EXIT

spoken() {
  espeak-ng -v "$voice" -s 150 -w "$between/spoken.wav" "$text"
  # 6 dB of room for the filters, then the band a telephone lets through; -R: the same dither always
  sox -R "$between/spoken.wav" -r 8000 -c 1 -b 16 "$folder/clean.wav" \
    gain -n -6 highpass 300 lowpass 3400
}

# through NAME ENDING [OPTION...]: encode with sox's format ENDING, decode into NAME.wav
through() {
  local name=$1 ending=$2
  shift 2
  sox -R "$folder/clean.wav" "$@" "$between/$name.$ending"
  # said outright, or sox keeps the codec inside the WAV
  sox -R "$between/$name.$ending" -e signed-integer -b 16 "$folder/$name.wav"
}

# every tenth 20 ms frame is silence, in places drawn from a fixed seed
lose_frames() {
  python3 - "$1" "$2" <<'PYTHON'
import random, sys, wave

with wave.open(sys.argv[1]) as whole, wave.open(sys.argv[2], "w") as torn:
    torn.setparams(whole.getparams())
    frame = whole.getframerate() // 50 * whole.getsampwidth()
    sound = bytearray(whole.readframes(whole.getnframes()))
    count = len(sound) // frame
    for n in random.Random(10).sample(range(count), count // 10):
        sound[n * frame : (n + 1) * frame] = bytes(frame)
    torn.writeframes(sound)
PYTHON
}

spoken
through alaw wav -e a-law                # G.711, the fixed network in Vietnam
through mulaw wav -e mu-law              # G.711, elsewhere
through gsm_fr gsm                       # GSM full rate, 13 kbit/s
through amr_12_2 amr-nb -C 7             # a good mobile line
through amr_4_75 amr-nb -C 0             # the worst one
lose_frames "$folder/amr_12_2.wav" "$folder/lost_10.wav"

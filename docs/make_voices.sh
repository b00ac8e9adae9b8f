#!/usr/bin/env bash
# Makes the sample callers in appliance/simulating/voices: machine voices in telephone quality.
# Needs Debian's espeak-ng and sox. The result is repeatable: same programs, same bytes.
set -euo pipefail

voices=$(cd "$(dirname "${BASH_SOURCE[0]}")/../appliance/simulating/voices" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# speak LANGUAGE WORDS_PER_MINUTE TEXT: 300 to 3400 Hz, 8 kHz mono 16-bit, peak -6 dBFS
speak() {
  espeak-ng -v "$1" -s "$2" -w "$scratch/$1.wav" "$3"
  sox -R "$scratch/$1.wav" -r 8000 -c 1 -b 16 "$voices/$1.wav" \
    gain -n -9 highpass 300 lowpass 3400 gain -n -6
}

speak vi 165 "Tôi ở bản Làng Mới. Đêm qua nhà tôi bị mất trộm một chiếc xe máy màu đỏ. \
Xin các anh công an đến giúp. Số điện thoại của tôi là không chín một hai ba bốn năm sáu bảy tám."
speak ko 165 "저는 새마을에 삽니다. 어젯밤 우리 집에서 빨간 오토바이 한 대를 도둑맞았습니다. \
경찰관님 와서 도와주세요. 제 전화번호는 공 구 일 이 삼 사 오 육 칠 팔입니다."

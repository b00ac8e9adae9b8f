#!/usr/bin/env bash
# Makes the spoken prompts in appliance/answering/prompts/vi: a machine voice, provisional.
# Needs Debian's espeak-ng and sox. Run it from anywhere; the result is the same every time.
set -euo pipefail

VOICE="vi"      # espeak-ng: Vietnamese, northern
SPEED=155       # words a minute: slower than its default of 175, for elderly ears on a bad line
PEAK_DB=-3      # headroom for the network's codec
LEAD_S=0.1      # a codec that wakes up must not eat the first consonant
TAIL_S=0.3      # the line is hung up after the last frame: what lies in buffers may be lost

say() { # name text
    local name=$1 text=$2 wav
    wav=$(mktemp --suffix=.wav)
    espeak-ng -v "$VOICE" -s "$SPEED" -w "$wav" "$text"
    # -R: repeatable dither. 300-3400 Hz is what a telephone carries; the level counts after that.
    sox -R "$wav" --rate 8000 --channels 1 --bits 16 --encoding signed-integer "$OUT/$name.wav" \
        gain -n -6 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse \
        sinc 300-3400 rate 8000 gain -n "$PEAK_DB" pad "$LEAD_S" "$TAIL_S"
    rm -f "$wav"
}

main() {
    OUT=$(cd "$(dirname "$0")/.." && pwd)/appliance/answering/prompts/vi
    mkdir -p "$OUT"
    # The notice of the personal-data law: who answers, that it records, why, how long it is kept.
    say greeting "Đây là đường dây nóng Công an xã. Hiện chưa có cán bộ nghe máy. \
Máy sẽ ghi âm lời của bà con để cán bộ giải quyết, và lưu theo quy định. \
Nếu nguy hiểm đến tính mạng, hãy gọi một một ba. \
Sau tiếng bíp, xin nói họ tên, thôn bản, số điện thoại, và sự việc. Nói xong, xin gác máy."
    say goodbye "Tin nhắn đã được ghi. Cảm ơn bà con."
    say cannot_record "Xin lỗi, máy không ghi được tin nhắn lúc này. \
Nếu khẩn cấp, xin gọi một một ba, hoặc gọi lại sau."
    say interrupted "Xin lỗi, cuộc gọi bị gián đoạn. Xin bà con gọi lại."
}

main "$@"

"""Times, lengths and states as an officer says them.

Decides: how a moment, a length and a state read on the page. May touch: the translations.
Thread: any. Called by: the templates and the cards.
The Vietnamese text is the key of every translation: a missing one shows Vietnamese.
"""

from datetime import datetime, timedelta, tzinfo

from flask_babel import format_decimal, gettext, lazy_gettext

EVENING_HOUR = 18  # after this hour of yesterday people say "last night"
DAWN_HOUR = 5  # before this hour of today they still say "in the night"

STATES = {
    "recording": lazy_gettext("đang ghi âm"),
    "recorded": lazy_gettext("chờ chép lời"),
    "transcribing": lazy_gettext("đang chép lời"),
    "transcribed": lazy_gettext("đã chép lời"),
    "waiting_for_key": lazy_gettext("chờ mở khoá để chép lời"),
    "failed": lazy_gettext("không chép lời được: hãy nghe"),
}
STATUSES = {
    "new": lazy_gettext("mới"),
    "in_progress": lazy_gettext("đang xử lý"),
    "done": lazy_gettext("đã giải quyết"),
}
OUTCOMES = {
    "message": lazy_gettext("để lại tin nhắn"),
    "hung_up_in_greeting": lazy_gettext("gác máy khi đang nghe lời chào"),
    "silent": lazy_gettext("không nói gì"),
    "officer_answered": lazy_gettext("cán bộ đã nghe máy"),
    "missed": lazy_gettext("cuộc gọi nhỡ"),
    "refused": lazy_gettext("không nhận cuộc gọi"),
    "line_lost": lazy_gettext("mất đường dây"),
    "sms": lazy_gettext("nhắn tin chữ"),
}
FILED_KINDS = {
    "report": lazy_gettext("báo phát"),
    "service": lazy_gettext("tổng đài, quảng cáo"),
    "unreadable": lazy_gettext("không đọc được"),
}
REPORTS = {
    "delivered": lazy_gettext("tin đã đến máy nhận"),
    "trying": lazy_gettext("tin chưa đến máy nhận, mạng đang thử lại"),
    "failed": lazy_gettext("tin không đến được máy nhận"),
}
ENDINGS = {
    "caller_hung_up": lazy_gettext("người gọi gác máy"),
    "silence": lazy_gettext("người gọi thôi nói"),
    "key": lazy_gettext("người gọi bấm phím #"),
    "tone": lazy_gettext("nghe tiếng báo bận: người gọi đã gác máy"),
    "longest": lazy_gettext("hết thời lượng cho phép"),
    "line_lost": lazy_gettext("mất đường dây"),
    "sound_lost": lazy_gettext("mất tiếng"),
    "stopped": lazy_gettext("máy dừng"),
    "disk_full": lazy_gettext("hết chỗ trên đĩa"),
    "cut": lazy_gettext("bị gián đoạn"),
}
PHASES = {
    "ringing": lazy_gettext("đang đổ chuông"),
    "greeting": lazy_gettext("đang nghe lời chào"),
    "recording": lazy_gettext("đang ghi âm"),
}
LINE_STATES = {
    "OFFLINE": lazy_gettext("không có đường dây"),
    "IDLE": lazy_gettext("rảnh, sẵn sàng nhận cuộc gọi"),
    "RINGING": lazy_gettext("đang đổ chuông"),
    "ANSWERING": lazy_gettext("đang nhấc máy"),
    "GREETING": lazy_gettext("đang phát lời chào"),
    "RECORDING": lazy_gettext("đang ghi âm"),
    "ENDING": lazy_gettext("đang gác máy"),
}
CATEGORIES = {
    "procedure": lazy_gettext("tư vấn thủ tục hành chính"),
    "security": lazy_gettext("an ninh, trật tự"),
    "epidemic": lazy_gettext("phòng, chống dịch"),
    "other": lazy_gettext("khác"),
    "unreadable": lazy_gettext("chưa đọc được: hãy nghe"),
}
URGENCIES = {
    "normal": lazy_gettext("bình thường"),
    "urgent": lazy_gettext("khẩn cấp"),
    "grave": lazy_gettext("khẩn cấp, nghiêm trọng"),
}
QUALITIES = {
    "good": lazy_gettext("đường dây nghe rõ"),
    "fair": lazy_gettext("đường dây nghe tạm được"),
    "poor": lazy_gettext("đường dây nghe rất kém"),
}
SECOND_STATES = {
    "wanted": lazy_gettext("Máy thứ hai sẽ nghe lại khi đường dây rảnh."),
    "waiting_for_key": lazy_gettext("Máy thứ hai chờ mở khoá để nghe lại."),
    "failed": lazy_gettext("Máy thứ hai không nghe lại được; bản chép ở trên giữ nguyên."),
}
NUMBER_KINDS = {
    "phone": lazy_gettext("số điện thoại"),
    "house": lazy_gettext("số nhà"),
    "time": lazy_gettext("giờ"),
    "plate": lazy_gettext("biển số xe"),
    "date": lazy_gettext("ngày"),
    "age": lazy_gettext("tuổi"),
    "number": lazy_gettext("số"),
}
NAME_KINDS = {
    "hamlet": lazy_gettext("thôn, bản"),
    "street": lazy_gettext("đường, phố"),
    "official": lazy_gettext("cán bộ"),
    "place": lazy_gettext("địa điểm"),
}


def moment(at: float, now: float, zone: tzinfo) -> str:
    """A moment in words: "hôm nay 07:12", "đêm qua 23:14", or dd/mm/yyyy HH:MM. Epoch seconds."""
    then, today = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(now, zone).date()
    clock = f"{then:%H:%M}"
    if then.date() == today:
        if then.hour < DAWN_HOUR:
            return gettext("rạng sáng nay %(clock)s", clock=clock)
        return gettext("hôm nay %(clock)s", clock=clock)
    if then.date() == today - timedelta(days=1):
        if then.hour >= EVENING_HOUR:
            return gettext("đêm qua %(clock)s", clock=clock)
        return gettext("hôm qua %(clock)s", clock=clock)
    return f"{then:%d/%m/%Y %H:%M}"


def full_moment(at: float, zone: tzinfo) -> str:
    """The same moment without words, to the second: dd/mm/yyyy HH:MM:SS."""
    return f"{datetime.fromtimestamp(at, zone):%d/%m/%Y %H:%M:%S}"


def iso_moment(at: float, zone: tzinfo) -> str:
    """ISO 8601 with the zone's offset, for `<time datetime>`."""
    return datetime.fromtimestamp(at, zone).isoformat(timespec="seconds")


def length(duration_ms: int | None) -> str:
    """A length as m:ss; an unknown one is a dash."""
    if duration_ms is None:
        return "–"
    minutes, seconds = divmod(duration_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"


def size(count: int) -> str:
    """Bytes as GB with one decimal (1 GB = 10^9), as disks are sold."""
    return f"{count / 1e9:.1f} GB"


def percent(share: float | None) -> str:
    """A share with one decimal as the language writes it: "12,3%"; an unknown one is a dash."""
    return "–" if share is None else f"{format_decimal(share * 100, '0.0')}%"

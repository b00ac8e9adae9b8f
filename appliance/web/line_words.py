"""Modem, SIM and network in the officer's language: what is wrong, and what to do.

Decides: the sentence of each code of store/line_health. May touch: the translations.
Thread: any. Called by: complaints, the status page.
"""

from flask_babel import lazy_gettext

COMPLAINTS = {
    "port_missing": lazy_gettext("Không thấy modem: hãy cắm modem, xem lại dây và nguồn điện."),
    "port_busy": lazy_gettext(
        "Modem đang bị một chương trình khác giữ: hãy báo kỹ thuật viên dừng chương trình đó."
    ),
    "port_forbidden": lazy_gettext(
        "Máy không có quyền mở cổng modem: kỹ thuật viên cần thêm người dùng vào nhóm dialout."
    ),
    "port_wrong": lazy_gettext(
        "Cổng đã đặt không phải là modem: kỹ thuật viên cần sửa [modem] port."
    ),
    "modem_gone": lazy_gettext("Modem bị rút ra hoặc mất điện: hãy xem lại dây và nguồn điện."),
    "modem_silent": lazy_gettext(
        "Modem không trả lời: máy đang tự khởi động lại modem. Nếu không được, hãy rút ra cắm lại."
    ),
    "modem_broken": lazy_gettext(
        "Modem không làm việc: máy đang tự khởi động lại modem. Nếu không được, hãy rút ra cắm lại."
    ),
    "modem_restarted": lazy_gettext(
        "Modem đang khởi động lại vì một cuộc gọi không ngắt được: xin chờ một phút."
    ),
    "sim_missing": lazy_gettext("Modem không có SIM: hãy lắp SIM, mặt tiếp xúc xuống dưới."),
    "sim_pin": lazy_gettext("SIM đòi mã PIN: kỹ thuật viên cần ghi mã PIN vào tệp sim_pin_file."),
    "sim_pin_wrong": lazy_gettext(
        "SIM từ chối mã PIN: kỹ thuật viên cần sửa tệp mã PIN rồi khởi động lại máy."
    ),
    "sim_last_try": lazy_gettext(
        "SIM sắp bị khoá vì nhập sai PIN, máy không thử nữa: hãy lắp SIM vào điện thoại, mở khoá "
        "và tắt mã PIN."
    ),
    "sim_puk": lazy_gettext("SIM đã bị khoá: hãy lắp SIM vào điện thoại và nhập mã PUK."),
    "sim_stuck": lazy_gettext("SIM không sẵn sàng: hãy tháo SIM ra rồi lắp lại."),
    "sim_busy": lazy_gettext("SIM đang bận: máy sẽ tự thử lại."),
    "sim_other": lazy_gettext("SIM không dùng được: hãy thử SIM trong điện thoại."),
    "wrong_family": lazy_gettext(
        "Modem khác loại với cấu hình: kỹ thuật viên cần đặt [modem] family là auto."
    ),
    "not_registered": lazy_gettext(
        "SIM chưa vào mạng, cuộc gọi không đến được máy: hãy xem ăng-ten, SIM và thuê bao."
    ),
    "network_refused": lazy_gettext(
        "Nhà mạng từ chối SIM, cuộc gọi không đến được máy: hãy hỏi nhà mạng "
        "(SIM bị khoá, hết hạn?)."
    ),
    "no_volte": lazy_gettext(
        "Chưa có VoLTE: nơi không có sóng 3G, cuộc gọi không đến được máy. Hãy gọi thử vào máy."
    ),
    "no_signal": lazy_gettext(
        "Sóng quá yếu, cuộc gọi có thể không đến được máy: hãy đổi chỗ ăng-ten."
    ),
    "clock_wrong": lazy_gettext(
        "Đồng hồ của máy lệch hơn 5 phút so với giờ của nhà mạng: hãy báo kỹ thuật viên."
    ),
    "operator_voicemail": lazy_gettext(
        "Nhà mạng đang chuyển cuộc gọi sang hộp thư thoại hoặc số khác: lắp SIM vào điện thoại, "
        "bấm gọi ##61#, ##62# và ##67# để tắt."
    ),
    "calls_diverted": lazy_gettext(
        "Mọi cuộc gọi đến SIM này đang bị chuyển đi: lắp SIM vào điện thoại, bấm gọi ##21# để tắt."
    ),
    "sim_expires": lazy_gettext("SIM hoặc tài khoản sắp hết hạn (trong 14 ngày): hãy nạp tiền."),
    "sim_expired": lazy_gettext(
        "SIM hoặc tài khoản đã quá hạn: hãy nạp tiền, rồi sửa ngày hết hạn trong cấu hình."
    ),
    "balance_low": lazy_gettext("Tài khoản SIM sắp hết tiền: hãy nạp tiền."),
    "no_credit": lazy_gettext("Tài khoản SIM đã hết tiền, SIM có thể bị khoá: hãy nạp tiền ngay."),
}
REGISTRATIONS = {
    "registered": lazy_gettext("đã vào mạng"),
    "not registered": lazy_gettext("chưa vào mạng"),
    "refused": lazy_gettext("bị nhà mạng từ chối"),
}
VOLTE = {
    "registered": lazy_gettext("có"),
    "not registered": lazy_gettext("không có"),
}

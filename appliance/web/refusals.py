"""Pages and codes for what does not go well, without a word about our insides.

Decides: how a failure reads. May touch: nothing. Thread: the request's. Called by: Flask.
Programs get `{"error": code}`, people a page in their language and the desk's own design.
"""

import logging

from flask import Flask, Response, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from appliance.errors import Damaged, Locked, NotFound, OutsideSpool, StoreError
from appliance.web.gate import is_bare

_LOGGER = logging.getLogger(__name__)

CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
    422: "damaged",
    423: "locked",
    429: "too_many_requests",
    503: "busy",
}
TEXTS = {
    400: (lazy_gettext("Yêu cầu không hợp lệ"), lazy_gettext("Hãy tải lại trang rồi thử lại.")),
    403: (
        lazy_gettext("Không được phép"),
        lazy_gettext("Tài khoản của bạn không xem được trang này."),
    ),
    404: (
        lazy_gettext("Không tìm thấy"),
        lazy_gettext("Trang hoặc tin nhắn này không có, hoặc không còn nữa."),
    ),
    413: (lazy_gettext("Nội dung quá dài"), lazy_gettext("Hãy rút ngắn rồi gửi lại.")),
    422: (
        lazy_gettext("Tệp bị hỏng"),
        lazy_gettext("Bản ghi này không mở được. Hãy báo kỹ thuật viên."),
    ),
    423: (
        lazy_gettext("Chưa mở khoá"),
        lazy_gettext("Hãy nhập mật khẩu để mở khoá rồi thử lại."),
    ),
    429: (lazy_gettext("Thử quá nhiều lần"), lazy_gettext("Hãy chờ một lát rồi thử lại.")),
    500: (
        lazy_gettext("Máy gặp lỗi"),
        lazy_gettext("Lỗi đã được ghi lại. Điện thoại vẫn được trả lời và ghi âm như thường."),
    ),
    503: (
        lazy_gettext("Máy đang bận"),
        lazy_gettext("Điện thoại vẫn được trả lời và ghi âm. Hãy thử lại sau một phút."),
    ),
}


def install(app: Flask) -> None:
    """Answer every failure of this application."""
    app.register_error_handler(CSRFError, lambda _error: _refuse(400))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda _error: _refuse(404))
    app.register_error_handler(OutsideSpool, lambda _error: _refuse(404))
    app.register_error_handler(Damaged, _damaged)
    app.register_error_handler(Locked, _busy)
    app.register_error_handler(StoreError, _busy)
    app.register_error_handler(500, lambda _error: _refuse(500))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    answer = _refuse(error.code)
    if error.code == 429:  # Flask-Limiter's window is a minute
        answer.headers["Retry-After"] = "60"
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow", "Content-Range"):
            answer.headers[name] = value
    return answer


def _damaged(error: Damaged) -> ResponseReturnValue:
    _LOGGER.error("damaged: %s", error)
    return _refuse(422)


def _busy(error: StoreError) -> ResponseReturnValue:
    _LOGGER.error("the store refuses: %s", error)
    return _refuse(503)


def _refuse(code: int) -> Response:
    if is_bare():
        return make_response(jsonify(error=CODES.get(code, "failed")), code)
    title, advice = TEXTS.get(code, TEXTS[500 if code >= 500 else 400])
    page = render_template("error.html", code=code, title=title, advice=advice)
    return make_response(page, code)

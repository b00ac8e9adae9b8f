"""What every answer carries, and which names the desk answers to.

Decides: the security headers, the allowed Host names. May touch: nothing.
Thread: the request's. Called by: Flask, before and after each request.
Own code, 20 lines: docs/decisions/web-headers.md.
"""

import ipaddress
import socket

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # browsers older than frame-ancestors
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
A_YEAR_S = 31_536_000
STATIC_KEPT = f"public, max-age={A_YEAR_S}, immutable"  # their address changes with their bytes


def install(app: Flask, listen_host: str) -> None:
    """Check the Host of every request and put the headers on every answer."""
    names = {"localhost", "hotline.local", listen_host.lower(), *_names_of_this_machine()}

    def check_host() -> Response | None:
        if _is_ours(_host_only(request.environ.get("HTTP_HOST", "")), names):
            return None
        return Response("not a name of this box\n", 400, mimetype="text/plain")

    app.before_request(check_host)
    app.after_request(_dress)


def _dress(answer: Response) -> Response:
    for name, value in ALWAYS.items():
        answer.headers[name] = value
    if request.endpoint == "static" and answer.status_code == 200 and request.args.get("v"):
        answer.headers["Cache-Control"] = STATIC_KEPT
    elif request.endpoint != "static":
        answer.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        answer.headers["Strict-Transport-Security"] = f"max-age={A_YEAR_S}"
    return answer


def _is_ours(host: str, names: set[str]) -> bool:
    """A name of ours, or an address of a local network: a rebinding attack needs a name."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host in names


def _host_only(header: str) -> str:
    header = header.strip().lower()
    if header.startswith("["):  # [::1]:8080
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if ":" in header else header


def _names_of_this_machine() -> set[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"} - {""}

"""Middleware in front of the page: the allow-list, same origin, whose request it is, and the security headers."""

import json
import re
from base64 import b64encode
from collections import OrderedDict
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.ui.http.allowed import Allowed, allowed
from rag.ui.http.sessions import Sessions

# Gradio's page needs 'unsafe-eval' (it compiles the templates of gr.HTML) and inline styles; its inline scripts are
# allowed one by one, by their hash, so that no script out of a document can run
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with "no-referrer" a form would come from the origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
MAX_PAGES = 10_000  # open pages whose owner is known; the least recently used is forgotten
_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_BASE = re.compile(rb"<base\b[^>]*>")  # "./", the default; `base-uri 'none'` would call it an error
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_ELSEWHERE = (
    "Another site may not send anything here. If this is your own page behind a proxy, let the proxy pass on the Host "
    "header as the browser sent it."
)


class Guard:
    """ASGI middleware around the whole application. `local`: only requests that name this computer are let in."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, local: bool):
        self._app, self._sessions, self._local = app, sessions, local
        self._pages: OrderedDict[str, str] = OrderedDict()  # owner by Gradio's name of an open page (session_hash)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return None  # no route is a web socket
        route = allowed(scope)
        reply = _Reply(send, scope["path"], cacheable=route is not None and route.open_to == "everybody")
        refusal = self._refusal(scope, route)
        if not refusal and route and route.max_body is not None:
            body = await _body(receive, route.max_body)
            receive = _replayed(body or b"", receive)
            refusal = self._refusal_of_body(scope, body)
        return await (refusal or self._app)(scope, receive, reply.send)

    def _refusal(self, scope: Scope, route: Allowed | None) -> Response | None:
        headers = Headers(scope=scope)
        if self._local and _host(headers.get("host", "")) not in _LOCAL:
            # DNS rebinding: a web page elsewhere gives its own name the address of this computer
            return PlainTextResponse("Open this page as http://127.0.0.1, on this computer.", 403)
        if route is None:
            return PlainTextResponse("Not found", 404)
        if not _is_ours(headers, scope["method"], route):
            return PlainTextResponse(_ELSEWHERE, 403)
        if route.open_to == "users" and self._sessions.user(HTTPConnection(scope)) is None:
            if scope["path"] != "/":
                return PlainTextResponse("Sign in first.", 401)
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"/signin?{query}" if query else "/signin", 303)
        return None

    def _refusal_of_body(self, scope: Scope, body: bytes | None) -> Response | None:
        if body is None:
            return PlainTextResponse("More was sent than is taken here.", 413)
        if scope["path"].startswith("/gradio_api/") and not self._is_own_page(scope, body):
            return PlainTextResponse("Not found", 404)
        return None

    def _is_own_page(self, scope: Scope, body: bytes) -> bool:
        """Whether each open page that a request to Gradio names is this very user's, or new."""
        user = self._sessions.user(HTTPConnection(scope)) or ""
        owners = set()
        for name in _named_pages(scope, body):
            owners.add(self._pages.setdefault(name, user))
            self._pages.move_to_end(name)
            if len(self._pages) > MAX_PAGES:
                self._pages.popitem(last=False)
        return owners <= {user}


class _Reply:
    """A response, which gets the security headers. `cacheable`: it holds nothing of a document.

    The inline scripts of Gradio's own page, which holds nothing of a document either, are allowed.
    """

    def __init__(self, send: Send, path: str, *, cacheable: bool):
        self._send, self._path, self._cacheable = send, path, cacheable
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """One message of the response."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]  # Gradio would let other origins read its responses
            for name, value in HEADERS.items():
                headers[name] = value
            headers["Content-Security-Policy"] = POLICY.format(hashes="")
            if not self._cacheable:
                headers["Cache-Control"] = "no-store"
            if self._path == "/" and headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif self._start:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        body = _BASE.sub(b"", self._body)
        headers = MutableHeaders(scope=start)
        headers["Content-Length"] = str(len(body))
        headers["Content-Security-Policy"] = POLICY.format(hashes="".join(map(_hashed, _SCRIPT.findall(body))))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _is_ours(headers: Headers, method: str, route: Allowed) -> bool:
    """Whether our own page sent a request, or somebody opened an address, by the headers that a browser adds.

    Both are needed: Sec-Fetch-Site is not sent over plain http to another machine, and Origin not with every GET. A
    request that changes something must have at least one.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    reads = method in ("GET", "HEAD")
    if reads and route.navigable and origin is None and _is_navigation(headers):
        return True
    if origin is not None and urlsplit(origin).netloc != headers.get("host", ""):
        return False
    if site is not None:
        return site == "same-origin" or (site == "none" and reads)
    return reads or origin is not None


def _is_navigation(headers: Headers) -> bool:
    """Whether an address was opened as a page of its own, by a click or by typing it."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"


async def _body(receive: Receive, limit: int) -> bytes | None:
    """The body of a request, None where it is longer than `limit` bytes."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body which was read before, and then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _named_pages(scope: Scope, body: bytes) -> set[str]:
    """The open pages that a request to Gradio names (`session_hash`)."""
    found = set(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", []))
    try:
        sent = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return found  # Gradio refuses it
    named = sent.get("session_hash") if isinstance(sent, dict) else None
    return found if named is None else found | {str(named)[:200]}


def _hashed(script: bytes) -> str:
    return f" 'sha256-{b64encode(sha256(script).digest()).decode()}'"


def _host(header: str) -> str:
    """The host of a Host header, without its port and brackets."""
    return header.rsplit(":", 1)[0].strip("[]") if not header.endswith("]") else header.strip("[]")

"""Between the network and the page: who may call, what the page may load, which doors of Gradio stay shut."""

import re
from base64 import b64encode
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.ui.web import signed_in

# Gradio's page needs 'unsafe-eval' (it compiles the templates of gr.HTML) and inline styles; its inline scripts are
# allowed one by one, by their hash, so that nothing that a document smuggles in can run
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# not used here: files of Gradio's cache, uploads past our limits, fetching addresses, its tools for developers
SHUT = re.compile(
    r"/gradio_api/(?:file[=/]|upload|proxy=|stream/|component_server|custom_component|runs|run-history|deep_link"
    r"|dev/|vibe-|undo-vibe|process_recording|openapi|profiling)|/monitoring|/manifest\.json"
)
# what these answer with is of a document, and no browser keeps it
_PRIVATE = re.compile(r"/(?:source|page|search|documents|choices|inspect|export|jobs|folders|rate|welcome)\b")
_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
_BASE = re.compile(rb"<base\b[^>]*>")  # "./", the default; `base-uri 'none'` would call it an error
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class Guard:
    """ASGI middleware around the whole application. `local`: only callers that name this computer are let in."""

    def __init__(self, app: ASGIApp, *, local: bool):
        self._app, self._local = app, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        reply = _Reply(send, scope["path"])
        if refusal := self._refusal(scope):
            return await refusal(scope, receive, reply.send)
        return await self._app(scope, receive, reply.send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if self._local and _host(headers.get("host", "")) not in _LOCAL:
            # another name that leads here is how a web page elsewhere would read this one (DNS rebinding)
            return PlainTextResponse("Open this page as http://127.0.0.1, on this computer.", 403)
        if scope["method"] not in ("GET", "HEAD") and headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse("Another site may not send anything here.", 403)
        if SHUT.match(scope["path"]):
            return PlainTextResponse("Not found", 404)
        if scope["path"] == "/" and signed_in(HTTPConnection(scope)) is None:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"/signin?{query}" if query else "/signin", 303)
        return None


class _Reply:
    """A response on its way out: it gets its headers. On Gradio's own page, which holds nothing of a document, the
    inline scripts are allowed.
    """

    def __init__(self, send: Send, path: str):
        self._send, self._path = send, path
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """One message of the response."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers["Content-Security-Policy"] = POLICY.format(hashes="")
            if _PRIVATE.match(self._path):
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
        headers["Cache-Control"] = "no-store"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})


def _hashed(script: bytes) -> str:
    return f" 'sha256-{b64encode(sha256(script).digest()).decode()}'"


def _host(header: str) -> str:
    """The host of a Host header, without its port and brackets."""
    return header.rsplit(":", 1)[0].strip("[]") if not header.endswith("]") else header.strip("[]")

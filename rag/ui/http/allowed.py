"""The allow-list of routes: what is not in it answers 404, whatever Gradio offers.

`open_to`: who may call a route. A `navigable` one may be opened by its address, from another site too; all others
answer only what our own page sends.
"""

from dataclasses import dataclass
from typing import Literal

from starlette.routing import Match, Route
from starlette.types import Scope

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Allowed:
    """A route that may be called. `max_body`: in bytes, None where the route limits it itself."""

    method: str
    path: str
    open_to: Literal["everybody", "users"] = "users"
    navigable: bool = False
    max_body: int | None = MEGABYTE


OURS = (
    Allowed("GET", "/ui/{name}", "everybody"),
    Allowed("GET", "/signin", "everybody", navigable=True),
    Allowed("GET", "/session", "everybody"),
    Allowed("POST", "/login", "everybody", max_body=10_000),
    Allowed("POST", "/logout"),
    Allowed("GET", "/source", navigable=True),
    Allowed("GET", "/page", navigable=True),
    Allowed("GET", "/search", navigable=True),
    Allowed("GET", "/inspect/{conversation}/{number}", navigable=True),
    Allowed("POST", "/rate/{conversation}/{number}", max_body=20_000),
    Allowed("GET", "/export/{conversation}/{number}.{form}", navigable=True),
    Allowed("GET", "/export/{conversation}.{form}", navigable=True),
    Allowed("GET", "/choices", navigable=True),
    Allowed("GET", "/filters", navigable=True),
    Allowed("GET", "/welcome", navigable=True),
    Allowed("GET", "/documents", navigable=True),
    Allowed("PUT", "/documents/{name}", max_body=None),
    Allowed("DELETE", "/documents"),
    Allowed("GET", "/folders", navigable=True),
    Allowed("POST", "/folders", max_body=20_000),
    Allowed("GET", "/table", navigable=True),
    Allowed("POST", "/table", max_body=20_000),
    Allowed("DELETE", "/table"),
    Allowed("GET", "/table/rows", navigable=True),
    Allowed("GET", "/table/answers.{form}", navigable=True),
    Allowed("GET", "/jobs", navigable=True),
    Allowed("GET", "/unread", navigable=True),
    Allowed("DELETE", "/jobs"),
    Allowed("DELETE", "/jobs/{number}"),
)
# what Gradio's page requests: itself, its files, its events, and whether the server was restarted
GRADIO = (
    Allowed("GET", "/", navigable=True),
    Allowed("GET", "/assets/{path:path}", "everybody"),
    Allowed("GET", "/static/{path:path}", "everybody"),
    Allowed("GET", "/theme.css", "everybody"),
    Allowed("GET", "/favicon.ico", "everybody", navigable=True),
    Allowed("GET", "/gradio_api/app_id"),
    Allowed("POST", "/gradio_api/run/{api_name}"),
    Allowed("POST", "/gradio_api/queue/join"),
    Allowed("GET", "/gradio_api/queue/data"),
)
ALLOWED = OURS + GRADIO
_ROUTES = [(one, Route(one.path, lambda _: None, methods=[one.method])) for one in ALLOWED]


def allowed(scope: Scope) -> Allowed | None:
    """The entry for a request, None where there is none; HEAD is a GET without its body."""
    request = dict(scope) | {"method": "GET" if scope["method"] == "HEAD" else scope["method"]}
    return next((one for one, route in _ROUTES if route.matches(request)[0] is Match.FULL), None)

"""Every route that may be called: what is not in this list does not exist, whatever Gradio brings along.

`open_to`: who may call it. A `navigable` route may be opened by its address, from another site too; all others answer
only what our own page sends.
"""

from dataclasses import dataclass
from typing import Literal

from starlette.routing import Match, Route
from starlette.types import Scope

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Allowed:
    """A route that may be called. `most`: bytes of its body, None where the route counts itself."""

    method: str
    path: str
    open_to: Literal["everybody", "users"] = "users"
    navigable: bool = False
    most: int | None = MEGABYTE


OURS = (
    Allowed("GET", "/ui/{name}", "everybody"),
    Allowed("GET", "/signin", "everybody", navigable=True),
    Allowed("GET", "/session", "everybody"),
    Allowed("POST", "/login", "everybody", most=10_000),
    Allowed("POST", "/logout"),
    Allowed("GET", "/source", navigable=True),
    Allowed("GET", "/page", navigable=True),
    Allowed("GET", "/search", navigable=True),
    Allowed("GET", "/inspect/{conversation}/{number}", navigable=True),
    Allowed("POST", "/rate/{conversation}/{number}", most=20_000),
    Allowed("GET", "/export/{conversation}/{number}.{form}", navigable=True),
    Allowed("GET", "/export/{conversation}.{form}", navigable=True),
    Allowed("GET", "/choices", navigable=True),
    Allowed("GET", "/welcome", navigable=True),
    Allowed("GET", "/documents", navigable=True),
    Allowed("PUT", "/documents/{name}", most=None),
    Allowed("DELETE", "/documents"),
    Allowed("GET", "/folders", navigable=True),
    Allowed("POST", "/folders", most=20_000),
    Allowed("GET", "/jobs", navigable=True),
    Allowed("DELETE", "/jobs"),
    Allowed("DELETE", "/jobs/{number}"),
)
# what Gradio's page calls: itself, its files, its events, and whether it is still the same program
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
    """The entry of this list that a call is for, None where there is none; HEAD is a GET without its body."""
    asked = dict(scope) | {"method": "GET" if scope["method"] == "HEAD" else scope["method"]}
    return next((one for one, route in _ROUTES if route.matches(asked)[0] is Match.FULL), None)

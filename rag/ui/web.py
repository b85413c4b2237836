"""What every route needs: who is asking, what a form says, and an answer as a piece of the page or as a page."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from rag.errors import ConversationMissing, SourceMissing
from rag.ui.sessions import Sessions
from rag.ui.views.templates import Markup, render


def user(request: Request) -> str:
    """Who is asking. Answers 401 to a stranger."""
    sessions: Sessions = request.app.state.sessions
    found = sessions.user(request)
    if found is None:
        raise HTTPException(401, "Sign in first.")
    return found


User = Annotated[str, Depends(user)]


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def failed(request: Request, error: Exception) -> Response:
    """An error of ours as a page: what happened, and what to do next."""
    status = 404 if isinstance(error, SourceMissing | ConversationMissing) else 503
    return whole(request, "Not found", render("page.html", "error", message=error), status)


def whole(request: Request, title: str, body: Markup, status: int = 200) -> HTMLResponse:
    """A piece of HTML for the page that asked for it, or a page of its own where a link was opened elsewhere."""
    if request.headers.get("x-pane"):
        return HTMLResponse(body, status)
    return HTMLResponse(render("page.html", "page", title=title, body=body), status)

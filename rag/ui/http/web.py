"""What every route needs: whose request it is, the fields of a form, and a response as a part or as a whole page."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from rag.errors import ConversationMissing, SourceMissing
from rag.ui.http.sessions import Sessions
from rag.ui.views.templates import Markup, render


def user(request: Request) -> str:
    """Whose request it is. Answers 401 to a stranger."""
    sessions: Sessions = request.app.state.sessions
    found = sessions.user(request)
    if found is None:
        raise HTTPException(401, "Sign in first.")
    return found


User = Annotated[str, Depends(user)]


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def error_page(request: Request, error: Exception) -> Response:
    """One of our own errors as a page: what happened, and what to do next."""
    status = 404 if isinstance(error, SourceMissing | ConversationMissing) else 503
    return page_or_part(request, "Not found", render("page.html", "error", message=error), status)


def page_or_part(request: Request, title: str, body: Markup, status: int = 200) -> HTMLResponse:
    """HTML as a part for the page that fetched it, or as a whole page where a link was opened elsewhere."""
    if request.headers.get("x-pane"):
        return HTMLResponse(body, status)
    return HTMLResponse(render("page.html", "page", title=title, body=body), status)

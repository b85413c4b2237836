"""Routes of the page that asks every document the same questions."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rag.errors import ConfigError
from rag.export.tables import FORMATS
from rag.pipeline import MAX_QUESTION
from rag.retrieve.where import Where
from rag.tables.fill import questions_of
from rag.ui.http.web import User, form_fields, page_or_part
from rag.ui.scope import filters, where_of
from rag.ui.services import Services
from rag.ui.tables import MAX_QUESTIONS
from rag.ui.views import table
from rag.ui.views.templates import text


def router(services: Services) -> APIRouter:
    """The routes of one page."""
    routes = APIRouter()

    @routes.get("/table")
    def page(request: Request, owner: User) -> HTMLResponse:
        models = list(dict.fromkeys([services.settings.chat_model, ""]))
        offered = filters(services.documents(owner))
        shown = table.page(services.tables.job(owner), models, offered)
        return page_or_part(request, "One question, every document", shown)

    @routes.post("/table")
    async def start(request: Request, owner: User) -> Response:
        fields = await form_fields(request)
        asked = [one for number in range(1, MAX_QUESTIONS + 1) if (one := fields.get(f"q{number}", "").strip())]
        model = fields.get("model", "")
        if model not in ("", services.settings.chat_model):
            raise HTTPException(422)
        try:
            where = where_of(fields)
            Where.parse(where)
            services.tables.start(owner, questions_of(asked, MAX_QUESTION), model, where)
        except ConfigError as error:
            return page_or_part(request, "One question, every document", text(error), 422)
        if not request.headers.get("x-pane"):  # sent by the browser itself, before the page's script was there
            return RedirectResponse("/table", 303)
        return HTMLResponse("", 202)

    @routes.delete("/table")
    def stop(owner: User) -> HTMLResponse:
        services.tables.stop(owner)
        return HTMLResponse("", 202)

    @routes.get("/table/rows")
    def rows(request: Request, owner: User, column: int = -1, down: bool = False, q: str = "") -> HTMLResponse:
        shown = table.rows(services.tables.job(owner), table.Order(column, down, q[:MAX_QUESTION]))
        return page_or_part(request, "One question, every document", shown)

    @routes.get("/table/answers.{form}")
    def download(owner: User, form: str) -> Response:
        job = services.tables.job(owner)
        if job is None or f".{form}" not in FORMATS:
            raise HTTPException(404)
        kind, write = FORMATS[f".{form}"]
        headers = {"Content-Disposition": f'attachment; filename="answers.{form}"'}
        return Response(write(job.table), media_type=kind, headers=headers)

    return routes

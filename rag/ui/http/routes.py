"""Routes that the page requests beside Gradio's events: documents at a place, answers, exports, and its own assets."""

import asyncio
import mimetypes
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from rag.errors import RagError
from rag.export.docx import to_docx
from rag.export.text import copy_text, to_json, to_markdown
from rag.schema import Answer
from rag.ui.document_view import Place
from rag.ui.http.web import User, form_fields, page_or_part
from rag.ui.services import Services
from rag.ui.views.inspection import inspection, passages
from rag.ui.views.rating import VERDICTS, rating
from rag.ui.views.source import source
from rag.ui.views.templates import text

ASSETS = Path(__file__).parent.parent / "assets"
EXPORTS: dict[str, tuple[str, Callable[[str, Sequence[Answer]], str | bytes]]] = {
    "md": ("text/markdown", to_markdown),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", to_docx),
    "json": ("application/json", to_json),
}
At = Annotated[Place, Depends()]


def router(services: Services) -> APIRouter:
    """The routes of one page."""
    routes = APIRouter()
    _add_views(routes, services)
    _add_answers(routes, services)
    return routes


def _add_views(routes: APIRouter, services: Services) -> None:
    @routes.get("/ui/{name}")
    def asset(name: str) -> FileResponse:
        if name not in {path.name for path in ASSETS.iterdir()}:
            raise HTTPException(404)
        kind = mimetypes.guess_type(name)[0]
        return FileResponse(ASSETS / name, media_type=kind, headers={"Cache-Control": "no-cache"})

    @routes.get("/source")
    def open_source(request: Request, owner: User, name: str, at: At) -> HTMLResponse:
        view = services.view(owner, name, at)
        return page_or_part(request, view.info.title, source(view))

    @routes.get("/page")
    def page(owner: User, name: str, number: int) -> Response:
        return Response(services.page(owner, name, number), media_type="image/jpeg")

    @routes.get("/search")
    def search(request: Request, owner: User, q: str) -> HTMLResponse:
        found = services.assistants.assistant(owner).search(q[:2000])
        return page_or_part(request, "Search", passages(found, services.assistants.titles(owner)))


def _add_answers(routes: APIRouter, services: Services) -> None:
    @routes.get("/inspect/{conversation}/{number}")
    def inspect(request: Request, owner: User, conversation: str, number: int) -> HTMLResponse:
        answer = services.answer(owner, conversation, number)
        return page_or_part(request, "How it was found", inspection(answer, services.assistants.titles(owner)))

    @routes.post("/rate/{conversation}/{number}")
    async def rate(request: Request, owner: User, conversation: str, number: int) -> HTMLResponse:
        fields = await form_fields(request)
        verdict = next((one for one in VERDICTS if one == fields.get("verdict")), None)
        if verdict is None:
            raise HTTPException(422)
        correction, passage = fields.get("correction", ""), fields.get("passage", "")
        try:
            answer = await asyncio.to_thread(services.rate, owner, conversation, number, verdict, correction, passage)
        except RagError as error:
            return HTMLResponse(text(error), 422)
        complete = bool(passage if verdict == "wrong_source" else correction)
        key, cases = f"{conversation}/{number}", services.cases(owner)
        return HTMLResponse(rating(answer, key, verdict, complete=complete, cases=cases))

    @routes.get("/export/{conversation}/{number}.{form}")
    def export_turn(owner: User, conversation: str, number: int, form: str) -> Response:
        answer = services.answer(owner, conversation, number)
        return exported(answer.question, [answer], form)

    @routes.get("/export/{conversation}.{form}")
    def export_conversation(owner: User, conversation: str, form: str) -> Response:
        return exported(*services.conversation(owner, conversation), form)


def exported(title: str, answers: Sequence[Answer], form: str) -> Response:
    """Answers as a file to download; "txt" is what the page copies."""
    if form == "txt":
        return PlainTextResponse("\n\n".join(map(copy_text, answers)))
    if form not in EXPORTS:
        raise HTTPException(404)
    kind, write = EXPORTS[form]
    name = quote(re.sub(r"[\W_]+", "-", title)[:60].strip("-") or "answer", safe="")
    headers = {"Content-Disposition": f"attachment; filename=\"answer.{form}\"; filename*=UTF-8''{name}.{form}"}
    return Response(write(title, answers), media_type=kind, headers=headers)

"""What the page fetches beside Gradio's events: documents at a place, exports, and the files the page is made of."""

import asyncio
import mimetypes
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from index.build import MEGABYTE
from rag.errors import ConversationMissing, RagError, SourceMissing
from rag.export import copy_text, to_json, to_markdown
from rag.export_docx import to_docx
from rag.schema import Answer
from rag.ui import library
from rag.ui.desk import Desk
from rag.ui.inspect import inspection, passages
from rag.ui.markup import Markup, html, text
from rag.ui.source import Place, pane
from rag.ui.uploads import BLOCK

ASSETS = Path(__file__).parent / "assets"
EXPORTS: dict[str, tuple[str, Callable[[str, Sequence[Answer]], str | bytes]]] = {
    "md": ("text/markdown", to_markdown),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", to_docx),
    "json": ("application/json", to_json),
}


def user(request: Request) -> str:
    """Who is asking: a name, "" where there are no users. Answers 401 to a stranger."""
    gradio = request.app.state.gradio
    if gradio.auth is None:
        return ""
    names = (f"access-token-{gradio.cookie_id}", f"access-token-unsecure-{gradio.cookie_id}")
    found = next((gradio.tokens.get(request.cookies[name]) for name in names if name in request.cookies), None)
    if found is None:
        raise HTTPException(401, "Sign in first.")
    return str(found)


User = Annotated[str, Depends(user)]
At = Annotated[Place, Depends()]


def router(desk: Desk) -> APIRouter:
    """The routes of one desk."""
    routes = APIRouter()

    @routes.get("/ui/{name}")
    def asset(name: str) -> FileResponse:
        if name not in {path.name for path in ASSETS.iterdir()}:
            raise HTTPException(404)
        kind = mimetypes.guess_type(name)[0]
        return FileResponse(ASSETS / name, media_type=kind, headers={"Cache-Control": "no-cache"})

    @routes.get("/source")
    def source(request: Request, owner: User, name: str, at: At) -> HTMLResponse:
        view = desk.view(owner, name, at)
        return whole(request, view.info.title, pane(view))

    @routes.get("/search")
    def search(request: Request, owner: User, q: str) -> HTMLResponse:
        found = desk.engine.assistant(owner).search(q[:2000])
        return whole(request, "Search", passages(found, desk.engine.titles(owner)))

    @routes.get("/choices")
    def choices(request: Request, owner: User, q: str = "") -> HTMLResponse:
        return whole(request, "Documents", library.choices(library.matching(desk.documents(owner), q)))

    @routes.get("/documents")
    def documents(request: Request, owner: User, q: str = "") -> HTMLResponse:
        found = library.matching(desk.documents(owner), q)
        removable = {info.source for info in found if desk.indexer.removable(owner, info)}
        return whole(request, "Documents", library.table(found, removable))

    @routes.put("/documents/{name}")
    async def upload(request: Request, owner: User, name: str) -> HTMLResponse:
        most = int(desk.settings.max_file_mb * MEGABYTE)
        with SpooledTemporaryFile(BLOCK) as file:
            async for block in request.stream():
                file.write(block)
                if file.tell() > most:
                    return HTMLResponse(text(f"it has more than the {most:,} bytes allowed"), 413)
            file.seek(0)
            try:
                await asyncio.to_thread(desk.indexer.upload, owner, name, file)
            except RagError as error:
                return HTMLResponse(text(error), 422)
        return HTMLResponse("", 202)

    @routes.delete("/documents")
    def remove(owner: User, name: str) -> HTMLResponse:
        try:
            desk.indexer.remove(owner, desk.info(owner, name))
        except RagError as error:
            return HTMLResponse(text(error), 409)
        return HTMLResponse("")

    @routes.post("/folders")
    async def folder(request: Request, owner: User) -> HTMLResponse:
        fields = parse_qs((await request.body())[:10_000].decode("utf-8", "replace"))
        path = Path(fields.get("path", [""])[0]).expanduser()
        if not desk.folders or owner:
            raise HTTPException(403, "Folders are indexed by who runs this page.")
        if not path.is_absolute() or not path.is_dir():
            return HTMLResponse(text(f"{str(path)!r} is no folder of this computer: give its whole path"), 422)
        desk.indexer.folder(path)
        return HTMLResponse("", 202)

    @routes.get("/jobs")
    def jobs(request: Request, owner: User) -> HTMLResponse:
        return whole(request, "Indexing", library.working(desk.indexer.jobs(owner)))

    @routes.get("/inspect/{conversation}/{number}")
    def inspect(request: Request, owner: User, conversation: str, number: int) -> HTMLResponse:
        answer = desk.answer(owner, conversation, number)
        return whole(request, "How it was found", inspection(answer, desk.engine.titles(owner)))

    @routes.get("/export/{conversation}/{number}.{form}")
    def export_turn(owner: User, conversation: str, number: int, form: str) -> Response:
        answer = desk.answer(owner, conversation, number)
        return exported(answer.question, [answer], form)

    @routes.get("/export/{conversation}.{form}")
    def export_conversation(owner: User, conversation: str, form: str) -> Response:
        return exported(*desk.conversation(owner, conversation), form)

    return routes


def exported(title: str, answers: Sequence[Answer], form: str) -> Response:
    """Answers as a file to keep; as plain text, what is copied."""
    if form == "txt":
        return PlainTextResponse("\n\n".join(map(copy_text, answers)))
    if form not in EXPORTS:
        raise HTTPException(404)
    kind, write = EXPORTS[form]
    name = quote(re.sub(r"[\W_]+", "-", title)[:60].strip("-") or "answer", safe="")
    headers = {"Content-Disposition": f"attachment; filename=\"answer.{form}\"; filename*=UTF-8''{name}.{form}"}
    return Response(write(title, answers), media_type=kind, headers=headers)


def failed(request: Request, error: Exception) -> Response:
    """An error of ours as a page: what happened, and what to do next."""
    status = 404 if isinstance(error, SourceMissing | ConversationMissing) else 503
    return whole(request, "Not found", html('<p class="trouble" role="alert">{error}</p>', error=error), status)


def whole(request: Request, title: str, body: Markup, status: int = 200) -> HTMLResponse:
    """A piece of HTML for the page that asked for it, or a page of its own where a link was opened elsewhere."""
    if request.headers.get("x-pane"):
        return HTMLResponse(body, status)
    page = html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/ui/page.css"><script src="/ui/page.js" defer></script></head>'
        '<body class="alone"><main id="pane">{body}</main></body></html>',
        title=title,
        body=body,
    )
    return HTMLResponse(page, status)

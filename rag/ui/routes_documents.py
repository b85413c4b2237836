"""What the page fetches and sends around documents: the list, uploads, folders, removal, how far the indexing is."""

import asyncio
from pathlib import Path
from tempfile import SpooledTemporaryFile

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from rag.errors import RagError
from rag.settings import MEGABYTE
from rag.ui.desk import Desk
from rag.ui.document_view import matching
from rag.ui.uploads import BLOCK
from rag.ui.views import conversations, documents, jobs
from rag.ui.views.templates import text
from rag.ui.web import User, sent, whole


def router(desk: Desk) -> APIRouter:
    """The routes of one desk."""
    routes = APIRouter()
    _add_documents(routes, desk)
    _add_indexing(routes, desk)
    return routes


def _add_documents(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/choices")
    def choices(request: Request, owner: User, q: str = "") -> HTMLResponse:
        return whole(request, "Documents", documents.choices(matching(desk.documents(owner), q)))

    @routes.get("/welcome")
    def welcome(request: Request, owner: User) -> HTMLResponse:
        return whole(
            request, "Ask your documents", conversations.welcome(desk.engine.titles(owner), local=desk.folders)
        )

    @routes.get("/documents")
    def listed(request: Request, owner: User, q: str = "") -> HTMLResponse:
        return whole(request, "Documents", documents.table(desk.listed(owner, q), q))

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
        return HTMLResponse("", 202)


def _add_indexing(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/folders")
    def folder_list(request: Request, _: User) -> HTMLResponse:
        return whole(request, "Folders", documents.folders(desk.followed()))

    @routes.post("/folders")
    async def folder(request: Request, owner: User) -> HTMLResponse:
        path = Path((await sent(request)).get("path", "")).expanduser()
        if not desk.folders or owner:
            raise HTTPException(403, "Folders are indexed by who runs this page.")
        if not path.is_absolute() or not path.is_dir():
            return HTMLResponse(text(f"{str(path)!r} is no folder of this computer: give its whole path"), 422)
        desk.indexer.folder(path)
        return HTMLResponse("", 202)

    @routes.get("/jobs")
    def job_list(request: Request, owner: User) -> HTMLResponse:
        return whole(request, "Indexing", jobs.jobs(desk.indexer.jobs(owner)))

    @routes.delete("/jobs")
    def clear(owner: User) -> HTMLResponse:
        desk.indexer.forget(owner)
        return HTMLResponse("")

    @routes.delete("/jobs/{number}")
    def stop(owner: User, number: int) -> HTMLResponse:
        desk.indexer.stop(owner, number)
        return HTMLResponse("")

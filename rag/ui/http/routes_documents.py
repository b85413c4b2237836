"""Routes around documents: the list, uploads, folders, removal, and the progress of indexing."""

import asyncio
from pathlib import Path
from tempfile import SpooledTemporaryFile

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from rag.errors import RagError
from rag.settings import MEGABYTE
from rag.ui.document_view import matching
from rag.ui.http.web import User, form_fields, page_or_part
from rag.ui.indexing.uploads import BLOCK
from rag.ui.scope import filters
from rag.ui.services import Services
from rag.ui.views import conversations, documents, jobs
from rag.ui.views.templates import text


def router(services: Services) -> APIRouter:
    """The routes of one page."""
    routes = APIRouter()
    _add_lists(routes, services)
    _add_documents(routes, services)
    _add_indexing(routes, services)
    return routes


def _add_lists(routes: APIRouter, services: Services) -> None:
    @routes.get("/choices")
    def choices(request: Request, owner: User, q: str = "") -> HTMLResponse:
        return page_or_part(request, "Documents", documents.choices(matching(services.documents(owner), q)))

    @routes.get("/filters")
    def filter_fields(request: Request, owner: User) -> HTMLResponse:
        return page_or_part(request, "Search in", documents.filters(filters(services.documents(owner))))

    @routes.get("/welcome")
    def welcome(request: Request, owner: User) -> HTMLResponse:
        shown = conversations.welcome(services.assistants.titles(owner), local=services.is_local)
        return page_or_part(request, "Ask your documents", shown)

    @routes.get("/documents")
    def listed(request: Request, owner: User, q: str = "") -> HTMLResponse:
        return page_or_part(request, "Documents", documents.table(services.listed(owner, q), q))

    @routes.get("/folders")
    def folders(request: Request, _: User) -> HTMLResponse:
        return page_or_part(request, "Folders", documents.folders(services.folders()))


def _add_documents(routes: APIRouter, services: Services) -> None:
    @routes.put("/documents/{name}")
    async def upload(request: Request, owner: User, name: str) -> HTMLResponse:
        limit = int(services.settings.max_file_mb * MEGABYTE)
        with SpooledTemporaryFile(BLOCK) as file:
            async for block in request.stream():
                file.write(block)
                if file.tell() > limit:
                    return HTMLResponse(text(f"it has more than the {limit:,} bytes allowed"), 413)
            file.seek(0)
            try:
                await asyncio.to_thread(services.indexer.upload, owner, name, file)
            except RagError as error:
                return HTMLResponse(text(error), 422)
        return HTMLResponse("", 202)

    @routes.delete("/documents")
    def remove(owner: User, name: str) -> HTMLResponse:
        try:
            services.indexer.remove(owner, services.info(owner, name))
        except RagError as error:
            return HTMLResponse(text(error), 409)
        return HTMLResponse("", 202)

    @routes.post("/folders")
    async def index_folder(request: Request, owner: User) -> HTMLResponse:
        path = Path((await form_fields(request)).get("path", "")).expanduser()
        if not services.is_local or owner:
            raise HTTPException(403, "Folders are indexed by who runs this page.")
        if not path.is_absolute() or not path.is_dir():
            return HTMLResponse(text(f"{str(path)!r} is no folder of this computer: give its whole path"), 422)
        services.indexer.folder(path)
        return HTMLResponse("", 202)


def _add_indexing(routes: APIRouter, services: Services) -> None:
    @routes.get("/jobs")
    def job_list(request: Request, owner: User) -> HTMLResponse:
        return page_or_part(request, "Indexing", jobs.jobs(services.indexer.jobs(owner)))

    @routes.get("/unread")
    def unread(request: Request, owner: User) -> HTMLResponse:
        return page_or_part(request, "Indexing", text(services.unread(owner)))

    @routes.delete("/jobs")
    def clear(owner: User) -> HTMLResponse:
        services.indexer.forget(owner)
        return HTMLResponse("")

    @routes.delete("/jobs/{number}")
    def stop(owner: User, number: int) -> HTMLResponse:
        services.indexer.stop(owner, number)
        return HTMLResponse("")

"""The web server: Gradio's page, our own routes beside it, and the guard in front of both."""

import asyncio
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import gradio as gr
import uvicorn
from fastapi import FastAPI

from rag.errors import RagError
from rag.models.encoder import Encoder
from rag.settings import Settings
from rag.store.users import Users, users_file
from rag.ui.http import routes, routes_documents, routes_table, signin, web
from rag.ui.http.connections import Connection, raise_descriptor_limit
from rag.ui.http.guard import Guard
from rag.ui.http.sessions import Sessions
from rag.ui.page import THEME, build
from rag.ui.services import Services
from rag.ui.views.templates import render


def create_app(settings: Settings, *, encoder: Encoder | None = None) -> FastAPI:
    """The whole application. `encoder` replaces the one that the settings name.

    Raises ConfigError where the settings name a file of users that cannot be used.
    """
    users = Users(users_file(settings)) if settings.auth else None
    sessions, passwords = Sessions(users), signin.PasswordChecker(users)
    services = Services(settings, encoder)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming = threading.Thread(target=services.assistants.warm)
        warming.start()
        yield
        await asyncio.to_thread(warming.join)  # an interpreter that ends while a network is being built is aborted
        passwords.close()
        services.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.sessions = sessions
    app.include_router(signin.router(passwords, sessions))
    app.include_router(routes.router(services))
    app.include_router(routes_documents.router(services))
    app.include_router(routes_table.router(services))
    app.add_exception_handler(RagError, web.error_page)
    gr.mount_gradio_app(
        app, build(services), path="/", auth_dependency=sessions.user, theme=THEME, head=render("page.html", "head"),
        footer_links=[], pwa=False, run_history=False, ssr_mode=False, show_error=False, mcp_server=False,
        enable_monitoring=False,
    )  # fmt: skip
    app.add_middleware(Guard, sessions=sessions, local=users is None)
    return app


def run(settings: Settings, listening: socket.socket, *, open_browser: bool = False) -> None:
    """Serve the page on an open port until Ctrl-C."""
    host, port, *_ = listening.getsockname()
    address = f"http://{host if ':' not in host else f'[{host}]'}:{port}"
    raise_descriptor_limit()
    server = uvicorn.Server(uvicorn.Config(create_app(settings), http=Connection, ws="none", log_level="warning"))
    print(f"Open {address} in a browser. Ctrl-C ends it.", flush=True)
    if open_browser:
        threading.Timer(1.0, webbrowser.open, [address]).start()
    server.run(sockets=[listening])

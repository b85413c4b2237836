"""Signing in and out: a name and a password become a session.

A password check takes a quarter of a second of one core on purpose, so that guessing is slow. Checks have a queue of
their own, fair between addresses: a flood of them delays neither answers nor those who sign in from elsewhere.
"""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from rag.store.users import Users
from rag.ui.fair_queue import FairQueue
from rag.ui.http.pacing import Pacing, address_of
from rag.ui.http.sessions import Sessions
from rag.ui.http.web import User, form_fields, page_or_part
from rag.ui.views.controls import control

WRONG = "Name or password is wrong. After several wrong ones each try takes longer, up to ten seconds."


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a password check."""

    is_right: bool


class PasswordChecker:
    """Checks passwords one at a time; `users`: None where there are none."""

    def __init__(self, users: Users | None):
        self._users, self._pacing, self._queue = users, Pacing(), FairQueue[Checked](1)

    async def accepts(self, request: Request, name: str, password: str) -> bool:
        """Whether the password is right, after the delay for this address and this name."""
        address = request.client.host if request.client else ""
        await asyncio.sleep(self._pacing.begin(address, name))
        ticket = self._queue.join(partial(self._check, name, password), address_of(address))
        async for step in ticket.results():
            if isinstance(step, Checked):
                if step.is_right:
                    self._pacing.succeeded(address, name)
                return step.is_right
            if await request.is_disconnected():
                ticket.stop()
        return False

    def close(self) -> None:
        """Check nothing any more."""
        self._queue.close()

    def _check(self, name: str, password: str) -> Generator[Checked]:
        yield Checked(self._users is not None and self._users.check(name, password))


def router(passwords: PasswordChecker, sessions: Sessions) -> APIRouter:
    """The routes for signing in and out."""
    routes = APIRouter()

    @routes.get("/signin")
    def signin(request: Request) -> HTMLResponse:
        return page_or_part(request, "Sign in", control("sign_in"))

    @routes.get("/session")
    def session(request: Request) -> JSONResponse:
        # the cookie is not sent with a link from another site, so the sign-in page asks for itself
        return JSONResponse({"user": sessions.user(request)}, headers={"Cache-Control": "no-store"})

    @routes.post("/login")
    async def login(request: Request) -> Response:
        fields = await form_fields(request)
        name, password = fields.get("username", "").strip(), fields.get("password", "")
        if not await passwords.accepts(request, name, password):
            return Response(WRONG, 400, media_type="text/plain")
        response = Response(status_code=204)
        sessions.begin(name, request, response)
        return response

    @routes.post("/logout")
    def logout(request: Request, _: User) -> RedirectResponse:
        response = RedirectResponse("/signin", 303)
        sessions.end(request, response)
        return response

    return routes

"""Signing in and out: a name and a password become a session. Passwords are checked one at a time, apart from all else.

A check takes a quarter of a second of one core on purpose, so that guessing is slow; in a line of its own, fair between
addresses, a flood of them delays neither answers nor those who sign in from elsewhere.
"""

import asyncio
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from rag.store.users import Users
from rag.ui.line import Line
from rag.ui.pacing import Pacing, address_of
from rag.ui.sessions import Sessions
from rag.ui.views.controls import control
from rag.ui.web import User, sent, whole

WRONG = "Name or password is wrong. After several wrong ones each try takes longer, up to ten seconds."


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a password."""

    right: bool


class Door:
    """Checks names and passwords; `users`: None where there are none."""

    def __init__(self, users: Users | None):
        self._users, self._pacing, self._line = users, Pacing(), Line[Checked](1)

    async def opens(self, request: Request, name: str, password: str) -> bool:
        """Whether the password is right, after the wait that this address and this name have earned."""
        address = request.client.host if request.client else ""
        await asyncio.sleep(self._pacing.begin(address, name))
        ticket = self._line.join(partial(self._checked, name, password), address_of(address))
        async for step in ticket.results():
            if isinstance(step, Checked):
                if step.right:
                    self._pacing.succeeded(address, name)
                return step.right
            if await request.is_disconnected():
                ticket.stop()
        return False

    def close(self) -> None:
        """Check nothing any more."""
        self._line.close()

    def _checked(self, name: str, password: str) -> Generator[Checked]:
        yield Checked(self._users is not None and self._users.check(name, password))


def router(door: Door, sessions: Sessions) -> APIRouter:
    """The routes around signing in."""
    routes = APIRouter()

    @routes.get("/signin")
    def signin(request: Request) -> HTMLResponse:
        return whole(request, "Sign in", control("sign_in"))

    @routes.get("/session")
    def session(request: Request) -> JSONResponse:
        # the cookie does not come along from a link elsewhere, so the sign-in page asks for itself
        return JSONResponse({"user": sessions.user(request)}, headers={"Cache-Control": "no-store"})

    @routes.post("/login")
    async def login(request: Request) -> Response:
        fields = await sent(request)
        name, password = fields.get("username", "").strip(), fields.get("password", "")
        if not await door.opens(request, name, password):
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

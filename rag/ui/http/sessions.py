"""Sessions of signed-in users, in memory, each named by a secret in a cookie that no other site can send or read."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from starlette.requests import HTTPConnection
from starlette.responses import Response

from rag.store.users import Users

IDLE_SECONDS = 12 * 3600.0
MAX_SECONDS = 7 * 24 * 3600.0
MAX_SESSIONS = 20  # of one user; the least recently used ends
# the prefix binds the cookie to this very host: no other subdomain can set it (RFC 6265bis, section 4.1.3.2)
SECURE_COOKIE, PLAIN_COOKIE = "__Host-rag-session", "rag-session"


@dataclass(slots=True)
class _Session:
    user: str
    stamp: str
    begun: float
    seen: float


class Sessions:
    """The sessions of one running page; safe to use from many threads.

    A session ends with the page, after 12 hours without a request, after a week, or when the user's password changes.
    `users`: None where there are none, and everybody is the user "".
    """

    def __init__(self, users: Users | None, clock: Callable[[], float] = time.monotonic):
        self._users, self._clock = users, clock
        self._open: dict[str, _Session] = {}
        self._lock = Lock()

    def begin(self, user: str, connection: HTTPConnection, response: Response) -> None:
        """Sign a user in: a new session, and its cookie on the response."""
        assert self._users
        now, secret = self._clock(), secrets.token_urlsafe(32)
        with self._lock:
            self._open = {key: one for key, one in self._open.items() if self._lasts(one, now)}
            theirs = sorted((-one.seen, key) for key, one in self._open.items() if one.user == user)
            for _, key in theirs[MAX_SESSIONS - 1 :]:
                del self._open[key]
            self._open[secret] = _Session(user, self._users.password_version(user), now, now)
        secure = _is_secure(connection)
        name = SECURE_COOKIE if secure else PLAIN_COOKIE
        response.set_cookie(name, secret, path="/", secure=secure, httponly=True, samesite="strict")

    def user(self, connection: HTTPConnection) -> str | None:
        """Whose request it is: a name, "" where there are no users, None for a stranger."""
        if self._users is None:
            return ""
        secret, now = _secret(connection), self._clock()
        with self._lock:
            found = self._open.get(secret)
            if found is None:
                return None
            if not self._lasts(found, now):
                del self._open[secret]
                return None
            found.seen = now
            return found.user

    def end(self, connection: HTTPConnection, response: Response) -> None:
        """Sign out whoever sent a request."""
        with self._lock:
            self._open.pop(_secret(connection), None)
        for name in (SECURE_COOKIE, PLAIN_COOKIE):
            if name in connection.cookies:
                secure = name == SECURE_COOKIE
                response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")

    def _lasts(self, session: _Session, now: float) -> bool:
        fresh = now - session.seen < IDLE_SECONDS and now - session.begun < MAX_SECONDS
        return fresh and self._users is not None and self._users.password_version(session.user) == session.stamp


def _secret(connection: HTTPConnection) -> str:
    """The secret in a request. Over TLS only the cookie counts that a sibling host cannot have set."""
    found = connection.cookies.get(SECURE_COOKIE, "")
    return found if found or _is_secure(connection) else connection.cookies.get(PLAIN_COOKIE, "")


def _is_secure(connection: HTTPConnection) -> bool:
    """Whether the browser's connection is encrypted, as the proxy in front or the browser itself says."""
    return connection.url.scheme == "https" or connection.headers.get("origin", "").startswith("https://")

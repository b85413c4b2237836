"""Signing in: guessing gets slow, nobody is locked out, and a flood of wrong passwords holds up nobody else."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from indexkit import build, settings
from pagekit import PASSWORD, person, running, visitor
from starlette.requests import HTTPConnection
from starlette.responses import Response

from rag.models.hash_encoder import HashEncoder
from rag.store.users import Users, add_user
from rag.ui.http.pacing import FREE_ATTEMPTS, MAX_SECONDS, WINDOW_SECONDS, Pacing
from rag.ui.http.server import create_app
from rag.ui.http.sessions import IDLE_SECONDS, MAX_SESSIONS, Sessions
from rag.ui.http.sessions import MAX_SECONDS as MAX_SESSION

Begin = Callable[[str], tuple[Sessions, str]]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def guess(pacing: Pacing, times: int, address: str = "10.0.0.9", name: str = "anna") -> list[float]:
    return [pacing.begin(address, name) for _ in range(times)]


def test_each_wrong_password_makes_the_next_wait_longer_up_to_a_limit(clock: Clock) -> None:
    waits = guess(Pacing(clock), 30)
    assert waits[:FREE_ATTEMPTS] == [0] * FREE_ATTEMPTS
    assert waits[FREE_ATTEMPTS:] == sorted(waits[FREE_ATTEMPTS:])
    assert waits[FREE_ATTEMPTS] > 0
    assert max(waits) == MAX_SECONDS


def test_after_a_quiet_minute_nobody_waits(clock: Clock) -> None:
    pacing = Pacing(clock)
    guess(pacing, 30)
    clock.now += WINDOW_SECONDS + 1
    assert guess(pacing, 1) == [0]


def test_a_stranger_makes_a_name_wait_at_most_ten_seconds_and_never_where_it_is_known(clock: Clock) -> None:
    pacing = Pacing(clock)
    pacing.begin("10.0.0.1", "anna")
    pacing.succeeded("10.0.0.1", "anna")
    guess(pacing, 100)  # from elsewhere, in her name
    assert 0 < pacing.begin("10.0.0.2", "anna") <= MAX_SECONDS
    assert pacing.begin("10.0.0.1", "anna") == 0
    guess(pacing, 100, address="10.0.0.1", name="nobody")  # from where she is, in other names
    assert pacing.begin("10.0.0.1", "anna") == 0
    assert 0 < pacing.begin("10.0.0.1", "bob") <= MAX_SECONDS


def test_other_names_and_addresses_do_not_wait(clock: Clock) -> None:
    pacing = Pacing(clock)
    guess(pacing, 30)
    assert pacing.begin("10.0.0.2", "bob") == 0


def test_one_customer_has_one_network_of_addresses(clock: Clock) -> None:
    pacing = Pacing(clock)
    for number in range(30):
        wait = pacing.begin(f"2001:db8::{number:x}", f"name{number}")
    assert wait == MAX_SECONDS
    assert pacing.begin("2001:db8:0:1::1", "anna") == 0


def test_right_passwords_do_not_count(clock: Clock) -> None:
    pacing = Pacing(clock)
    for _ in range(30):
        assert pacing.begin("10.0.0.1", "anna") == 0
        pacing.succeeded("10.0.0.1", "anna")


def called(cookies: str = "") -> HTTPConnection:
    headers = [(b"host", b"127.0.0.1"), (b"cookie", cookies.encode())]
    return HTTPConnection({"type": "http", "scheme": "http", "path": "/", "headers": headers})


def cookie(response: Response) -> str:
    return response.headers["set-cookie"].partition(";")[0]


@pytest.fixture
def begin(tmp_path: Path, clock: Clock) -> Begin:
    add_user(tmp_path / "users", "anna", PASSWORD)
    sessions = Sessions(Users(tmp_path / "users"), clock)

    def sign_in(name: str) -> tuple[Sessions, str]:
        sessions.begin(name, called(), response := Response())
        return sessions, cookie(response)

    return sign_in


def test_a_session_ends_after_quiet_hours_and_after_a_week(begin: Begin, clock: Clock) -> None:
    sessions, secret = begin("anna")
    began = clock.now
    while clock.now - began < MAX_SESSION:
        assert sessions.user(called(secret)) == "anna"
        clock.now += IDLE_SECONDS - 1
    assert sessions.user(called(secret)) is None
    sessions, secret = begin("anna")
    clock.now += IDLE_SECONDS
    assert sessions.user(called(secret)) is None


def test_of_too_many_sessions_the_quietest_ends(begin: Begin, clock: Clock) -> None:
    secrets = []
    for _ in range(MAX_SESSIONS + 1):
        clock.now += 1
        sessions, secret = begin("anna")
        secrets.append(secret)
    found = [sessions.user(called(secret)) for secret in secrets]
    assert found == [None] + ["anna"] * MAX_SESSIONS


def test_a_made_up_secret_is_nobodys(begin: Begin) -> None:
    sessions, _ = begin("anna")
    assert [sessions.user(called(text)) for text in ("", "rag-session=", "rag-session=x", "__Host-rag-session=x")] == [
        None
    ] * 4


async def _flood(address: str) -> None:
    """Wrong passwords from another address of this machine, one after the other on forty connections."""
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.2", limits=httpx.Limits(max_connections=40))
    async with httpx.AsyncClient(transport=transport, headers={"origin": address}, timeout=60) as client:

        async def stranger(number: int) -> None:
            while True:
                await client.post(f"{address}/login", data={"username": f"name{number}", "password": "wrong horse"})

        await asyncio.gather(*(stranger(number) for number in range(40)))


def test_a_flood_of_wrong_passwords_keeps_nobody_out(tmp_path: Path) -> None:
    add_user(tmp_path / "users", "anna", PASSWORD)
    (tmp_path / "gate.txt").write_text("The gate was painted green.")
    at = settings(tmp_path, rerank_top_k=0, auth=tmp_path / "users")
    build(tmp_path / "gate.txt", into=at)

    async def beside(address: str) -> int:
        flooding = asyncio.create_task(_flood(address))
        await asyncio.sleep(2)
        answered = await asyncio.to_thread(_as_anna, address)
        assert not flooding.done()
        flooding.cancel()
        return answered

    with running(create_app(at, encoder=HashEncoder())) as address:
        assert asyncio.run(beside(address)) == 200


def _as_anna(address: str) -> int:
    with person(address, "anna") as anna:
        return anna.get("/search?q=gate").status_code


def test_what_is_wrong_is_told_and_the_name_is_kept_from_other_forms(tmp_path: Path) -> None:
    add_user(tmp_path / "users", "anna", PASSWORD)
    at = settings(tmp_path, rerank_top_k=0, auth=tmp_path / "users")
    with running(create_app(at, encoder=HashEncoder())) as address, visitor(address) as stranger:
        for body in ({"username": "anna", "password": "wrong"}, {"username": "nobody", "password": PASSWORD}, {}):
            answered = stranger.post("/login", data=body)
            assert answered.status_code == 400
            assert answered.text.startswith("Name or password is wrong.")
            assert "set-cookie" not in answered.headers

"""Which routes there are, who may call them and whence: every route and event is tried, so that a new one cannot be
forgotten.
"""

import json
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import httpx
import pytest
from answerkit import answer
from fastapi import FastAPI
from indexkit import build, settings
from pagekit import PASSWORD, config, page, person, running, visitor
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from rag.models.hash_encoder import HashEncoder
from rag.store.conversations import Conversations
from rag.store.users import add_user
from rag.ui.http.allowed import ALLOWED, OURS, Allowed
from rag.ui.http.server import create_app

SECRET = "The treasure of the orchard lies below the third apple tree."
FOREIGN = ["https://attacker.example", "null", "http://localhost:3000", "http://127.0.0.1:9", "https://127.0.0.1.evil"]


def routes(found: Sequence[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Method and path of every route, those of included routers and mounted applications too."""
    for route in found:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if methods := getattr(route, "methods", None):
            yield from ((method, route.path) for method in methods)  # type: ignore[attr-defined]
        elif inner is not None:
            yield from routes(inner.routes)


def filled(path: str, **values: str) -> str:
    """A path with something in the place of its parameters."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda match: values.get(match[1], "1"), path)


def people(folder: Path, *names: str) -> FastAPI:
    (folder / "docs").mkdir()
    (folder / "docs" / "gate.txt").write_text("The gate of the orchard was painted green.")
    for name in names:
        add_user(folder / "users", name, PASSWORD)
    where = settings(folder, rerank_top_k=0, answer_threshold=0.0, auth=folder / "users")
    build(folder / "docs", into=where)
    app = create_app(where, encoder=HashEncoder())
    app.state.data_dir = where.data_dir
    return app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return people(tmp_path_factory.mktemp("access"), "anna", "bob")


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    with running(app) as found:
        yield found


@pytest.fixture(scope="module")
def anna(address: str) -> Iterator[httpx.Client]:
    with person(address, "anna") as client:
        yield client


@pytest.fixture(scope="module")
def bob(address: str) -> Iterator[httpx.Client]:
    with person(address, "bob") as client:
        yield client


@pytest.fixture(scope="module")
def every(app: FastAPI) -> list[tuple[str, str]]:
    return list(routes(app.routes))


def test_the_server_has_no_route_of_ours_that_is_not_listed(app: FastAPI) -> None:
    ours = [route for route in app.routes if getattr(route, "path", None) != ""]  # Gradio is mounted at ""
    assert {one for one in routes(ours) if one[0] != "HEAD"} == {(one.method, one.path) for one in OURS}


def test_what_the_page_does_not_call_does_not_exist(anna: httpx.Client, every: list[tuple[str, str]]) -> None:
    assert {("GET", "/gradio_api/token"), ("POST", "/gradio_api/upload"), ("GET", "/config")} <= set(every)
    listed = {(one.method, one.path) for one in ALLOWED}
    shut = [(m, path) for m, path in every if (m, path) not in listed and (m, path.rstrip("/")) not in listed]
    found = {(m, path): anna.request(m, filled(path)).status_code for m, path in shut if m != "HEAD"}
    assert len(found) > 40
    assert found == dict.fromkeys(found, 404)


def test_a_stranger_gets_nothing_but_the_sign_in_page(address: str) -> None:
    with visitor(address) as stranger:
        for one in ALLOWED:
            status = stranger.request(one.method, filled(one.path)).status_code
            if one.open_to == "users":
                assert status == (303 if one.path == "/" else 401), one
            else:
                assert status in (200, 400, 404), one
        assert stranger.get("/", params={"c": "x"}).headers["location"] == "/signin?c=x"
        assert stranger.get("/session").json() == {"user": None}


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_origin_may_call_or_read_anything(
    anna: httpx.Client, every: list[tuple[str, str]], origin: str
) -> None:
    for method, path in {*every, *((one.method, one.path) for one in ALLOWED)}:
        for asked in (method, "OPTIONS"):
            said = {"origin": origin, "access-control-request-method": method}
            answered = anna.request(asked, filled(path), headers=said)
            assert answered.status_code in (403, 404), (asked, path)
            assert not [name for name in answered.headers if name.startswith("access-control-")], (asked, path)


def test_no_answer_to_our_own_page_speaks_of_other_origins(anna: httpx.Client) -> None:
    for one in ALLOWED:
        if one.path == "/logout":
            continue  # she stays for the tests below
        headers = anna.request(one.method, filled(one.path)).headers
        assert not [name for name in headers if name.startswith("access-control-")], one


class Call(NamedTuple):
    """A call as a browser describes it."""

    headers: dict[str, str]
    reads: bool
    changes: bool


OWN = "our own origin"
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
CALLS = [
    Call({"origin": OWN, "sec-fetch-site": "same-origin"}, reads=True, changes=True),
    Call({"sec-fetch-site": "same-origin"}, reads=True, changes=True),
    Call({}, reads=True, changes=False),  # a browser says at least one of both when something changes
    Call({"origin": ""}, reads=False, changes=False),
    Call({"sec-fetch-site": "same-site"}, reads=False, changes=False),
    Call({"sec-fetch-site": "cross-site"}, reads=False, changes=False),
    Call({"origin": OWN, "sec-fetch-site": "cross-site"}, reads=False, changes=False),
    Call({"origin": "https://a.example", "sec-fetch-site": "same-origin"}, reads=False, changes=False),
    Call({"sec-fetch-site": "none"}, reads=True, changes=False),
    Call({"sec-fetch-site": "cross-site"} | NAVIGATION, reads=True, changes=False),
    Call({"sec-fetch-site": "cross-site"} | NAVIGATION | {"sec-fetch-dest": "iframe"}, reads=False, changes=False),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: " ".join(call.headers.values()) or "nothing")
def test_what_browsers_say_of_a_call_decides(address: str, anna: httpx.Client, call: Call) -> None:
    said = {name: value.replace(OWN, address) for name, value in call.headers.items()}
    with httpx.Client(base_url=address, cookies=anna.cookies, headers=said) as client:
        assert client.get("/documents").status_code == (200 if call.reads else 403)
        assert client.delete("/jobs").status_code == (200 if call.changes else 403)


def test_an_address_that_changes_nothing_is_all_that_a_link_can_open(address: str, anna: httpx.Client) -> None:
    link = {"sec-fetch-site": "cross-site"} | NAVIGATION
    with httpx.Client(base_url=address, cookies=anna.cookies, headers=link) as client:
        for one in ALLOWED:
            refused = client.request(one.method, filled(one.path)).status_code == 403
            assert refused == (not one.navigable), one
    assert not [one for one in ALLOWED if one.navigable and one.method != "GET"]


def test_more_than_a_page_sends_is_not_taken(anna: httpx.Client) -> None:
    for one in ALLOWED:
        if one.max_body is not None and one.method != "GET":
            assert anna.request(one.method, filled(one.path), content=b"x" * (one.max_body + 1)).status_code == 413, one


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookie_of_a_session_has_all_its_flags(app: FastAPI, scheme: str) -> None:
    client = TestClient(app, base_url=f"{scheme}://127.0.0.1", headers={"origin": f"{scheme}://127.0.0.1"})
    cookies = client.post("/login", data={"username": "anna", "password": PASSWORD}).headers.get_list("set-cookie")
    name, *flags = cookies[0].lower().split("; ")
    secure = ["secure"] if scheme == "https" else []
    assert len(cookies) == 1
    assert name.startswith("__host-rag-session=" if secure else "rag-session=")
    assert sorted(flags) == sorted(["httponly", "path=/", "samesite=strict", *secure])
    assert client.get("/documents").status_code == 200


def test_over_tls_a_cookie_that_a_sibling_host_can_set_is_worth_nothing(app: FastAPI, bob: httpx.Client) -> None:
    tossed = {"rag-session": bob.cookies["rag-session"]}
    client = TestClient(app, base_url="https://127.0.0.1", cookies=tossed)
    assert client.get("/documents").status_code == 401


def test_who_signs_out_is_out_and_nobody_else(address: str, anna: httpx.Client, bob: httpx.Client) -> None:
    with person(address, "anna") as here, visitor(address, **here.cookies) as copied:
        assert here.post("/logout").headers["location"] == "/signin"
        assert here.get("/documents").status_code == copied.get("/documents").status_code == 401
    assert anna.get("/documents").status_code == bob.get("/documents").status_code == 200


def test_a_session_ends_with_its_user_and_with_the_password(tmp_path: Path) -> None:
    app = people(tmp_path, "anna", "bob")
    with running(app) as address, person(address, "anna") as anna, person(address, "bob") as bob:
        add_user(tmp_path / "users", "anna", "another password")
        assert anna.get("/documents").status_code == 401
        assert bob.get("/documents").status_code == 200
        lines = (tmp_path / "users").read_text().splitlines()
        (tmp_path / "users").write_text("\n".join(line for line in lines if not line.startswith("bob:")))
        assert bob.get("/documents").status_code == 401


class Names(NamedTuple):
    """The names by which calls speak of somebody's things."""

    conversation: str
    document: str
    job: str


@pytest.fixture(scope="module")
def hers(app: FastAPI, anna: httpx.Client) -> Names:
    """What belongs to anna: an indexed upload, a failed one whose job is on her list, and a conversation."""
    assert anna.put("/documents/treasure.txt", content=SECRET.encode()).status_code == 202
    assert anna.put("/documents/broken.pdf", content=b"%PDF-1.4 and no more").status_code == 202
    for _ in range(1200):
        if "data-busy" not in anna.get("/jobs").text:
            break
        time.sleep(0.05)
    found = re.search(r"name=([^&\"]*treasure.txt)", anna.get("/documents").text)
    assert found
    with Conversations(app.state.data_dir) as conversations:
        key = conversations.create("anna")
        conversations.append(key, "anna", answer(question=SECRET))
    return Names(key, unquote(found[1]), "2")


NOBODYS = Names("0123456789abcdef0123456789abcdef", "anna/treasore.txt", "999999")


def call(client: httpx.Client, one: Allowed, names: Names) -> str:
    """What somebody gets who calls a route with these names, in every place for a name that it has."""
    number = names.job if one.path.startswith("/jobs") else "1"
    path = filled(one.path, conversation=names.conversation, form="md", name="new.txt", number=number)
    params = {"name": names.document, "q": SECRET, "number": "1", "start": "0", "end": "5"}
    form = {"path": f"/{names.document}", "verdict": "right", "correction": "x", "passage": "1"}
    body: dict[str, Any] = {"PUT": {"content": b""}, "POST": {"data": form}}.get(one.method, {})
    answered = client.request(one.method, path, params=params, **body)
    return f"{answered.status_code} {unnamed(answered.text, names)}"


def unnamed(text: str, names: Names) -> str:
    """A text without the names that it was asked with."""
    for name in (names.conversation, names.document):
        for form in (name, quote(name), quote(name, safe=""), Path(name).stem):
            text = text.replace(form, "NAME")
    return text


def state(client: httpx.Client, names: Names) -> list[str]:
    """All that somebody sees of what is theirs."""
    paths = ["/documents", "/jobs", f"/source?name={quote(names.document)}", f"/inspect/{names.conversation}/1"]
    return [client.get(path).text for path in paths]


@pytest.mark.parametrize(
    "one", [one for one in OURS if one.path not in ("/login", "/logout")], ids=lambda o: f"{o.method} {o.path}"
)
def test_another_users_names_lead_to_what_no_name_leads_to(
    anna: httpx.Client, bob: httpx.Client, hers: Names, one: Allowed
) -> None:
    before = state(anna, hers)
    assert SECRET in "".join(before)
    found = call(bob, one, hers)
    assert found == call(bob, one, NOBODYS)
    assert SECRET not in found.replace(quote(SECRET), "")
    assert state(anna, hers) == before


def events(client: httpx.Client) -> list[dict[str, Any]]:
    return [one for one in config(client)["dependencies"] if one["backend_fn"]]


def fire(client: httpx.Client, event: dict[str, Any], names: Names, session: str) -> str:
    """What comes back from an event of Gradio's page, called by its number with these names as every value."""
    values = {"key": names.conversation, "value": names.conversation, "checked": [quote(names.document)]}
    body = {
        "fn_index": event["id"],
        "data": [names.conversation] * len(event["inputs"]),
        "session_hash": session,
        "event_data": values,
        "trigger_id": event["targets"][0][0],
    }
    if event["queue"] is False:
        answered = client.post("/gradio_api/run/predict", json=body)
        found = f"{answered.status_code} {answered.json().get('data')}"
    else:
        assert client.post("/gradio_api/queue/join", json=body).status_code == 200
        lines = client.get("/gradio_api/queue/data", params={"session_hash": session}).text.splitlines()
        said = [json.loads(line[5:]) for line in lines if line.startswith("data:")]
        found = str([one["output"].get("data") for one in said if "output" in one])
    return re.sub(r"\w{32}|[\d.]+", "", unnamed(found, names))  # new conversations, times


def test_no_event_of_the_page_reaches_what_is_another_users(anna: httpx.Client, bob: httpx.Client, hers: Names) -> None:
    before, tried = state(anna, hers), 0
    for event in events(bob):
        found = fire(bob, event, hers, f"h{event['id']}")
        assert found == fire(bob, event, NOBODYS, f"n{event['id']}"), event
        assert SECRET not in found, event
        tried += 1
    assert tried > 15
    assert state(anna, hers) == before


def test_the_page_of_another_user_cannot_be_listened_to(anna: httpx.Client, bob: httpx.Client) -> None:
    asking = next(event for event in events(anna) if event["queue"] is not False and len(event["inputs"]) > 3)
    body = {"fn_index": asking["id"], "session_hash": "hers", "data": [SECRET, "", "", "", ""]}
    assert anna.post("/gradio_api/queue/join", json=body).status_code == 200
    listen = "/gradio_api/queue/data"
    assert bob.get(listen, params={"session_hash": "hers"}).status_code == 404
    assert bob.get(f"{listen}?session_hash=bobs&session_hash=hers").status_code == 404
    assert bob.request("GET", f"{listen}?session_hash=hers", json={"session_hash": "bobs"}).status_code == 404
    assert bob.post("/gradio_api/queue/join", json=body).status_code == 404
    assert bob.post("/gradio_api/run/predict", json=body | {"fn_index": events(bob)[-1]["id"]}).status_code == 404
    assert "treasure" in anna.get(listen, params={"session_hash": "hers"}).text


def test_without_users_a_page_of_the_same_computer_works_and_others_do_not(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The gate was painted green.")
    build(tmp_path / "a.txt", into=(where := settings(tmp_path, rerank_top_k=0)))
    with page(where) as client:
        assert client.get("/documents").status_code == 200
        assert client.get("/session").json() == {"user": ""}
        assert "set-cookie" not in client.get("/").headers
        for origin in FOREIGN:
            assert client.get("/documents", headers={"origin": origin}).status_code == 403
            assert client.delete("/jobs", headers={"origin": origin}).status_code == 403

"""A signed-in person visits another site: in a real Chromium, behind a proxy with TLS, it reads and changes nothing.

The other site is one of a stranger and one of a sibling host, which may set cookies for the domain of both.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import trustme
import uvicorn
from browserkit import chromium
from indexkit import build, settings
from pagekit import PASSWORD, listening, running
from playwright.sync_api import Browser, BrowserContext, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from rag.models.hash_encoder import HashEncoder
from rag.store.users import add_user
from rag.ui.http.allowed import ALLOWED
from rag.ui.http.server import create_app

PAGE, SIBLING, STRANGER = "docs.office.example", "blog.office.example", "stranger.example"
HOP = {"connection", "content-length", "transfer-encoding", "keep-alive"}
METHODS = ["GET", "POST", "PUT", "DELETE", "OPTIONS"]
# what a site can do to another one: ask with the cookies of who looks on, openly and blindly, and by a form
ATTACK = """async ([address, paths]) => {
  const read = [];
  for (const [method, path] of paths)
    for (const mode of ["cors", "no-cors"])
      try {
        const answer = await fetch(address + path, { method, mode, credentials: "include" });
        if (answer.type !== "opaque") read.push([method, path, await answer.text()]);
      } catch {}
  const leave = { method: "post", action: address + "/logout", target: "there" };
  const form = Object.assign(document.createElement("form"), leave);
  document.body.append(Object.assign(document.createElement("iframe"), { name: "there" }), form);
  form.submit();
  await new Promise((done) => setTimeout(done, 500));
  return read;
}"""


@dataclass
class Proxy:
    """Passes calls on to a page as a proxy with TLS does, and notes what became of those from elsewhere."""

    to: str
    foreign: list[tuple[str, str, int, str]] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.passed, methods=METHODS)])

    async def passed(self, request: Request) -> Response:
        if request.url.hostname != PAGE:
            return HTMLResponse("<!doctype html><title>Another site</title><p>Hello.")
        client = httpx.AsyncClient(base_url=self.to, timeout=60, trust_env=False)
        headers = [(k, v) for k, v in request.headers.items() if k not in HOP] + [("x-forwarded-proto", "https")]
        url = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        sent = client.build_request(request.method, url, headers=headers, content=await request.body())
        answer = await client.send(sent, stream=True)
        if request.headers.get("origin", "").removeprefix("https://").partition(":")[0] in (SIBLING, STRANGER):
            allowed = answer.headers.get("access-control-allow-origin", "")
            self.foreign.append((request.method, request.url.path, answer.status_code, allowed))

        async def body() -> AsyncIterator[bytes]:
            async for block in answer.aiter_raw():
                yield block
            await answer.aclose()
            await client.aclose()

        found = StreamingResponse(body(), answer.status_code)
        found.raw_headers = [
            (k, v) for k, v in answer.headers.raw if k.decode().lower() not in HOP - {"content-length"}
        ]
        return found


@contextmanager
def proxied(to: str, folder: Path) -> Iterator[tuple[Proxy, int]]:
    """A proxy with TLS in front of a page; its port."""
    certificate = trustme.CA().issue_cert(PAGE, SIBLING, STRANGER)
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "tls.pem")
    proxy = Proxy(to)

    def tls(config: uvicorn.Config, _: object) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.pem")
        return context

    config = uvicorn.Config(proxy.app(), ssl_context_factory=tls, log_level="warning", timeout_graceful_shutdown=2)
    with listening(config) as port:
        yield proxy, port


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, int]]:
    folder = tmp_path_factory.mktemp("origins")
    add_user(folder / "users", "anna", PASSWORD)
    (folder / "gate.txt").write_text("The gate of the orchard was painted green in May by Ada Lowe.")
    at = settings(folder, answer_threshold=0.0, rerank_top_k=0, auth=folder / "users")
    build(folder / "gate.txt", into=at)
    with running(create_app(at, encoder=HashEncoder())) as address, proxied(address, folder) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--host-resolver-rules=MAP *.example 127.0.0.1") as found:
        yield found


@pytest.fixture
def anna(browser: Browser, served: tuple[Proxy, int]) -> Iterator[BrowserContext]:
    """Her browser, in which she is signed in."""
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.goto(f"https://{PAGE}:{served[1]}")
        page.get_by_label("Name").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator(".ready .turns").first.wait_for(state="attached")
        yield context


def test_the_session_is_in_a_cookie_that_only_this_host_gets_and_no_script_sees(anna: BrowserContext) -> None:
    (cookie,) = anna.cookies()
    assert cookie["name"].startswith("__Host-")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["domain"]) == (True, True, "Strict", PAGE)
    assert anna.pages[0].evaluate("document.cookie") == ""


def test_she_asks_and_is_answered_behind_the_proxy(anna: BrowserContext) -> None:
    page = anna.pages[0]
    page.fill("#box textarea", "who painted the gate of the orchard?")
    page.press("#box textarea", "Enter")
    expect(page.locator(".turns > .turn a.chip").first).to_be_visible()


@pytest.mark.parametrize("host", [STRANGER, SIBLING])
def test_another_site_reads_nothing_and_changes_nothing(
    anna: BrowserContext, served: tuple[Proxy, int], host: str
) -> None:
    proxy, port = served
    proxy.foreign.clear()
    other = anna.new_page()
    other.goto(f"https://{host}:{port}")
    paths = [(one.method, one.path.replace("{", "").replace("}", "")) for one in ALLOWED]
    paths += [("GET", "/gradio_api/token"), ("GET", "/gradio_api/user"), ("GET", "/config"), ("GET", "/logout")]
    assert other.evaluate(ATTACK, [f"https://{PAGE}:{port}", paths]) == []
    assert len(proxy.foreign) > len(paths) / 2
    assert {status for _, _, status, _ in proxy.foreign} <= {403, 404}
    assert {allowed for *_, allowed in proxy.foreign} == {""}
    page = anna.pages[0]
    page.reload()
    page.locator(".ready .turns").first.wait_for(state="attached")  # she is still signed in


def test_a_cookie_that_a_sibling_sets_makes_nobody_somebody_else(
    anna: BrowserContext, served: tuple[Proxy, int]
) -> None:
    other, port = anna.new_page(), served[1]
    other.goto(f"https://{SIBLING}:{port}")
    for name in ("rag-session", "__Host-rag-session"):
        other.evaluate(f"document.cookie = '{name}=forged; Domain=office.example; Path=/; Secure'")
    page = anna.pages[0]
    page.reload()
    page.locator(".ready .turns").first.wait_for(state="attached")
    expect(page.get_by_role("button", name="Sign out")).to_have_attribute("title", "Sign out anna")


def test_a_link_from_elsewhere_leads_to_the_page_without_signing_in_again(
    anna: BrowserContext, served: tuple[Proxy, int]
) -> None:
    other, port = anna.new_page(), served[1]
    other.goto(f"https://{STRANGER}:{port}")
    link = "to => document.body.append(Object.assign(document.createElement('a'), { href: to, textContent: 'go' }))"
    other.evaluate(link, f"https://{PAGE}:{port}/")
    other.get_by_text("go").click()
    other.locator(".ready .turns").first.wait_for(state="attached")

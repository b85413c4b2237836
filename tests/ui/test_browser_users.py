"""Several people at one page in a real Chromium: they sign in, and each sees what is theirs."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browserkit import Watched, browser_fixture, opened, served  # noqa: F401 (a fixture)
from indexkit import build, settings
from playwright.sync_api import Browser, Page, expect

from rag.store.users import add_user

PASSWORD = "correct horse"
SHARED = "The gate of the orchard was painted green in May by Ada Lowe."
SECRET = "The treasure of the orchard lies below the third apple tree."


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("users")
    (folder / "gate.txt").write_text(SHARED)
    for name in ("anna", "bob"):
        add_user(folder / "users.txt", name, PASSWORD)
    at = settings(folder, answer_threshold=0.0, rerank_top_k=0, auth=folder / "users.txt")
    build(folder / "gate.txt", into=at)
    with served(at) as found:
        yield found


def sign_in(page: Page, address: str, name: str, password: str = PASSWORD) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@contextmanager
def signed_in(browser: Browser, address: str, name: str) -> Iterator[Watched]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = Watched(context.new_page())
        page.page.set_default_timeout(20_000)
        sign_in(page.page, address, name)
        page.page.locator(".turns").first.wait_for()
        yield page
        assert not page.troubles, page.troubles


def test_nobody_gets_in_with_a_wrong_password(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = Watched(context.new_page())
        sign_in(page.page, address, "anna", "wrong horse")
        expect(page.page.get_by_role("alert")).to_contain_text("Name or password is wrong")
        expect(page.page.get_by_label("Name")).to_have_value("anna")
        assert page.page.locator("#box").count() == 0
        assert page.page.request.get(f"{address}/documents").status == 401
        assert not [trouble for trouble in page.troubles if trouble.startswith(("request", "script"))]


def test_uploads_and_conversations_are_seen_by_their_owner_only(browser: Browser, address: str) -> None:
    asked = "where does the treasure of the orchard lie?"
    with signed_in(browser, address, "anna") as anna:
        anna.view("documents")
        expect(anna.page.locator("[name=path]")).to_have_count(0)  # folders are indexed by who runs the page
        expect(anna.page.locator(".documents tr", has_text="gate.txt").locator("summary")).to_have_count(0)
        files = [{"name": "treasure.txt", "mimeType": "text/plain", "buffer": SECRET.encode()}]
        anna.page.set_input_files("[data-drop] input", files)
        anna.indexed()
        expect(anna.page.locator(".documents")).to_contain_text("treasure.txt")
        anna.view("talk")
        turn = anna.ask(asked)
        expect(turn.locator("a.chip[href*='treasure']").first).to_be_visible()
        conversation = anna.page.url
        source = turn.locator("a.chip[href*='treasure']").first.get_attribute("href")
    with signed_in(browser, address, "bob") as bob:
        expect(bob.page.locator("#listed")).to_contain_text("No conversations yet")
        turn = bob.ask(asked)
        expect(turn.locator("a.chip[href*='treasure']")).to_have_count(0)
        bob.view("documents")
        expect(bob.page.locator(".documents")).to_contain_text("gate.txt")
        expect(bob.page.locator(".documents")).not_to_contain_text("treasure.txt")
        expect(bob.page.locator("#jobs section")).to_have_count(0)
        bob.page.goto(conversation)
        expect(bob.page.locator(".welcome")).to_be_visible()
        key = conversation.partition("?c=")[2]
        hidden = (source, f"/inspect/{key}/1", f"/export/{key}.md", "/page?name=anna/treasure.txt&number=1&version=0")
        assert [bob.page.request.get(address + path).status for path in hidden] == [404] * 4
        removed = bob.page.request.delete(f"{address}/documents?name=anna/treasure.txt", headers={"origin": address})
        assert removed.status == 409
        bob.page.goto(address)
        bob.page.get_by_role("button", name="Sign out").click()
        expect(bob.page.get_by_label("Password")).to_be_visible()
        assert bob.page.request.get(f"{address}/documents").status == 401
    with signed_in(browser, conversation, "anna") as anna:
        expect(anna.page.locator(".turns .question")).to_have_text(asked)  # the address that was asked for
        expect(anna.page.locator("#listed button")).to_have_count(1)
        expect(anna.page.get_by_role("button", name="Sign out")).to_have_attribute("title", "Sign out anna")


def test_the_page_is_not_served_to_other_machines_without_users(tmp_path: Path) -> None:
    script = "from rag.cli import main; main(['serve', '--host', '0.0.0.0', '--port', '0'])"
    environment = {"RAG_DATA_DIR": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "rag user add" in done.stderr and "Traceback" not in done.stderr

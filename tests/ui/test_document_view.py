"""Lines of a PDF become paragraphs again, and no offset moves."""

from answerkit import passage
from hypothesis import given
from hypothesis import strategies as st

from rag.ui.document_view import excerpt_around, reflowed, shown_text

PROSE = (
    "The tower was finished in 1868 and is built of granite, as the\n"
    "harbour is, and it tapers from the foot to the gallery, where a\n"
    "railing of iron runs around it.\n"
    "4. The gallery\n"
    "Adult | 7.20\n"
    "Child | 3.60"
)


def test_lines_that_ran_to_the_edge_run_on_and_others_stay() -> None:
    assert reflowed(PROSE).split("\n") == [
        PROSE.split("\n4.", maxsplit=1)[0].replace("\n", " "), "4. The gallery", "Adult | 7.20", "Child | 3.60",
    ]  # fmt: skip


@given(st.text(alphabet="ab .|-1\n", max_size=300))
def test_only_line_breaks_change_and_only_into_spaces(text: str) -> None:
    found = reflowed(text)
    assert len(found) == len(text)
    assert all(a == b or (a == "\n" and b == " ") for a, b in zip(text, found, strict=True))


def test_only_pdfs_flow() -> None:
    assert shown_text("report.PDF", PROSE) != PROSE
    assert shown_text("report.txt", PROSE) == PROSE


@given(st.text(max_size=600), st.integers(0, 600), st.integers(0, 50))
def test_what_stands_around_words_is_cut_between_words(text: str, start: int, length: int) -> None:
    before, after = excerpt_around(passage(text, "a.txt"), start, start + length)
    assert before.removeprefix("… ") in text and after.removesuffix(" …") in text
    assert len(before) <= 190 and len(after) <= 190

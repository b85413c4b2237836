"""The rating of an answer: a verdict is one click; what would have been right can be added to it."""

from typing import get_args

from rag.schema import Answer, Passage, Status
from rag.store.feedback import Rating
from rag.ui.views.templates import Markup, render

VERDICTS: tuple[Rating, ...] = get_args(Rating)
ON_ANSWER: dict[Rating, str] = {
    "right": "Right",
    "wrong": "Wrong",
    "wrong_source": "Wrong source",
    "should_have_refused": "Should have refused",
}
ON_UNCERTAIN: dict[Rating, str] = {
    "right": "This is the answer",
    "wrong": "The answer is elsewhere",
    "should_have_refused": "It is not there",
}
ON_REFUSAL: dict[Rating, str] = {"right": "Right, it is not there", "wrong": "Wrong, it is there"}
_OFFERED: dict[Status, dict[Rating, str]] = {"uncertain": ON_UNCERTAIN, "not_in_documents": ON_REFUSAL}


def rating(answer: Answer, key: str, verdict: str = "", *, complete: bool = False, cases: str = "") -> Markup:
    """The verdicts on a turn, the one that was given pressed; empty where nothing was found, claimed or refused.

    `complete`: it needs no more to become a gold case; `cases`: the file that it was just saved in.
    """
    if answer.status == "failed" or not (answer.citations or answer.status == "not_in_documents"):
        return Markup("")
    offered = _OFFERED.get(answer.status, ON_ANSWER)
    saved = bool(cases) and verdict in offered
    needs_more = saved and not complete and verdict not in ("right", "should_have_refused")
    return render(
        "rating.html",
        "rating",
        key=key,
        verdicts=offered,
        given=verdict,
        cases=cases if saved and not needs_more else "",
        passages=[(passage.rank, _named(passage)) for passage in answer.passages] if needs_more else None,
    )


def _named(passage: Passage) -> str:
    """A passage in a list to choose from: where it is, and how it begins."""
    page = f", page {passage.page}" if passage.page else ""
    return f"{passage.source}{page}: {' '.join(passage.text.split())[:70]}"

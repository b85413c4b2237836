"""What is said of an answer, as HTML: a verdict is one click; what would have been right can be added to it."""

from collections.abc import Sequence
from typing import get_args

from rag.schema import Answer, Passage
from rag.store.feedback import Verdict
from rag.ui.markup import Markup, attributes, html, join

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
ON_ANSWER: dict[Verdict, str] = {
    "right": "Right",
    "wrong": "Wrong",
    "wrong_source": "Wrong source",
    "should_have_refused": "Should have refused",
}
ON_REFUSAL: dict[Verdict, str] = {"right": "Right, it is not there", "wrong": "Wrong, it is there"}


def rating(answer: Answer, key: str, verdict: str = "", *, complete: bool = False, cases: str = "") -> Markup:
    """The verdicts on a turn, the one that was given pressed.

    `complete`: it needs no more to become a case; `cases`: the file that it was just kept in.
    """
    if answer.status == "failed":
        return Markup("")
    offered = ON_REFUSAL if answer.status == "not_in_documents" else ON_ANSWER
    buttons = join(
        html(
            '<button name="verdict"{more}>{label}</button>',
            more=attributes(value=name, aria_pressed="true" if name == verdict else "false"),
            label=label,
        )
        for name, label in offered.items()
    )
    return html(
        '<form class="rating" method="post" action="/rate/{key}" data-swap><div class="verdicts" role="group" '
        'aria-label="Rate this answer"><span aria-hidden="true">Is this right?</span>{buttons}</div>{more}'
        '<p class="said" role="alert"></p></form>',
        key=key,
        buttons=buttons,
        more=_more(answer, verdict, cases, complete=complete) if cases and verdict in offered else "",
    )


def _more(answer: Answer, verdict: str, cases: str, *, complete: bool) -> Markup:
    """What became of a verdict, and the fields that complete it."""
    if complete or verdict in ("right", "should_have_refused"):
        return html('<p class="kept" role="status">Kept as a test case: <code>rag eval {cases}</code></p>', cases=cases)
    return html(
        '<p class="kept" role="status">Kept. Say what would have been right, and <code>rag eval</code> can run it as a '
        'test case.</p><div class="correction"><label class="field">What would have been right?<input name="correction"'
        ' maxlength="1000" autocomplete="off"></label><label class="field">Where does it stand?<select name="passage">'
        '{passages}</select></label><button class="plain" name="verdict"{verdict}>Keep the correction</button></div>',
        passages=_passages(answer.passages),
        verdict=attributes(value=verdict),
    )


def _passages(passages: Sequence[Passage]) -> Markup:
    """The passages shown, to say which of them has the answer."""
    none = html('<option value="">None of these, or not known</option>')
    options = (
        html(
            "<option{value}>{rank}. {source}{page}: {words}</option>",
            value=attributes(value=passage.rank),
            rank=passage.rank,
            source=passage.source,
            page=f", page {passage.page}" if passage.page else "",
            words=" ".join(passage.text.split())[:70],
        )
        for passage in passages
    )
    return join([none, *options])

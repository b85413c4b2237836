"""What can be done with a turn, as HTML: copy, export, ask again, edit, rate, and see how the answer was found."""

from collections.abc import Sequence

from rag.schema import Answer, Passage
from rag.ui.markup import Markup, attributes, html, icon, join

FORMS = (("md", "Markdown with footnotes"), ("docx", "Word document"), ("json", "JSON, with everything"))
ON_ANSWER = (
    ("right", "Right"),
    ("wrong", "Wrong"),
    ("wrong_source", "Wrong source"),
    ("should_have_refused", "Should have refused"),
)
ON_REFUSAL = (("right", "Right, it is not there"), ("wrong", "Wrong, it is there"))


def actions(answer: Answer, key: str, *, last: bool) -> Markup:
    """The row of actions below a turn; only the last turn can be asked again."""
    copy = html(
        '<button type="button" class="quiet" data-copy="/export/{key}.txt">{icon}<span>Copy</span></button>',
        key=key,
        icon=icon("copy"),
    )
    inspect = html(
        '<a class="quiet" href="/inspect/{key}">{icon}<span>How it was found</span></a>', key=key, icon=icon("eye")
    )
    again = [_again("retry", "Ask again", key), _again("edit", "Edit the question", key)] if last else []
    rating = [_rating(answer, key)] if answer.status != "failed" else []
    row = join([copy, *again, exports(f"/export/{key}"), *rating, inspect])
    return html('<div class="actions">{row}</div>', row=row)


def exports(address: str) -> Markup:
    """A menu of the forms in which an answer or a conversation can be taken away."""
    links = join(
        html('<a href="{address}.{form}" download>{label}</a>', address=address, form=form, label=label)
        for form, label in FORMS
    )
    return html(
        '<details class="menu" name="menu"><summary class="quiet">{icon}<span>Export</span></summary>'
        '<div class="sheet links">{links}</div></details>',
        icon=icon("down"),
        links=links,
    )


def _again(event: str, label: str, key: str) -> Markup:
    return html(
        '<button type="button" class="quiet" data-do="{event}" data-key="{key}">{icon}<span>{label}</span></button>',
        event=event,
        key=key,
        icon=icon(event),
        label=label,
    )


def _rating(answer: Answer, key: str) -> Markup:
    """Verdicts that become gold cases; what would have been right can be said with them."""
    verdicts = join(
        html(
            '<button type="button" class="verdict-{verdict}" data-do="like" data-key="{key}" data-verdict="{verdict}">'
            "{label}</button>",
            verdict=verdict,
            key=key,
            label=label,
        )
        for verdict, label in (ON_REFUSAL if answer.status == "not_in_documents" else ON_ANSWER)
    )
    return html(
        '<details class="menu" name="menu"><summary class="quiet">{icon}<span>Rate</span></summary>'
        '<div class="sheet fields"><p>A rating is kept on this computer as a test case for <code>rag eval</code>.</p>'
        '<label class="field">What would have been right?<input name="correction" maxlength="1000"'
        ' placeholder="Only where the answer is wrong"></label><label class="field">Where does it stand?'
        '<select name="passage">{passages}</select></label><div class="verdicts">{verdicts}</div></div></details>',
        icon=icon("rate"),
        passages=_passages(answer.passages),
        verdicts=verdicts,
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

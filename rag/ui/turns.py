"""A question and its Answer as HTML: sentences with numbered chips, how sure it is, its sources, what can be done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rag.answer.answerer import REFUSAL
from rag.schema import Answer, Citation, Passage
from rag.ui.actions import actions
from rag.ui.document_view import excerpt_around
from rag.ui.markup import Markup, attributes, counted, html, icon, join, place_url
from rag.ui.prose import place_of, prose
from rag.ui.rating import rating

_NONE: Mapping[str, str] = {}
CLOSEST = 3  # passages offered where there is no answer
UNSURE = 0.5
_CONFIDENCE = ((0.9, "Very likely right"), (0.75, "Likely right"), (UNSURE, "Probably right"), (0.0, "Unsure"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A turn on the page. `key`: its conversation and number; `last`: it may change; `verdict`: what was said of it."""

    answer: Answer
    key: str
    last: bool = False
    verdict: str = ""


def turn(shown: Shown, titles: Mapping[str, str]) -> Markup:
    """A finished turn. `titles`: title of a document by its source."""
    answer = shown.answer
    bodies = {"not_in_documents": _refused, "failed": _failed}
    body = bodies.get(answer.status, _answered)(answer, titles)
    return html(
        '<article class="turn {status}" data-key="{key}">{question}{body}{actions}{rating}</article>',
        status=answer.status.replace("_", "-"),
        key=shown.key,
        question=asked(answer.question),
        body=body,
        actions=actions(shown.key, last=shown.last),
        rating=rating(answer, shown.key, shown.verdict),
    )


def asked(question: str) -> Markup:
    """The question above its answer."""
    return html('<h2 class="question" dir="auto">{question}</h2>', question=question)


def working(
    question: str,
    stage: str,
    answer: Answer | None = None,
    titles: Mapping[str, str] = _NONE,
    *,
    followed: bool = True,
) -> Markup:
    """A turn that is being answered: the stage it is in, and what is written so far; not `followed`: the page asks for
    the rest.
    """
    written = prose(answer, titles, grows=True) if answer and answer.text else Markup("")
    return html(
        '<article class="turn working" aria-busy="true"{more}>{question}<div class="stage" role="status">'
        '<span class="pulse" aria-hidden="true"></span>{stage}</div>{written}</article>',
        question=asked(question),
        more="" if followed else attributes(data_follow=""),
        stage=stage,
        written=written,
    )


def editing() -> Markup:
    """Says that the next question takes the place of the last."""
    return html(
        '<p class="editing" role="status">What you ask now takes the place of the last question. '
        '<button type="button" class="quiet" data-do="undo">Leave it as it is</button></p>'
    )


def _answered(answer: Answer, titles: Mapping[str, str]) -> Markup:
    return join([_standalone(answer), prose(answer, titles), _notes(answer), _sure(answer), _sources(answer, titles)])


def _standalone(answer: Answer) -> Markup:
    """How a follow-up was understood."""
    if answer.standalone == answer.question:
        return Markup("")
    return html('<p class="understood" dir="auto">Understood as: {question}</p>', question=answer.standalone)


def _notes(answer: Answer) -> Markup:
    notes = join(html("<li>{note}</li>", note=note) for note in answer.trace.notes)
    return html('<ul class="notes">{notes}</ul>', notes=notes) if notes else notes


def sure(confidence: float) -> str:
    """A confidence 0..1 in words."""
    return next(words for floor, words in _CONFIDENCE if confidence >= floor)


def _sure(answer: Answer) -> Markup:
    """What was checked, and how likely the answer is right: in words, with the number on hover."""
    weak = [s for s in answer.sentences if s.support != "supported"]
    if answer.trace.model == "quotes":
        checked = "Quoted word for word"
    elif weak:
        checked = f"{len(weak)} of {counted(len(answer.sentences), 'sentence')} not fully supported"
    else:
        checked = "Every sentence checked against its source"
    return html(
        '<p class="sure"><span>{checked}</span><span>{model}</span><span class="confidence{low}" tabindex="0">{words}'
        '<span class="number"> ({number})</span></span></p>',
        number=f"{answer.confidence:.2f}",
        words=sure(answer.confidence),
        low=" low" if answer.confidence < UNSURE else "",
        checked=checked,
        model="" if answer.trace.model == "quotes" else f"written by {answer.trace.model}",
    )


def _sources(answer: Answer, titles: Mapping[str, str]) -> Markup:
    """The documents cited, each once, with the numbers that point into it."""
    by_source: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_source.setdefault(citation.source, []).append(citation)
    rows = (
        html(
            '<li><a class="source-link" href="{url}"{more}>{icon}<span>{title}</span></a><span class="pages">{pages}'
            "</span></li>",
            url=place_url(cited[0]),
            more=attributes(title=source),
            icon=icon("file"),
            title=titles.get(source) or source,
            pages=_pages(cited),
        )
        for source, cited in by_source.items()
    )
    listed = join(rows)
    return html('<ul class="sources" aria-label="Sources">{rows}</ul>', rows=listed) if listed else listed


def _pages(cited: Sequence[Citation]) -> str:
    pages = sorted({c.page for c in cited if c.page})
    return f"page{'s' if len(pages) > 1 else ''} {', '.join(map(str, pages))}" if pages else ""


def _refused(answer: Answer, titles: Mapping[str, str]) -> Markup:
    """A refusal is a result: it says what was read and offers what came closest."""
    closest = join(closest_passages(answer.passages[:CLOSEST], titles))
    return html(
        '{understood}<div class="result"><p class="verdict" title="confidence of the best answer found: {number}">'
        '{refusal}</p><p class="why">{read}</p>{notes}{closest}</div>',
        understood=_standalone(answer),
        number=f"{answer.confidence:.2f}",
        refusal=REFUSAL if not answer.text or answer.text.startswith(REFUSAL) else answer.text,
        read=_read(answer),
        notes=_notes(answer),
        closest=html('<h3>Closest passages</h3><ul class="closest">{rows}</ul>', rows=closest) if closest else "",
    )


def _read(answer: Answer) -> str:
    """How much was read before an answer was refused."""
    passages, documents = len(answer.passages), len({p.source for p in answer.passages})
    if not passages:
        return "Nothing in the documents searched comes near this question."
    read = f"{counted(passages, 'passage')} of {counted(documents, 'document')} "
    read += "was read" if passages == 1 else "were read"
    if answer.trace.model != "quotes":
        return f"{read}."
    return f"{read}; {'it does not answer' if passages == 1 else 'none answers'} the question with enough certainty."


def closest_passages(passages: Sequence[Passage], titles: Mapping[str, str]) -> Iterator[Markup]:
    """Passages as cards that open their document, cut to what comes nearest to an answer."""
    for passage in passages:
        span = passage.spans[0] if passage.spans else None
        at = span.start if span else passage.start
        yield html(
            '<li><a class="passage" href="{url}"><span class="place">{icon}<span dir="auto">{place}</span></span><span '
            'class="words" dir="auto">{words}</span></a></li>',
            url=place_url(passage),
            icon=icon("file"),
            place=place_of(passage, titles),
            words="".join(excerpt_around(passage, at, at)),
        )


def _failed(answer: Answer, titles: Mapping[str, str]) -> Markup:
    """What went wrong and what to do; what was found is still there."""
    written = prose(answer, titles) if answer.text else Markup("")
    closest = join(closest_passages(answer.passages[:CLOSEST], titles))
    return html(
        "{trouble}{written}{closest}",
        trouble=trouble(answer.error or "The question could not be answered; ask it again."),
        written=written,
        closest=html('<h3>Passages found</h3><ul class="closest">{rows}</ul>', rows=closest) if closest else "",
    )


def trouble(message: str) -> Markup:
    """A message about what went wrong."""
    return html('<div class="trouble" role="alert">{icon}<p>{message}</p></div>', icon=icon("warning"), message=message)

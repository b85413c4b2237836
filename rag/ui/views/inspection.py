"""How an answer came about: its passages with the scores of each stage, the exact prompt, the timings."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.schema import Answer, Passage
from rag.ui.document_view import shown_text
from rag.ui.views.prose import place_of
from rag.ui.views.templates import Markup, render

STAGES = {
    "condense": "Understanding the question",
    "remembered": "Remembering what was found before",
    "encode": "Encoding it",
    "dense": "Search by meaning",
    "keyword": "Search by words",
    "fuse": "Joining both",
    "read": "Reading the candidates",
    "assemble": "Putting passages together",
    "answer": "Answering and checking",
}
# scores of a passage, in the order in which they are given
SCORES = {
    "dense": "meaning",
    "bm25": "words",
    "document": "words of the whole document",
    "fused": "all three",
    "reader": "after reading",
}
_LINES = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage with its scores by name. `marked`: what the reader takes for the answer, between `before` and `after`.

    `scores`: those of the stages; `more_scores`: what went into the last of them.
    """

    passage: Passage
    place: str
    headings: str
    before: str
    marked: str
    after: str
    scores: Mapping[str, float]
    more_scores: Mapping[str, float]


def inspection(answer: Answer, titles: Mapping[str, str]) -> Markup:
    """Everything there is to know about how an answer was found."""
    trace = answer.trace
    return render(
        "inspection.html",
        "inspection",
        question=answer.question,
        facts=_facts(answer),
        timings=_timings(trace.seconds),
        prompt=trace.prompt,
        reply=trace.reply,
        passages=passages(answer.passages, titles),
    )


def passages(found: Sequence[Passage], titles: Mapping[str, str]) -> Markup:
    """Passages with the scores of each stage, best first; what the reader found in each is set off."""
    return render("inspection.html", "passages", found=[_scored(passage, titles) for passage in found])


def _scored(passage: Passage, titles: Mapping[str, str]) -> ScoredPassage:
    before, marked, after = _parts(passage)
    return ScoredPassage(
        passage,
        place_of(passage, titles),
        " › ".join(name for name in passage.headings if name != passage.title),
        before,
        marked,
        after,
        {label: passage.scores[name] for name, label in SCORES.items() if name in passage.scores},
        {name.replace("_", " "): value for name, value in passage.scores.items() if name not in SCORES},
    )


def _parts(passage: Passage) -> list[str]:
    """The text before, in and after what the reader takes for the answer; blank lines say nothing here."""
    span = passage.spans[0] if passage.spans else None
    text, start, end = shown_text(passage.source, passage.text), 0, 0
    if span and passage.start <= span.start < span.end <= passage.end:
        start, end = span.start - passage.start, span.end - passage.start
    return [_LINES.sub("\n", part) for part in (text[:start], text[start:end], text[end:])]


def _facts(answer: Answer) -> dict[str, object]:
    trace = answer.trace
    return {
        "Searched for": answer.standalone,
        "Result": answer.status.replace("_", " "),
        "Confidence": f"{answer.confidence:.3f}",
        "Evidence that the documents answer": "" if trace.evidence is None else f"{trace.evidence:.3f}",
        "Answered by": trace.model,
        "Markers that named no passage": trace.dropped_markers,
        "Index": trace.index_digest,
        "Settings": trace.settings_digest,
        "Prompt": trace.prompt_digest,
    }


def _timings(seconds: Mapping[str, float]) -> dict[str, str]:
    """Milliseconds of each stage and in all; empty where nothing was measured."""
    if not seconds:
        return {}
    rows = {STAGES.get(name, name): f"{1000 * value:.0f} ms" for name, value in seconds.items()}
    return rows | {"In all": f"{1000 * sum(seconds.values()):.0f} ms"}

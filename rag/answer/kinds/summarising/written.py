"""Chosen sentences -> the text of an answer: under the headings of their sections, each quoted and cited."""

from collections.abc import Sequence
from itertools import groupby

from rag.answer.kinds.summarising.candidates import Candidate
from rag.schema import Citation, Sentence
from rag.text.markers import unmarked
from rag.text.normalize import searchable, strip_controls

MIN_HEADINGS = 3  # that are shown; fewer tell no more than the sentences below them


def written(chosen: Sequence[Candidate]) -> tuple[str, tuple[Sentence, ...], tuple[Citation, ...]]:
    """The text, its sentences with their markers, and a citation for each."""
    blocks = [(heading, list(group)) for heading, group in groupby(chosen, key=_heading)]
    with_headings = len({heading for heading, _ in blocks if heading}) >= MIN_HEADINGS
    text = ""
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    for heading, members in blocks:
        text += "\n" if text else ""
        if with_headings and heading:
            text += f"{heading}\n"
        for i, each in enumerate(members):
            marker = len(citations) + 1
            said = f"{_shown(each.text)} [{marker}]"
            text += " " if i else ""
            sentences.append(Sentence(said, len(text), len(text) + len(said), (marker,), "supported"))
            citations.append(Citation(marker, each.chunk.chunk.source, None, each.start, each.end, each.text))
            text += said
    return text, tuple(sentences), tuple(citations)


def listed(titles: Sequence[str]) -> str:
    """Titles in quotation marks: “A”, “B” and “C”."""
    quoted = [f"“{title}”" for title in titles]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _shown(text: str) -> str:
    """A text in one line; a bracketed number of the source must not look like a marker of ours."""
    return unmarked(searchable(text))


def _heading(each: Candidate) -> str:
    """The heading above a sentence in one line, "" where that is the title of its document."""
    headings = each.chunk.chunk.headings
    heading = _shown(strip_controls(headings[-1])) if headings else ""
    return "" if heading.casefold() == searchable(each.chunk.title).casefold() else heading

"""The text of an answer: sentences with numbered chips and what was found wrong with each, or blocks of quotes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answer.citations import LABELS
from rag.export.blocks import Block, Place, blocks
from rag.export.footnotes import REMARKS
from rag.schema import Answer, Citation, Passage, Sentence
from rag.ui.document_view import excerpt_around
from rag.ui.views.templates import Markup, render

MARKED_KINDS = ("fact", "reason", "count")  # of question, which a few words can answer
_MARKERS = re.compile(r"(?:\s*\[\d{1,3}\])+[\s.]*\Z")


@dataclass(frozen=True, slots=True)
class Chip:
    """A citation behind a sentence. `place`: as a reader names it; `before`, `after`: the words around the quote."""

    citation: Citation
    place: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """A sentence without its markers, in three parts: `short` is the words that answer the question, if it has them.

    `gap`: the text between the sentence before and this one. `remark`: "" where it is supported.
    """

    gap: str
    before: str
    short: str
    after: str
    support: str
    chips: tuple[Chip, ...]
    remark: str


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """Quotes from the same pages, each on its own line, with the places that they are from."""

    lead: str
    sentences: tuple[ShownSentence, ...]
    places: tuple[Place, ...]


def prose(answer: Answer, titles: Mapping[str, str], *, growing: bool = False) -> Markup:
    """The text of an answer with chips for markers; nothing in it is read as markup.

    `growing`: more is to come, so that the support of its last sentence is not known yet.
    """
    if quoted := blocks(answer):
        return render("prose.html", "quotes", blocks=[_block(one, answer, titles) for one in quoted])
    sentences, end = [], 0
    for number, sentence in enumerate(answer.sentences, 1):
        checked = not growing or number < len(answer.sentences)
        sentences.append(_shown(sentence, answer, titles, answer.text[end : sentence.start], checked=checked))
        end = sentence.end
    return render("prose.html", "prose", sentences=sentences, rest=answer.text[end:])


def place_of(found: Citation | Passage, titles: Mapping[str, str]) -> str:
    """A place as a reader names it: "Annual report, page 3"."""
    title = titles.get(found.source) or found.source
    return f"{title}, page {found.page}" if found.page else title


def _block(block: Block, answer: Answer, titles: Mapping[str, str]) -> ShownBlock:
    shown = (_shown(sentence, answer, titles, "", checked=True) for sentence in block.sentences)
    places = (replace(one, title=titles.get(one.citation.source) or one.citation.source) for one in block.places)
    return ShownBlock(block.lead, tuple(shown), tuple(places))


def _shown(sentence: Sentence, answer: Answer, titles: Mapping[str, str], gap: str, *, checked: bool) -> ShownSentence:
    markers = _MARKERS.search(sentence.text) if sentence.markers else None
    words = sentence.text[: markers.start()] if markers else sentence.text
    remark = REMARKS.get(sentence.support, "") if checked else ""
    if remark:  # which says more than the label in the plain text
        words = words.removesuffix(LABELS.get(sentence.support, "")).rstrip()
    marked = answer.short if answer.trace.kind in MARKED_KINDS else None
    before, short, after = words.partition(marked) if marked else (words, "", "")
    cited = {citation.marker: citation for citation in answer.citations}
    chips = tuple(_chip(cited[marker], answer.passages, titles) for marker in sentence.markers if marker in cited)
    return ShownSentence(gap, before, short, after, sentence.support if checked else "growing", chips, remark)


def _chip(citation: Citation, passages: Sequence[Passage], titles: Mapping[str, str]) -> Chip:
    before, after = "", ""
    for passage in passages:
        if passage.source == citation.source and passage.start <= citation.start and citation.end <= passage.end:
            before, after = excerpt_around(passage, citation.start, citation.end)
            break
    return Chip(citation, place_of(citation, titles), before, after)

"""The text of an answer as HTML: sentences with numbered chips, and what was found wrong with each."""

import re
from collections.abc import Mapping, Sequence

from rag.answer.citations import LABELS
from rag.export.footnotes import REMARKS
from rag.schema import Answer, Citation, Passage, Sentence
from rag.ui.document_view import excerpt_around
from rag.ui.markup import Markup, attributes, html, join, place_url, text

_MARKERS = re.compile(r"(?:\s*\[\d{1,3}\])+[\s.]*\Z")


def prose(answer: Answer, titles: Mapping[str, str], *, grows: bool = False) -> Markup:
    """The text of an answer with chips for markers; nothing in it is read as markup.

    `grows`: more is to come, so that its last sentence is not judged yet.
    """
    parts, at = [], 0
    for number, sentence in enumerate(answer.sentences, 1):
        judged = not grows or number < len(answer.sentences)
        parts += [text(answer.text[at : sentence.start]), _sentence(sentence, answer, titles, judged=judged)]
        at = sentence.end
    parts.append(text(answer.text[at:]))
    return html('<div class="prose-answer" dir="auto">{parts}</div>', parts=join(parts))


def _sentence(sentence: Sentence, answer: Answer, titles: Mapping[str, str], *, judged: bool) -> Markup:
    trailing = _MARKERS.search(sentence.text) if sentence.markers else None
    words = sentence.text[: trailing.start()] if trailing else sentence.text
    by_marker = {c.marker: c for c in answer.citations}
    chips = join(_chip(by_marker[m], answer.passages, titles) for m in sentence.markers if m in by_marker)
    remark = REMARKS.get(sentence.support) if judged else None
    badge = html('<span class="support {kind}">{said}</span>', kind=sentence.support, said=remark) if remark else ""
    if remark:  # which says it better than the label in the plain text does
        words = words.removesuffix(LABELS.get(sentence.support, "")).rstrip()
    return html(
        '<span class="sentence {support}">{words}</span>{chips}{badge}',
        support=sentence.support if judged else "growing",
        words=_emphasised(words, answer.short),
        chips=chips,
        badge=badge,
    )


def _emphasised(words: str, short: str | None) -> Markup:
    """The sentence with the words that answer set off."""
    at = words.find(short) if short else -1
    if not short or at < 0:
        return text(words)
    return html(
        '{before}<strong class="short">{short}</strong>{after}',
        before=words[:at],
        short=short,
        after=words[at + len(short) :],
    )


def _chip(citation: Citation, passages: Sequence[Passage], titles: Mapping[str, str]) -> Markup:
    """The number behind a claim: a link to the words, which the page opens beside the conversation."""
    place = place_of(citation, titles)
    before, after = _around(citation, passages)
    return html(
        '<a class="chip" href="{url}"{more}>{marker}</a>',
        url=place_url(citation),
        marker=citation.marker,
        more=attributes(
            data_before=before,
            data_quote=citation.quote,
            data_after=after,
            data_place=place,
            aria_label=f"Source {citation.marker}: {place}",
        ),
    )


def _around(citation: Citation, passages: Sequence[Passage]) -> tuple[str, str]:
    """The words before and after a quote in the passage that it was taken from."""
    for passage in passages:
        if passage.source == citation.source and passage.start <= citation.start and citation.end <= passage.end:
            return excerpt_around(passage, citation.start, citation.end)
    return "", ""


def place_of(found: Citation | Passage, titles: Mapping[str, str]) -> str:
    """A place as a reader names it: "Annual report, page 3"."""
    title = titles.get(found.source) or found.source
    return f"{title}, page {found.page}" if found.page else title

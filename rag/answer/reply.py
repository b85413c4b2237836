"""A model's reply -> its sentences, each with the numbers of the passages that it cites.

The reply may be the head of one that is still growing. Without the form around the answer, markup, markers, a list of
sources at the end and what only addresses the reader ("Certainly, here is the answer:").
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.answerer import REFUSAL, REFUSAL_TOKEN
from rag.text.loose_markers import Citable, bracket_loose_markers
from rag.text.markdown import plain_text, sanitize
from rag.text.markers import Mark, remove_markers, without_partial_marker
from rag.text.phrases import is_filler, without_attribution, without_opening
from rag.text.reply_format import answer_in
from rag.text.sentences import sentences
from rag.text.words import stems

_REFERENCES = re.compile(r"(?:sources?|references?|citations?|bibliography)\s*:?", re.IGNORECASE)
_ITEM = re.compile(r"[\s•]*(?:\(?(?:\d{1,3}|[a-zA-Z])[.)]\s+)?")
_TOKEN = re.compile(rf"[\"'`(]?\b{REFUSAL_TOKEN.replace('_', '[_ ]')}\b[\"'`)]?[.:]?")
_PARTIAL_TOKEN = re.compile(r"\bNOT(?:_[A-Z_]*)?\Z")
_THE_REST = "The rest is not in the documents."
_LONGEST_TITLE = 12  # words
_PARTIAL = re.compile(r"(?:<[a-zA-Z/!][^<>\n]{0,200}|!?\[[^\[\]\n]{0,200}\]\([^()\n]{0,500})\Z")


@dataclass(frozen=True, slots=True)
class ReplySentence:
    """A sentence of a reply without its markers. `gap`: white space before it; `numbers`: of the passages it cites."""

    gap: str
    text: str
    numbers: tuple[int, ...]

    @property
    def claim(self) -> str:
        """The sentence without bullet, number and "According to the source, ", which no document has to support."""
        return without_attribution(_ITEM.sub("", self.text, count=1))

    @property
    def is_title(self) -> bool:
        """Whether it stands above what it only names: a heading, the head of a table, "Findings:"."""
        return self.text.endswith(":") and not self.numbers and len(self.text.split()) <= _LONGEST_TITLE


def split_reply(reply: str, citable: Citable, finished: bool = True) -> list[ReplySentence]:
    """The sentences of a reply; of an unfinished one without a partial marker or markup at its end."""
    answer = answer_in(reply, finished)
    plain = _with_refusal(plain_text(answer if finished else _complete_part(answer)))
    text, marks = remove_markers(bracket_loose_markers(plain, citable))
    spans = sentences(text)
    split: list[ReplySentence] = []
    before, first = 0, -1
    for index, ((start, end), numbers) in enumerate(zip(spans, _named(text, spans, marks), strict=True)):
        first = start if first < 0 else first
        follows = index + 1 < len(spans) and "\n" not in text[end : spans[index + 1][0]]
        if numbers or not follows or stems(text[start:end]):
            split.append(ReplySentence(_gap(text[before:first]), sanitize(text[first:end]), numbers))
            before, first = end, -1
        # else "Yes.", which says nothing by itself, becomes part of the next sentence
    return _without_filler(_without_references(split))


def unknown_markers(split: Sequence[ReplySentence], shown: int) -> int:
    """How many markers name no passage of the `shown` ones."""
    return sum(not 1 <= number <= shown for sentence in split for number in sentence.numbers)


def _gap(between: str) -> str:
    """What stands between two sentences: nothing (in Chinese), a space, a line break or an empty line."""
    return "\n" * min(2, between.count("\n")) or between[:1]


def _named(text: str, spans: Sequence[tuple[int, int]], marks: Sequence[Mark]) -> list[tuple[int, ...]]:
    """The numbers that belong to each sentence: of the markers in it and after it; at the head of a line, before it."""
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    named: list[dict[int, None]] = [{} for _ in spans]
    for mark in marks:
        at = mark.position
        line = text.rfind("\n", 0, at) + 1
        index = bisect_left(starts, at) - 1
        if at - line < 12 and _ITEM.fullmatch(text, line, at):
            ahead = bisect_right(ends, at)
            if ahead < len(spans) and "\n" not in text[at : starts[ahead]]:
                index = ahead
        if spans:
            named[max(0, index)].update(dict.fromkeys(mark.numbers))
    return [tuple(numbers) for numbers in named]


def _without_references(split: list[ReplySentence]) -> list[ReplySentence]:
    """Without the list of sources that models append, marker by marker, to an answer."""
    heads = [i for i, sentence in enumerate(split) if _REFERENCES.fullmatch(sentence.text)]
    if heads and all(sentence.numbers for sentence in split[heads[-1] + 1 :]):
        return split[: heads[-1]]
    return split


def _without_filler(split: list[ReplySentence]) -> list[ReplySentence]:
    """Without "Certainly, here is the answer:" at the head and "I hope this helps!" at the end."""
    first, end = 0, len(split)
    while first < end and not split[first].numbers and is_filler(split[first].text):
        first += 1
    while end > first and not split[end - 1].numbers and is_filler(split[end - 1].text):
        end -= 1
    kept = split[first:end]
    return [replace(kept[0], text=without_opening(kept[0].text)), *kept[1:]] if kept else split[:0]


def _with_refusal(text: str) -> str:
    """The text with sentences for the token that the prompt asks for where the passages do not tell."""
    alone = not _TOKEN.sub("", text).strip()
    return _TOKEN.sub(REFUSAL if alone else _THE_REST, text)


def _complete_part(reply: str) -> str:
    """The head of a growing reply without the marker, tag, link, code or emphasis that has begun and not ended."""
    reply = _PARTIAL_TOKEN.sub("", reply)
    head, line = reply[: reply.rfind("\n") + 1], reply[reply.rfind("\n") + 1 :]
    for delimiter in ("**", "__", "`"):
        if line.count(delimiter) % 2:
            line = line[: line.rfind(delimiter)].rstrip(delimiter)
    partial = _PARTIAL.search(line, max(0, len(line) - 720))
    return head + without_partial_marker(line[: partial.start()] if partial else line)

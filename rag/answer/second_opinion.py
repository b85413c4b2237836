"""A second opinion: the connected model is asked for the words of the passages that say each sentence it wrote.

It comes after the check by rules and checker, whose verdict it can lower and never raise: what the model gives counts
only where it stands verbatim in a passage that the sentence cites. Knows no provider.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rag.answer.facts import missing
from rag.answer.faithfulness import CheckedSentence, EvidenceSpan
from rag.answer.prompt import fence, filled, format_passages, model_copy, prompt_line, room_for_passages
from rag.errors import ModelUnavailable
from rag.schema import Passage
from rag.text.markers import remove_markers
from rag.text.normalize import anchor
from rag.text.reply_format import answer_in

_LINE = re.compile(r"^[^\w\n]{0,9}S(\d{1,3})(?!\w)(?:[^\w\n]{0,5}\[\d{1,3}\]){0,5}[^\w\n]{0,9}", re.M | re.I)
_NONE = re.compile(r"\W*NONE\W*", re.IGNORECASE)
_AROUND = " \t\n\"'“”„‘’«»…."
_LONGEST = 600  # characters of a citation
_NAMED = 80  # characters of a sentence that a note names
_STANDS = "What rules and checker found stands."


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the model with its check and the passages that it cites."""

    text: str
    check: CheckedSentence
    cited: tuple[Passage, ...]

    @property
    def is_open(self) -> bool:
        """Whether there is something to ask: it is supported, but not by a span that has its words and no others."""
        spans = self.check.spans
        return bool(spans) and not any(_within(self.text, s.quote) and _within(s.quote, self.text) for s in spans)


@dataclass(frozen=True, slots=True)
class Opinion:
    """The checks of all claims after it, notes on it, and what was asked and replied ("" where nothing was)."""

    checks: tuple[CheckedSentence, ...]
    notes: tuple[str, ...] = ()
    asked: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Asks once for all sentences of an answer.

    `ask`: fills prompts/check.md with values and returns what the model wrote, or raises ModelUnavailable; `context`:
    the model's context window in tokens.
    """

    ask: Callable[[dict[str, str]], str]
    context: int

    def of(self, question: str, claims: Sequence[Claim]) -> Opinion:
        """The opinion on what a model wrote to answer a question; the checks as they are where something goes wrong."""
        before = tuple(claim.check for claim in claims)
        places = [place for place, claim in enumerate(claims) if claim.is_open]
        if not places:
            return Opinion(before)
        values = _values(question, [claims[place] for place in places], self.context)
        if values is None:
            room = f"RAG_CHAT_CONTEXT_TOKENS={self.context} has no room for it."
            return Opinion(before, (f"The model was asked for no second opinion: {room} {_STANDS}",))
        asked = filled("check", values)
        try:
            reply = self.ask(values)
        except ModelUnavailable as error:
            return Opinion(before, (f"The model gave no second opinion. {error} {_STANDS}",), asked)
        given = _given(reply)
        after, silent = list(before), 0
        for number, place in enumerate(places, 1):
            if number in given:
                after[place] = _judged(claims[place], given[number])
            else:
                silent += 1
        left = f"{silent} of {len(places)} sentences that it was asked about. {_STANDS}"
        notes = (f"The model gave no second opinion on {left}",) if silent else ()
        return Opinion(tuple(after), notes, asked, reply)


def _values(question: str, claims: Sequence[Claim], context: int) -> dict[str, str] | None:
    """The values of the prompt, None where the window has no room for every cited passage."""
    passages: list[Passage] = []
    for passage in (p for claim in claims for p in claim.cited):
        if passage not in passages:
            passages.append(passage)
    sentences = "\n".join(
        f"S{number} {''.join(f'[{passages.index(p) + 1}]' for p in claim.cited)}: {prompt_line(claim.text)}"
        for number, claim in enumerate(claims, 1)
    )
    values = {"question": prompt_line(question), "sentences": sentences, "passages": "", "fence": "=" * 24}
    text, count = format_passages(passages, room_for_passages("check", values, context))
    if count < len(passages):
        return None
    return values | {"passages": text, "fence": fence(text, sentences, question)}


def _given(reply: str) -> dict[int, str]:
    """What a reply gives for each sentence, by its number; of several lines for one the last counts."""
    _, *parts = _LINE.split(answer_in(reply))
    return {int(number): words for number, words in zip(parts[::2], parts[1::2], strict=True) if words.strip()}


def _judged(claim: Claim, given: str) -> CheckedSentence:
    """The check of a claim in view of the words that the model gave for it."""
    named = claim.text if len(claim.text) <= _NAMED else f"{claim.text[:_NAMED].rstrip()}…"
    if _NONE.fullmatch(given):
        return _lowered(claim.check, f"Asked again, the model found no words in the passages cited that say: “{named}”")
    for words in _forms(given):
        found = [(p, place) for p in claim.cited if (place := anchor(words, p.text))]
        if found:
            return replace(claim.check, spans=_with_words(claim, *found[0]))
        # the copy that the model saw differs from what is stored
        if any(anchor(words, model_copy(p.text)) for p in claim.cited):
            return claim.check
    return _lowered(claim.check, f"Asked again, the model gave words that no passage cited has, for: “{named}”")


def _forms(given: str) -> Iterable[str]:
    """What a model may mean by what it gives: all of it or its first line, with and without what stands around it."""
    given = given.strip()
    lines = (given, given.partition("\n")[0])
    forms = (*lines, *(remove_markers(line)[0] for line in lines))
    return dict.fromkeys((*forms, *(form.strip(_AROUND) for form in forms)))


def _within(words: str, text: str) -> bool:
    return anchor(words.rstrip(" .!"), text) is not None


def _lowered(check: CheckedSentence, note: str) -> CheckedSentence:
    return replace(check, support="partly", notes=(*check.notes, note))


def _with_words(claim: Claim, passage: Passage, place: tuple[int, int]) -> tuple[EvidenceSpan, ...]:
    """The spans of a claim, with that of a passage exchanged for what the model gave if this is longer and as good."""

    def better(old: EvidenceSpan) -> EvidenceSpan:
        new = EvidenceSpan(passage, passage.start + place[0], passage.start + place[1], old.score)
        if old.passage != passage or not len(old.quote) < len(new.quote) <= _LONGEST:
            return old
        lacks, lacked = (set(missing(claim.text, [span.with_heading]).values) for span in (new, old))
        return new if lacks <= lacked else old

    return tuple(map(better, claim.check.spans))

"""Create gold cases for one's own documents in a dialogue: the question, the evidence, the answer.

The dialogue goes through a small protocol, so that it can be tested without a terminal.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from eval.cases.drafts import draft_case, suggestions
from eval.cases.gold import Case, Evidence, load_cases, parse_case, to_line
from eval.engine import Engine
from eval.overlap import holds, words
from rag.errors import CasesError
from rag.schema import Passage, Turn
from rag.text.normalize import anchor
from rag.text.sentences import sentences

PASSAGES = 3
HELP = """For each question: pick the sentences that answer it, then write the answer in as few words as possible.
  Enter alone   suggests a sentence to ask about       + QUESTION   a follow-up to the question before
  q             ends, at any prompt; everything written so far is kept"""
PICK = "Sentences that answer it (3, 3-4 or 3,7), or words of the document, or n: not in the documents, s: skip"


class Terminal(Protocol):
    """The user's terminal. `ask` raises EOFError when the user is done."""

    def ask(self, prompt: str) -> str:
        """Show a prompt and return the reply."""
        ...

    def show(self, text: str) -> None:
        """Show a text."""
        ...


class _Skipped(Exception):
    """The user skips this question."""


@dataclass
class Interview:
    """A dialogue that adds cases to the file `out`."""

    engine: Engine
    terminal: Terminal
    out: Path
    written: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ideas = suggestions([self.engine.document(d.source) for d in self.engine.sources()])

    def run(self) -> int:
        """Write cases until the user is done; returns their number."""
        self.terminal.show(HELP)
        try:
            for number in free_numbers(self.out):
                case = self._next_case(f"{self.out.stem}-{number:03d}")
                append(self.out, case)
                self.written.append(case)
                self.terminal.show(f"{case.id} is written to {self.out}.")
        except EOFError:
            pass
        return len(self.written)

    def _next_case(self, case_id: str) -> Case:
        while True:
            try:
                return self._case(case_id)
            except _Skipped:
                continue

    def _ask(self, prompt: str) -> str:
        reply = self.terminal.ask(prompt).strip()
        if reply == "q":
            raise EOFError
        return reply

    def _case(self, case_id: str) -> Case:
        reply = self._ask("Question")
        history: tuple[Turn, ...] = ()
        if reply.startswith("+"):
            reply, history = reply[1:].strip(), self._history()
        if not reply:
            return self._suggested(case_id)
        if not words(reply):
            raise _Skipped
        evidence = self._evidence(reply)
        answers = self._answers(evidence, "") if evidence else ()
        return self._finish(case_id, reply, answers, evidence, history)

    def _history(self) -> tuple[Turn, ...]:
        if not self.written:
            self.terminal.show("There is no question before this one to follow up.")
            raise _Skipped
        before = self.written[-1]
        reply = before.answers[0] if before.answers else "I found no answer in the documents."
        return (*before.history, (before.question, reply))

    def _suggested(self, case_id: str) -> Case:
        idea = next(self._ideas, None)
        if idea is None:
            self.terminal.show("No further sentence states a date, a number or a name.")
            raise _Skipped
        self.terminal.show(f"{idea.source}: {' '.join(idea.quote.split())}")
        question = self._ask(f"Question that {idea.answer!r} answers (Enter: another sentence)")
        if not words(question):
            raise _Skipped
        evidence = (Evidence(idea.source, idea.quote),)
        return self._finish(case_id, question, self._answers(evidence, idea.answer), evidence, ())

    def _evidence(self, question: str) -> tuple[Evidence, ...]:
        """The quotes with the answer; none where the user says that the documents do not have it."""
        choices = self._show(self.engine.search(question)[:PASSAGES])
        while True:
            reply = self._ask(PICK)
            if reply == "s":
                raise _Skipped
            if reply == "n":
                return ()
            try:
                return picked(reply, choices) if re.fullmatch(r"[\d\s,-]+", reply) else (self._find(reply),)
            except ValueError as error:
                self.terminal.show(str(error))

    def _show(self, passages: Sequence[Passage]) -> list[tuple[Passage, int, int]]:
        choices: list[tuple[Passage, int, int]] = []
        for passage in passages:
            self.terminal.show(f"{passage.source}{f', p. {passage.page}' if passage.page else ''}")
            for start, end in sentences(passage.text):
                choices.append((passage, start, end))
                self.terminal.show(f"  {len(choices):>3}  {' '.join(passage.text[start:end].split())}")
        return choices

    def _find(self, quote: str) -> Evidence:
        for listed in self.engine.sources():
            text = self.engine.document(listed.source).text
            if span := anchor(quote, text):
                return Evidence(listed.source, text[span[0] : span[1]])
        raise ValueError(f"{quote[:80]!r} is not in any document; copy it word for word")

    def _answers(self, evidence: Sequence[Evidence], known: str) -> tuple[str, ...]:
        hint = f" (Enter: {known})" if known else ""
        while True:
            reply = self._ask(f"Answer{hint}; other wordings after |") or known
            answers = tuple(a.strip() for a in reply.split("|") if words(a))
            if not answers:
                self.terminal.show("Write the answer, for example a name or a date.")
                continue
            foreign = [a for a in answers if not any(holds(e.quote, a) for e in evidence)]
            if not foreign or self._ask(f"{foreign[0]!r} is not in the quote. Keep it? y/N") == "y":
                return answers

    def _finish(
        self,
        case_id: str,
        question: str,
        answers: tuple[str, ...],
        evidence: tuple[Evidence, ...],
        history: tuple[Turn, ...],
    ) -> Case:
        tags = tuple(t for t in re.split(r"[\s,]+", self._ask("Tags (Enter: none)")) if t)
        return Case(case_id, question, bool(answers), answers, evidence, history, tags)


def picked(reply: str, choices: Sequence[tuple[Passage, int, int]]) -> tuple[Evidence, ...]:
    """The quotes that "3", "3-4" or "3,7" picks among the numbered choices (passage, start, end).

    Raises ValueError, with a message for the user, where the reply picks none.
    """
    evidence = []
    for part in filter(None, re.split(r"[\s,]+", reply)):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= len(choices):
            raise ValueError(f"{part!r} is not a sentence; they are numbered 1 to {len(choices)}")
        (passage, start, _), (other, _, end) = choices[first - 1], choices[last - 1]
        if passage is not other:
            raise ValueError(f"{part!r} crosses two passages; give their sentences one by one: {first},{last}")
        evidence.append(Evidence(passage.source, passage.text[start:end]))
    if not evidence:
        raise ValueError("give the number of a sentence")
    return tuple(evidence)


def free_numbers(out: Path) -> Iterator[int]:
    """Numbers that no id of the file's cases has. Raises CasesError where the file is malformed."""
    taken = {case.id for case in load_cases(out)} if out.exists() and out.stat().st_size else set()
    number = 0
    while True:
        number += 1
        if f"{out.stem}-{number:03d}" not in taken:
            yield number


def append(out: Path, case: Case) -> None:
    """Add one case to a file, creating it if needed. Raises CasesError where it cannot be written."""
    line = to_line(case)
    parse_case(line, f"case {case.id!r}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("a+b") as file:
            file.seek(max(0, file.seek(0, 2) - 1))
            line_end = b"" if file.read(1) in {b"", b"\n"} else b"\n"
            file.write(line_end + line.encode("utf-8", "backslashreplace") + b"\n")
    except OSError as error:
        raise CasesError(f"the cases {str(out)!r} cannot be written: {error}; give another path with --out") from None


def write_drafts(engine: Engine, out: Path, count: int) -> int:
    """Add up to `count` draft cases; returns how many were written."""
    ideas = suggestions([engine.document(d.source) for d in engine.sources()])
    numbers = free_numbers(out)
    written = 0
    for idea in islice(ideas, count):
        append(out, draft_case(idea, f"{out.stem}-{next(numbers):03d}"))
        written += 1
    return written

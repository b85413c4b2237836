"""An answerer whose answers are known, and tables made by hand."""

from collections.abc import Iterator, Sequence

from answerkit import OPENED, answer, refusal, uncertain

from rag.schema import Answer, Citation, Passage, Sentence, Turn
from rag.tables.values import Cell, Row, Table
from rag.text.question import Question


class FirstSentence:
    """Quotes the first sentence of a document, "unclear" ones as uncertain; none of "silent" ones; "broken" ones fail.

    `asked`: every question with its source.
    """

    name = "quotes"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def condense(self, question: str, history: Sequence[Turn]) -> str:
        return question

    def stream(self, question: Question, passages: Sequence[Passage]) -> Iterator[Answer]:
        first = passages[0]
        self.asked.append((question.text, first.source))
        failed = Answer(question.text, question.text, "", None, "failed", 0.0, passages=tuple(passages), error="down")
        if "broken" in first.text:
            yield failed
            return
        if "silent" in first.text:
            yield refusal(question.text)
            return
        quote = first.text[: first.text.index(".") + 1]
        text = f"{quote} [1]"
        yield Answer(
            question.text,
            question.text,
            text,
            None,
            "uncertain" if "unclear" in quote else "answered",
            0.9,
            (Citation(1, first.source, None, first.start, first.start + len(quote), quote),),
            (Sentence(text, 0, len(text), (1,), "supported"),),
            tuple(passages),
        )


def row(source: str, *answers: Answer | None, title: str = "The park", date: str | None = "2024-05-01") -> Row:
    return Row(source, title, date, tuple(map(Cell, answers)))


def table(*rows: Row, questions: tuple[str, ...] = ("When did it open?", "Who closed it?")) -> Table:
    done = sum(bool(cell.answer) for one in rows for cell in one.cells)
    return Table(questions, rows, done)


FAILED = answer(status="failed", text="", short=None, citations=(), sentences=(), error="the model did not answer")
PARK = table(row("park.pdf", answer(), refusal()), row("lake.txt", uncertain(), FAILED, title="The lake", date=None))
"""Answered, empty, uncertain and failed; the first answer is cited with OPENED."""
QUOTE = OPENED

"""Measure the reader alone on a SQuAD 2.0 file, with the gold paragraph given: token F1, exact match, refusals.

    python -m eval.studies.reading dev16-v2.0.json

Figures are those of the SQuAD 2.0 evaluation script: a question that is refused scores 1 where it is unanswerable and
0 where it is not. Without retrieval, they are an upper bound for the whole assistant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Annotated, Protocol

import typer
from rich.table import Table

from eval.console import one_line_errors, plain_table, progress_bar
from eval.metrics.calibration import auroc
from eval.overlap import normalize, token_f1
from eval.train.data import fixed_windows, read_squad
from rag.errors import CasesError, ConfigError
from rag.export.terminal import console
from rag.models.reader import WEIGHTS, Pair, Prediction, load_reader
from rag.settings import load_settings

BATCH = 64


class Reads(Protocol):
    """Reads windows of text and marks the answer in each."""

    def read(self, pairs: Sequence[Pair]) -> Sequence[Prediction]:
        """The best span of each pair."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """A question, the windows of its paragraph, and the gold answers (none: unanswerable)."""

    question: str
    title: str
    windows: tuple[str, ...]
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The text of the best span, and its score (higher is more certain)."""

    text: str
    score: float


def load_squad(path: Path, limit: int | None = None) -> list[Given]:
    """The questions of a SQuAD file, with their paragraphs cut into windows. Raises CasesError."""
    try:
        articles, questions = read_squad(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CasesError(f"{str(path)!r} is not in SQuAD form: {error!r}") from None
    windows: dict[tuple[int, int], list[str]] = {}
    for number, article in enumerate(articles):
        for paragraph, start, end in fixed_windows(article):
            windows.setdefault((number, paragraph), []).append(article.paragraphs[paragraph][start:end])
    return [
        Given(
            q.text,
            articles[q.article].title,
            tuple(windows[q.article, q.paragraph]),
            tuple(text for text, _ in q.answers),
        )
        for q in questions[:limit]
    ]


def span_score(reading: Prediction) -> float:
    """The score of a reading: its relevance and a quarter of the span's logit."""
    return reading.relevance + 0.25 * reading.span


def read_all(reader: Reads, questions: Sequence[Given], done: Callable[[int], object] = lambda _: None) -> list[Read]:
    """The best span over the windows of each question; `done` is called with the number of questions so far."""
    answers: list[Read] = []
    for low in range(0, len(questions), BATCH):
        part = questions[low : low + BATCH]
        pairs = [Pair(q.question, q.title, window) for q in part for window in q.windows]
        readings = iter(zip(pairs, reader.read(pairs), strict=True))
        for question in part:
            own = [next(readings) for _ in question.windows]
            pair, best = max(own, key=lambda item: span_score(item[1]))
            answers.append(Read(pair.text[best.start : best.end], span_score(best)))
        done(len(answers))
    return answers


def figures(questions: Sequence[Given], found: Sequence[Read], threshold: float) -> dict[str, float | None]:
    """The SQuAD 2.0 figures when everything below `threshold` is refused; None where no question is of that kind."""
    answerable = [(q, r) for q, r in zip(questions, found, strict=True) if q.gold]
    rest = [r for q, r in zip(questions, found, strict=True) if not q.gold]
    f1 = [max(token_f1(r.text, g) for g in q.gold) for q, r in answerable]
    exact = [float(any(normalize(r.text) == normalize(g) for g in q.gold)) for q, r in answerable]
    given = [r.score >= threshold for _, r in answerable]
    refused = [float(r.score < threshold) for r in rest]
    kept_f1 = [value * kept for value, kept in zip(f1, given, strict=True)]
    kept_exact = [value * kept for value, kept in zip(exact, given, strict=True)]
    return {
        "F1, answering everything": _mean(f1),
        "exact match, answering everything": _mean(exact),
        "AUROC: answerable or not": auroc([r.score for _, r in answerable], [r.score for r in rest]),
        "threshold": threshold,
        "F1 of the answerable": _mean(kept_f1),
        "exact match of the answerable": _mean(kept_exact),
        "no-answer accuracy": _mean(refused),
        "F1 of all": _mean(kept_f1 + refused),
        "exact match of all": _mean(kept_exact + refused),
    }


def best_threshold(questions: Sequence[Given], found: Sequence[Read]) -> float:
    """The threshold with the best F1, chosen on the same data, as by the SQuAD script's best_f1."""
    gain = 0.0
    best, threshold = 0.0, float("inf")
    # by descending score: answering one more question gains its F1 if it is answerable and loses 1 if it is not
    for question, read in sorted(zip(questions, found, strict=True), key=lambda item: -item[1].score):
        gain += max(token_f1(read.text, g) for g in question.gold) if question.gold else -1.0
        if gain > best:
            best, threshold = gain, read.score
    return threshold


def _mean(values: Sequence[float]) -> float | None:
    return mean(values) if values else None


def table(found: dict[str, float | None], title: str) -> Table:
    """The figures, one in each row."""
    made = plain_table(title)
    made.add_column("figure")
    made.add_column("value", justify="right")
    for name, value in found.items():
        made.add_row(name, "n/a" if value is None else f"{value:.4f}")
    return made


def main(
    path: Annotated[Path, typer.Argument(help="a file in SQuAD 1.1 or 2.0 form")],
    limit: Annotated[int | None, typer.Option(help="only the first questions", min=1)] = None,
    threshold: Annotated[
        float | None, typer.Option(help="refuse below this score; without it, the best threshold for this file")
    ] = None,
) -> None:
    """Measure the reader with the gold paragraph given."""
    questions = load_squad(path, limit)
    reader = load_reader(load_settings())
    if reader is None:
        raise ConfigError(f"there is no reader in {WEIGHTS.name!r}; train one with `python -m eval.train.reader`")
    with progress_bar("reading") as bar:
        task = bar.add_task("", total=len(questions))
        answers = read_all(reader, questions, lambda n: bar.update(task, completed=n))
    chosen = best_threshold(questions, answers) if threshold is None else threshold
    how = "best threshold for this file" if threshold is None else "threshold given"
    console().print(table(figures(questions, answers, chosen), f"{path.name}: {len(questions)} questions, {how}"))


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)

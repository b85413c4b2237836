"""Measure what each stage of retrieval contributes: `python -m eval.studies.ablation SET...`.

Each SET is a folder with cases.jsonl and documents/, or seeds. The candidates of a question are the same in all rows; a
row says by which of their scores they are ranked. The last column is measured without a threshold, so that it shows
the quality of the quotes and not of the refusals.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from eval.cases.gold import Case, load_cases
from eval.console import one_line_errors, plain_table, progress_bar
from eval.metrics.answer import evidence_hits
from eval.overlap import holds
from eval.runs.corpus import build, gold_set, settings_for
from rag.answer.quotes import quotes_for
from rag.assistant import Assistant
from rag.export.terminal import console
from rag.retrieve.features import Features, load_weights, rank_score
from rag.retrieve.rerank import Candidate
from rag.retrieve.retriever import KEYWORD_WEIGHT
from rag.schema import Passage
from rag.settings import Settings, load_settings
from rag.text.condense import condense
from rag.text.question import Question

RankScore = Callable[[Features, float], float]
"""Of the features of a candidate, and the reciprocal rank fusion of its chunk."""
WEIGHTS = load_weights()
WORDING = ("misfit", "cue", "words", "row_words", "fragment", "repeat")
SPAN = 0.25  # weight of the span's logit relative to the relevance, as in eval.studies.reading
RRF_K = 60  # the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009)


class RankingStage(NamedTuple):
    """A way to rank: its name, its score, and whether it uses the reader's spans."""

    name: str
    score: RankScore
    reads: bool


def _weighted(without: Sequence[str]) -> RankScore:
    weights = WEIGHTS | dict.fromkeys(without, 0.0)
    return lambda features, _: rank_score(weights, features)


STAGES = (
    RankingStage("cosine of the chunk", lambda f, _: f.dense, reads=False),
    RankingStage("BM25 of the chunk", lambda f, _: f.bm25, reads=False),
    RankingStage("both, by reciprocal ranks", lambda _, ranks: ranks, reads=False),
    RankingStage("both, their scores added", lambda f, _: f.dense + KEYWORD_WEIGHT * f.bm25, reads=False),
    RankingStage("and BM25 of the document", lambda f, _: f.fused, reads=False),
    RankingStage("the reader alone", lambda f, _: f.relevance + SPAN * f.span, reads=True),
    RankingStage("reader and search", _weighted(("sentence", *WORDING)), reads=True),
    RankingStage("and the sentence by itself", _weighted(WORDING), reads=True),
    RankingStage("and its wording: all", _weighted(()), reads=True),
)


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, help="folders with cases.jsonl and documents/")
    for folder in parser.parse_args().sets:
        outcomes = list(measure(folder, load_settings()))
        table = plain_table(f"{folder.name}: {len(outcomes)} questions")
        for name in ("ranked by", "hit@1", "hit@5", "answer hit"):
            table.add_column(name)
        for column, stage in enumerate(STAGES):
            shares = [sum(row[column][i] for row in outcomes) / len(outcomes) for i in range(3)]
            table.add_row(stage.name, *(f"{share:.3f}" for share in shares))
        console().print(table)
        console().print()


def measure(folder: Path, settings: Settings) -> Iterator[list[tuple[bool, bool, bool]]]:
    """For each answerable question, by stage: hit@1, hit@5, and whether the quotes hold a gold answer."""
    cases, documents = gold_set(folder)
    over = settings_for(documents, settings)
    build(documents, over)
    with Assistant(over) as assistant, progress_bar(folder.name) as bar:
        for case in bar.track([c for c in load_cases(cases) if c.answerable and "long" not in c.tags]):
            question = Question.parse(case.question, condense(case.question, case.history))
            ranked = assistant.retriever.ranked(question)
            ranks = fused_ranks(ranked)
            yield [_outcome(case, question, assistant.retriever.assembled(ordered(ranked, ranks, s))) for s in STAGES]


def fused_ranks(candidates: Sequence[Candidate]) -> dict[int, float]:
    """Reciprocal rank fusion of cosine and BM25, for each chunk's row."""
    by_row = {c.stored.row: c.features for c in candidates}
    fused = dict.fromkeys(by_row, 0.0)
    for scores in ({r: f.dense for r, f in by_row.items()}, {r: f.bm25 for r, f in by_row.items()}):
        ordered_rows = sorted((row for row, score in scores.items() if score > 0), key=lambda row: -scores[row])
        for rank, row in enumerate(ordered_rows, 1):
            fused[row] += 1 / (RRF_K + rank)
    return fused


def ordered(candidates: Sequence[Candidate], ranks: Mapping[int, float], stage: RankingStage) -> list[Candidate]:
    """The candidates as a stage ranks them, where it uses spans, those without one come last."""

    def score(c: Candidate) -> float:
        return stage.score(c.features, ranks[c.stored.row])

    if not stage.reads:
        once = {c.stored.row: replace(c, span=None) for c in candidates}
        return sorted(once.values(), key=lambda c: -score(c))
    spanned = [replace(c, span=replace(c.span, score=score(c))) for c in candidates if c.span]
    return sorted(spanned, key=lambda c: -c.span.score if c.span else 0.0) + [c for c in candidates if not c.span]


def _outcome(case: Case, question: Question, passages: Sequence[Passage]) -> tuple[bool, bool, bool]:
    hits = evidence_hits(case, passages)
    text = " ".join(quote.text for quote in quotes_for(question, passages))
    return any(hits[:1]), any(hits[:5]), any(holds(text, gold) for gold in case.answers)


if __name__ == "__main__":
    with one_line_errors():
        main()

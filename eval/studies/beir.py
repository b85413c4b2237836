"""Measure retrieval alone on a data set in BEIR format, against BM25 over the same index.

    python -m eval.studies.beir FOLDER        (with corpus.jsonl, queries.jsonl and qrels.tsv)

A document is ranked by its best passage (or chunk, for BM25). Figures are ir_measures' nDCG@10, R@100 and RR@10.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

import ir_measures
import typer
from ir_measures import RR, R, nDCG
from rich.table import Table

from eval.cases.beir import DataSet, read_beir, write_documents
from eval.console import one_line_errors, plain_table, progress_bar
from eval.runs.corpus import build, settings_for
from rag.assistant import Assistant
from rag.export.terminal import console
from rag.models.encoder import Encoder
from rag.settings import Settings, load_settings
from rag.store.ledger import Ledger
from rag.text.normalize import searchable

DEPTH = 100
MEASURES = (nDCG @ 10, R @ 100, RR @ 10)
Ranking = dict[str, list[str]]
"""Per query, the ids of documents, best first."""


def ranked(sources: Iterable[str]) -> list[str]:
    """Ids of the documents of passages, each at its best rank, at most DEPTH."""
    return [unquote(source.removesuffix(".txt")) for source in dict.fromkeys(sources)][:DEPTH]


def figures(data: DataSet, ranking: Ranking) -> dict[str, float]:
    """The measures of one ranking, by name."""
    run = {query: {name: float(-place) for place, name in enumerate(names)} for query, names in ranking.items()}
    values = ir_measures.calc_aggregate(MEASURES, data.relevant, run)
    return {str(measure): float(values[measure]) for measure in MEASURES}


def compare(
    data: DataSet, settings: Settings, cache: Path, encoder: Encoder | None = None
) -> dict[str, dict[str, float]]:
    """Index the corpus in the cache folder and rank it for every query, by the project and by BM25."""
    write_documents(data, cache)
    # more than in a user's search, so that a hundred documents can be ranked
    deep = settings_for(cache, settings).model_copy(update={"retrieve_top_k": 200, "top_k": 2 * DEPTH})
    build(cache, deep, encoder)
    with (
        Assistant(deep, encoder=encoder) as engine,
        Ledger.open(deep.data_dir) as ledger,
        progress_bar("ranking") as bar,
    ):
        task = bar.add_task("", total=len(data.queries))
        ours, bm25 = {}, {}
        for name, text in data.queries.items():
            ours[name] = ranked(p.source for p in engine.search(text))
            rows = [row for row, _ in ledger.keywords.chunks(searchable(text), 5 * DEPTH)]
            bm25[name] = ranked(c.chunk.source for c in ledger.chunks(rows))
            bar.advance(task)
    return {"this project": figures(data, ours), "its BM25 alone": figures(data, bm25)}


def table(found: dict[str, dict[str, float]], title: str) -> Table:
    """The figures of each ranking as a row."""
    made = plain_table(title)
    for column in ("ranking", *next(iter(found.values()))):
        made.add_column(column)
    for name, values in found.items():
        made.add_row(name, *(f"{value:.4f}" for value in values.values()))
    return made


def limited(data: DataSet, limit: int | None) -> DataSet:
    """The first `limit` queries, or all."""
    queries = dict(list(data.queries.items())[:limit])
    return DataSet(data.documents, queries, {q: r for q, r in data.relevant.items() if q in queries})


def main(
    folder: Annotated[Path, typer.Argument(help="folder with corpus.jsonl, queries.jsonl and qrels.tsv")],
    limit: Annotated[int | None, typer.Option(help="only the first queries", min=1)] = None,
) -> None:
    """Compare the project's retrieval with BM25 on a data set in BEIR format."""
    settings, data = load_settings(), limited(read_beir(folder), limit)
    compared = compare(data, settings, settings.cache_dir / "eval" / "beir" / folder.resolve().name)
    title = f"{folder.resolve().name}: {len(data.queries)} queries over {len(data.documents)} documents"
    console().print(table(compared, title))


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)

"""Read data sets in BEIR format (corpus.jsonl, queries.jsonl, qrels.tsv), and write one text file per document."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rag.errors import CasesError


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set in BEIR format; `relevant` holds a grade per query and document."""

    documents: dict[str, str]
    queries: dict[str, str]
    relevant: dict[str, dict[str, int]]


def read_beir(folder: Path) -> DataSet:
    """Read the three files; queries without judgements are left out. Raises CasesError where one is malformed."""
    corpus = {row["_id"]: f"{row.get('title', '')}\n\n{row['text']}\n" for row in _rows(folder / "corpus.jsonl")}
    queries = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    relevant: dict[str, dict[str, int]] = {}
    path = folder / "qrels.tsv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise CasesError(
            f"{str(path)!r} is not a table of query-id, corpus-id and score ({error!r}); write it as BEIR does"
        ) from None
    with_judgements = {name: text for name, text in queries.items() if name in relevant}
    if not with_judgements:
        raise CasesError(f"no query of {str(folder)!r} has a judgement in 'qrels.tsv'; check its ids")
    return DataSet(corpus, with_judgements, relevant)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise CasesError(f"{str(path)!r} cannot be read as JSON lines ({error}); correct it") from None
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in ("_id", "text")):
            raise CasesError(f"{path}, line {number}: a record needs the strings '_id' and 'text'; it is {row!r:.80}")
    return rows


def write_documents(data: DataSet, folder: Path) -> None:
    """Write one text file per document, named by its id; existing files with the same text are left unchanged."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in data.documents.items():
        path = folder / f"{quote(name, safe='')}.txt"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")

"""How many cells of `rag table` over coroners' reports are right: `python -m eval.studies.reports pfd`.

The gold (eval/cases/reports-table.jsonl) has four questions for 60 reports. It holds no text of them: an answer is a
digest of the source with the answer's words (`gold_digest`), and right is a cell in whose words a run has that digest.
"""

import argparse
import hashlib
import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.console import plain_table, progress_bar
from eval.overlap import words
from eval.runs.corpus import build, gold_set, settings_for
from rag.assistant import Assistant
from rag.export.terminal import console
from rag.settings import load_settings
from rag.tables.values import Cell

GOLD = Path(__file__).parent.parent / "cases" / "reports-table.jsonl"
ARTICLES = frozenset({"a", "an", "the"})
JUDGED = ("right", "right in its quote", "wrong", "answered where nothing is", "empty", "empty, rightly")


def main() -> None:
    """Print a row for each question, and the time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the set of reports, a folder with documents/")
    args = parser.parse_args()
    gold = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    questions, sources = (list(dict.fromkeys(row[name] for row in gold)) for name in ("question", "source"))
    _, documents = gold_set(args.folder)
    over = settings_for(documents, load_settings())
    build(documents, over)
    with Assistant(over) as assistant, progress_bar("asking every report") as bar:
        began = time.perf_counter()
        *_, table = bar.track(assistant.stream_table(questions, sources, fresh=True), total=len(gold) + 1)
        seconds = time.perf_counter() - began
    cells = {(row.source, q): cell for row in table.rows for q, cell in zip(questions, row.cells, strict=True)}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in gold:
        counts[row["question"]][judge(row, cells[row["source"], row["question"]])] += 1
    _print(counts, len(gold), seconds)


def gold_digest(source: str, said: Sequence[str]) -> str:
    """The digest of an answer's words, without articles, in a report."""
    return hashlib.sha256(" ".join([source, *said]).encode()).hexdigest()[:20]


def judge(gold: dict[str, Any], cell: Cell) -> str:
    """One of JUDGED; a cell marked as uncertain counts as empty."""
    if not cell.text or cell.is_uncertain:
        return "empty" if gold["sha256"] else "empty, rightly"
    if not gold["sha256"]:
        return "answered where nothing is"
    quoted = cell.citation.quote if cell.citation else ""
    return "right" if _says(gold, cell.text) else "right in its quote" if _says(gold, quoted) else "wrong"


def _says(gold: dict[str, Any], text: str) -> bool:
    said = [word for word in words(text) if word not in ARTICLES]
    runs = (said[i : i + n] for n in set(gold["words"]) for i in range(len(said) - n + 1))
    return any(gold_digest(gold["source"], run) in gold["sha256"] for run in runs)


def _print(counts: dict[str, Counter[str]], cells: int, seconds: float) -> None:
    table = plain_table("reports")
    for column in (*JUDGED, "right of answered"):
        table.add_column(column, justify="right")
    for question, counted in [*counts.items(), ("all", sum(counts.values(), Counter[str]()))]:
        answered = sum(counted[name] for name in JUDGED[:4])
        table.add_row(question, *(str(counted[name]) for name in JUDGED), f"{counted['right'] / max(answered, 1):.3f}")
    console().print(table)
    console().print(f"{cells} cells in {seconds:.1f} s: {seconds / cells:.3f} s a cell")


if __name__ == "__main__":
    main()

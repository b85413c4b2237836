"""Ask about people and places that no document has: `python -m eval.studies.strangers [SET...]`.

Each SET is a folder with documents/, or seeds (the default). The questions of eval/cases/guards/strangers.jsonl are
asked as they are and in lower case; a refusal is right. Rare words of strangers-ordinary.jsonl are no names: the last
column says how many questions had one taken for a name.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from eval.console import plain_table, progress_bar
from eval.runs.corpus import build, gold_set, settings_for
from eval.studies.guards import read
from rag.assistant import Assistant
from rag.export.terminal import console
from rag.settings import Settings, load_settings

SEEDS = Path(__file__).parent.parent.parent / "seeds"


def main() -> None:
    """Print a row for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path, default=[SEEDS], help="folders with documents/")
    args = parser.parse_args()
    table = plain_table("strangers")
    for column in ("documents", "refused as written", "refused in lower case", "ordinary words taken for names"):
        table.add_column(column)
    for folder in args.sets:
        table.add_row(folder.name, *(f"{rate:.3f}" for rate in rates(folder, load_settings())))
    console().print(table)


def rates(folder: Path, settings: Settings) -> tuple[float, float, float]:
    """Shares 0..1: of strangers refused as written and in lower case, and of ordinary words taken for names."""
    _, documents = gold_set(folder)
    over = settings_for(documents, settings)
    build(documents, over)
    strangers = [case["question"] for case in read("strangers")]
    ordinary = [(case["question"], case["rare_word"]) for case in read("strangers-ordinary")]
    with Assistant(over) as assistant:
        written, lower = (_refused(assistant, asked) for asked in (strangers, [q.lower() for q in strangers]))
        taken = sum(word.lower() in " ".join(assistant.parse(q, q).spotted).lower() for q, word in ordinary)
    return written, lower, taken / len(ordinary)


def _refused(assistant: Assistant, questions: Sequence[str]) -> float:
    with progress_bar("asking about strangers") as bar:
        answers = [assistant.ask(question) for question in bar.track(questions)]
    return sum(answer.status in ("not_in_documents", "uncertain") for answer in answers) / len(questions)


if __name__ == "__main__":
    main()

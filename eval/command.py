"""Run `rag eval`, `rag eval-diff` and `rag eval-new`: functions with plain arguments that return an exit status.

They build the index and open the assistant; `eval.measure` asks and scores.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from eval.cases.create import Interview, write_drafts
from eval.cases.gold import Case, cases_digest, evidence_problems, load_cases, select
from eval.engine import text_of
from eval.measure import Outputs, documents_identity, measure
from eval.runs.corpus import build, settings_for
from eval.runs.diff import compare, print_comparison
from eval.runs.gate import load_thresholds
from eval.runs.judge import chat_judge
from eval.runs.run import ROOT, make_header
from eval.runs.runfile import read_run
from rag.assistant import Assistant
from rag.errors import ConfigError
from rag.export.terminal import console, printable
from rag.models.encoder import Encoder
from rag.models.reader import WEIGHTS
from rag.offline import set_matplotlib_folder
from rag.settings import Settings
from rag.store.feedback import FOLDER as FEEDBACK
from rag.store.ledger import Ledger

SEEDS = ROOT / "seeds"
SEEDS_CASES = Path(__file__).parent / "cases" / "seeds.jsonl"
PROMPTS = ROOT / "prompts"


def run_command(
    cases: Path | None,
    documents: Path | None,
    settings: Settings,
    *,
    run: Path | None = None,
    html: Path | None = None,
    gate: Path | None = None,
    limit: int | None = None,
    tag: str | None = None,
    judge: bool = False,
    encoder: Encoder | None = None,
) -> int:
    """Measure the assistant on gold cases; returns 0, 4 below a threshold of `gate`, 1 where every case crashed.

    Without `cases`: those of seeds/, over a temporary index of it. Without `documents`: the folder "documents" beside
    the cases, or the user's own index where the cases are feedback from the page. Raises CasesError and ConfigError
    before anything is indexed.
    """
    if cases is None and documents is not None:
        raise ConfigError(f"cases for {str(documents)!r} are missing; give a file, `rag eval-new` writes one")
    for path in filter(None, (run, html)):
        if not path.resolve().parent.is_dir():
            raise ConfigError(f"{str(path)!r} cannot be written: its folder is missing; make it or give another path")
    if html:
        set_matplotlib_folder(settings.cache_dir)
    file = cases or SEEDS_CASES
    selected = select(load_cases(file), tag, limit)
    outputs = Outputs(run, html, load_thresholds(gate) if gate else ())
    llm_judge = chat_judge(settings) if judge else None
    with _eval_index(_target(cases, documents, settings), settings) as (folder, index_settings):
        failed = build(folder, index_settings, encoder).failed if folder else ()
        with Assistant(index_settings, encoder=encoder) as engine:
            warnings = [f"not indexed: {one.source}: {one.reason}" for one in failed]
            warnings += evidence_problems(selected, lambda source: text_of(engine, source))
            header = make_header(
                _cases_identity(file, selected),
                documents_identity(engine),
                index_settings,
                {"index": _index_digest(index_settings), **_data_digests()},
                warnings,
            )
            return measure(engine, selected, header, outputs, out=console(), judge=llm_judge)


def diff_command(a: Path, b: Path) -> int:
    """Print the differences between two run files; returns 0. Raises CasesError where one cannot be read."""
    print_comparison(console(), compare(read_run(a), read_run(b)))
    return 0


class _Terminal:
    """Asks and shows on the user's terminal."""

    def ask(self, prompt: str) -> str:
        return input(f"{printable(prompt)}: ")

    def show(self, text: str) -> None:
        console().print("\n".join(map(printable, text.split("\n"))))


def new_command(
    documents: Path, out: Path, settings: Settings, *, draft: int | None = None, encoder: Encoder | None = None
) -> int:
    """Ask the user for gold cases about a folder and write them to `out`, or add `draft` drafts to it; returns 0."""
    index_settings = settings_for(documents, settings)
    build(documents, index_settings, encoder)
    with Assistant(index_settings, encoder=encoder) as engine:
        if draft is not None:
            written = write_drafts(engine, out, draft)
            note = "Write their questions and remove the tag 'draft'; until then they are not scored."
        else:
            written, note = Interview(engine, _Terminal(), out).run(), "`rag eval` scores them."
    console().print(
        printable(
            f"{written} case{'' if written == 1 else 's'} written to {out}. {note}"
            if written
            else f"Nothing was written to {out}."
        )
    )
    return 0


Target = Path | Literal["seeds", "own index"]


@contextmanager
def _eval_index(target: Target, settings: Settings) -> Iterator[tuple[Path | None, Settings]]:
    """The folder to index, None for the user's own index, and the settings of its index; for seeds/ a temporary one."""
    if target == "own index":
        yield None, settings
        return
    if isinstance(target, Path):
        yield target, settings_for(target, settings)
        return
    if not SEEDS.is_dir():
        raise ConfigError(f"there is no {str(SEEDS)!r}: it comes with a clone only; give cases and --documents")
    with tempfile.TemporaryDirectory() as folder:
        yield SEEDS, settings.model_copy(update={"data_dir": Path(folder), "chroma_url": ""})


def _target(cases: Path | None, documents: Path | None, settings: Settings) -> Target:
    """The documents that the cases are about."""
    if cases is None:
        return "seeds"
    if documents is None and cases.resolve().is_relative_to((settings.data_dir / FEEDBACK).resolve()):
        return "own index"
    return documents or _beside(cases)


def _beside(cases: Path) -> Path:
    folder = cases.parent / "documents"
    if not folder.is_dir():
        raise ConfigError(f"the documents of {str(cases)!r} are not beside it; give their folder with --documents")
    return folder


def _cases_identity(file: Path, cases: Sequence[Case]) -> dict[str, Any]:
    return {"file": f"{file.resolve().parent.name}/{file.name}", "digest": cases_digest(cases), "count": len(cases)}


def _index_digest(settings: Settings) -> str:
    with Ledger.open(settings.data_dir) as ledger:
        return ledger.digest()


def _data_digests() -> dict[str, str]:
    """Hashes of the reader's weights and of the prompts, which no package version covers."""
    prompts = b"".join(path.read_bytes() for path in sorted(PROMPTS.glob("*.md")))
    reader = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:16] if WEIGHTS.is_file() else "none"
    return {"reader": reader, "prompts": hashlib.sha256(prompts).hexdigest()[:16]}

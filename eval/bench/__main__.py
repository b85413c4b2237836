"""Compare speed with other stacks in one run: `make bench` (`python -m eval.bench [FOLDER | --beir DATA]`).

Whole processes are timed, ours and theirs in turn, and medians and ratios are printed: (a) indexing a folder, (b) a
warm query, (c) the first answer of a process, (d) indexing again, (e) an answer with the reader. The other stacks are
measured where `make bench-peers` has installed them. Without a folder the text is synthetic.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.bench.processes import PEERS, Timed, child, folders, machine, median, rag, timed
from eval.cases.synthetic import write_abstracts, write_synthetic
from eval.console import one_line_errors
from eval.runs.run import ROOT

STACKS = ("naive", "llamaindex", "txtai")
FILES = 5_000  # of part (d)
PARTS = "abcde"
THEIRS = (PEERS, "-P", ROOT / "eval" / "bench" / "peers.py")  # -P: else modules of eval/bench/ would hide others


@dataclass(frozen=True, slots=True)
class Bench:
    """The folders of a run: `docs` are indexed, `asked` is a file of questions, `home` gets everything written."""

    docs: Path
    asked: Path
    home: Path
    rounds: int

    def ours(self, name: str) -> dict[str, str]:
        """The environment of our processes with the data folder `name` and one common cache folder."""
        return folders(self.home / name, self.home / "cache")

    def report(self, what: str, **figures: Any) -> None:
        """Print figures as one line of JSON."""
        shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}
        print(json.dumps({"what": what} | shown), flush=True)

    def theirs(self, stack: str) -> Timed:
        """Index and ask with another stack, from an empty folder."""
        data = self.home / stack
        shutil.rmtree(data, ignore_errors=True)
        return timed([*THEIRS, stack, self.docs, data, self.asked])


def indexing(bench: Bench, stacks: tuple[str, ...]) -> None:
    """(a) and (b): index a folder from scratch, then ask its questions one by one."""
    rates: dict[str, list[float]] = {name: [] for name in ("ours", *stacks)}
    queries: dict[str, list[float]] = {name: [] for name in ("ours", *stacks)}
    shares: list[float] = []
    for _ in range(bench.rounds):
        shutil.rmtree(bench.home / "ours", ignore_errors=True)
        environment = bench.ours("ours")
        run = timed(rag("index", bench.docs), environment)
        size = timed(child("size"), environment).output
        alone = timed(child("encoding", "1500"), environment).output["chunks_per_second"]
        rates["ours"].append(size["characters"] / run.seconds)
        shares.append(size["chunks"] / run.seconds / alone)
        asked = timed(child("retrieval", bench.asked), environment).output
        queries["ours"].append(asked["p50"])
        bench.report("ours", seconds=run.seconds, **size, encoder_alone=alone, query=asked)
        for stack in stacks:
            measured = bench.theirs(stack)
            rates[stack].append(size["characters"] / measured.output["index"])
            queries[stack].append(measured.output["p50"])
            bench.report(stack, whole_process=measured.seconds, **measured.output)
    bench.report("(a) index, share of what the encoder alone does", median=median(shares))
    ours = median(rates["ours"])
    for name, several in rates.items():
        bench.report(f"(a) index, {name}", characters_per_second=median(several), ours_is_times=ours / median(several))
    for name, several in queries.items():
        bench.report(
            f"(b) warm query p50, {name}", ms=median(several), ours_is=median(queries["ours"]) / median(several)
        )


def cold(bench: Bench, peers: bool) -> None:
    """(c): `rag ask` in a new process, in turn with importing the usual packages and loading the model."""
    question = json.loads(bench.asked.read_text(encoding="utf-8"))[0]
    ours, theirs = [], []
    for _ in range(2 * bench.rounds + 1):
        ours.append(timed(rag("ask", question, "--json"), bench.ours("ours")).seconds)
        if peers:
            theirs.append(timed([*THEIRS, "load"]).seconds)
    # the first run of each fills the disk cache
    figures = {"seconds": median(ours[1:])}
    if theirs:
        figures |= {"imports_and_model": median(theirs[1:]), "ratio": median(ours[1:]) / median(theirs[1:])}
    bench.report("(c) cold `rag ask`", **figures)


def again(bench: Bench) -> None:
    """(d): index FILES files again, unchanged and with one of them changed."""
    docs, environment = bench.home / "many", bench.ours("many-data")
    write_small(docs)
    timed(rag("index", docs), environment)
    nothing, one = [], []
    for number in range(2 * bench.rounds):
        nothing.append(timed(rag("index", docs), environment).seconds)
        changed = docs / f"{number:05}.txt"
        changed.write_text(f"{changed.read_text(encoding='utf-8')}One more sentence {number}.\n", encoding="utf-8")
        one.append(timed(rag("index", docs), environment).seconds)
    bench.report("(d) again, nothing changed", files=FILES, seconds=median(nothing))
    bench.report("(d) again, one file changed", seconds=median(one), more=median(one) - median(nothing))


def write_small(folder: Path) -> None:
    """Write FILES short files, so that scanning is measured, not encoding."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        path = folder / f"{number:05}.txt"
        path.write_text(f"Note {number}\n\nWhat was said about matter {number} stands here.\n", encoding="utf-8")


def reading(bench: Bench) -> None:
    """(e): whole answers with the reader."""
    bench.report("(e) answer with reading", **timed(child("answers", bench.asked), bench.ours("ours")).output)


@contextmanager
def prepared(folder: Path | None, beir: Path | None, documents: int, rounds: int) -> Iterator[Bench]:
    """Documents and questions in a temporary folder; the runtimes are measured before anything is timed."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        docs = folder or home / "docs"
        if beir:
            questions = write_abstracts(beir, docs)
            for path in sorted(docs.iterdir())[documents:]:
                path.unlink()
        elif folder:
            questions = [f"what does it say about {path.stem}?" for path in sorted(folder.rglob("*.txt"))[:100]]
        else:
            questions = write_synthetic(docs, documents)
        asked = home / "questions.json"
        asked.write_text(json.dumps(questions), encoding="utf-8")
        write_synthetic(home / "warm", 1)
        timed(rag("index", home / "warm"), folders(home / "warm-data", home / "cache"))
        yield Bench(docs, asked, home, rounds)


def main(
    folder: Annotated[Path | None, typer.Argument(help="a folder of .txt files; without it, synthetic text")] = None,
    beir: Annotated[Path | None, typer.Option(help="a data set in BEIR format instead, e.g. SciFact")] = None,
    documents: Annotated[int, typer.Option(help="number of documents, of the data set or synthetic")] = 300,
    rounds: Annotated[int, typer.Option(help="repetitions of every measurement", min=1)] = 3,
    parts: Annotated[str, typer.Option(help="parts to measure")] = PARTS,
) -> None:
    """Measure speed, as ratios to other stacks."""
    stacks = STACKS if PEERS.exists() else ()
    print(machine() + ("" if stacks else "; no peers here: `make bench-peers` installs them"), flush=True)
    with prepared(folder, beir, documents, rounds) as bench:
        if set("ab") & set(parts):
            indexing(bench, stacks)
        else:
            timed(rag("index", bench.docs), bench.ours("ours"))
        if "c" in parts:
            cold(bench, bool(stacks))
        if "d" in parts:
            again(bench)
        if "e" in parts:
            reading(bench)


if __name__ == "__main__":
    with one_line_errors():
        typer.run(main)

"""A small corpus, and everything a user could notice about the index built from it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from index import BuildReport, build_index
from rag.models.hash_encoder import HashEncoder
from rag.settings import Settings
from rag.store.ledger import Ledger
from rag.store.vectors import VectorStore

ENCODER = HashEncoder()
VECTOR = ENCODER.encode(["the keeper of topic 3 painted the lamp room"])[0]
QUESTIONS = ["harbour gate 7", "who painted the lamp room?", "the keeper of topic 3", "colour of paragraph 11"]


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(**({"data_dir": folder / "data", "chunk_tokens": 60} | more))


def build(*paths: Path, into: Settings, **more: Any) -> BuildReport:
    return build_index(list(paths), into, encoder=ENCODER, **more)


def text(topic: int, paragraphs: int = 12) -> str:
    return f"Topic {topic}\n\n" + "\n\n".join(
        f"The harbour of topic {topic} has gate {topic * 31 + n}. Its keeper painted the lamp room in colour "
        f"{n * topic} before paragraph {n} was written down. Nobody else was there on day {n + topic} of that year."
        for n in range(paragraphs)
    )


def write_corpus(folder: Path, files: int = 8) -> Path:
    for number in range(files):
        path = folder / f"part{number % 3}" / f"topic{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(number))
    return folder


def everything(at: Settings) -> dict[str, Any]:
    """What the index holds and finds, without row numbers and times, which differ between two builds."""
    with Ledger.open(at.data_dir) as ledger:
        documents = {info.source: ledger.document(info.source) for info in ledger.documents()}
        chunks = {source: ledger.chunks_of(source) for source in documents}
        identity = {stored.row: stored.chunk.id for several in chunks.values() for stored in several}
        rows, vectors = ledger.vectors()
        store = VectorStore(ledger, at, ENCODER)
        found = {q: store.search(ENCODER.encode([q])[0], 10) for q in QUESTIONS}
        note, trouble = store.note, store.check()
        store.close()
        return {
            "documents": documents,
            "chunks": {source: [stored.chunk for stored in several] for source, several in chunks.items()},
            "vectors": {identity[row]: vector.tolist() for row, vector in zip(rows.tolist(), vectors, strict=True)},
            "words": {
                q: sorted((-score, identity[row]) for row, score in ledger.keywords.chunks(q, 1000)) for q in QUESTIONS
            },
            "nearest": {q: [round(score, 4) for _, score in hits] for q, hits in found.items()},
            "digest": ledger.digest(),
            "damage": ledger.damage(),
            "store": (note, trouble),
        }


def exact(ledger: Ledger, vector: np.ndarray, k: int) -> list[float]:
    """The similarities of the `k` nearest vectors, by plain arithmetic."""
    return [round(float(score), 4) for score in sorted(ledger.vectors()[1] @ vector, reverse=True)[:k]]


def scores(store: VectorStore, k: int = 10, sources: list[str] | None = None) -> list[float]:
    """The similarities that a store finds for VECTOR."""
    return [round(score, 4) for _, score in store.search(VECTOR, k, sources)]


READER = """
import sys
import rag.store.vectors
from pathlib import Path
from indexkit import ENCODER, exact, settings
from rag.store.ledger import Ledger
from rag.store.vectors import VectorStore
rag.store.vectors.MAX_EXACT_ROWS = int(sys.argv[2])
at = settings(Path(sys.argv[1]))
ledger = Ledger.open(at.data_dir)
store = VectorStore(ledger, at, ENCODER)
vector = ENCODER.encode(["the keeper of topic 3 painted the lamp room"])[0]
for line in sys.stdin:
    found = [round(score, 4) for _, score in store.search(vector, 10)]
    print(len(ledger.documents()), found == exact(ledger, vector, 10), repr(store.note), flush=True)
"""


def python(code: str, *arguments: object, **more: object) -> "subprocess.Popen[str]":
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": f"{here.parent}{os.pathsep}{here}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more,
    )  # fmt: skip

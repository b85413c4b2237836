"""What `rag doctor` says: versions, encoder, reader, index, model, and where passages would be sent."""

import os
import platform
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rag.errors import IndexMissing, RagError
from rag.models import chat as models
from rag.models.encoder import BUNDLED_SHA256, encoder_folder, weights_digest
from rag.models.reader import WEIGHTS
from rag.models.runtimes import Checkpoint, choose_runtime, open_encoder
from rag.settings import Settings, read_settings
from rag.store.data_folder import make_data_folder
from rag.store.ledger import Ledger
from rag.store.vectors import VectorStore

PACKAGES = ("rag-assistant", "langchain-core", "chromadb", "sentence-transformers", "torch", "openvino", "gradio")

TELEMETRY = Path("Microsoft") / "DeveloperTools" / ".onnxruntime"  # of onnxruntime 1.32, in the user's cache folder


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: `ok` is False for what the user should mend."""

    name: str
    text: str
    ok: bool = True


def report() -> Iterator[Line]:
    """Findings, one after the other as they are made."""
    yield Line("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Line("packages", ", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    try:
        settings, notices = read_settings()
    except RagError as error:
        yield Line("settings", str(error), ok=False)
        return
    yield from (Line("settings", notice) for notice in notices)
    yield _data_folder(settings)
    yield Line("cache folder", str(settings.cache_dir))
    yield from _left_behind()
    for check in (_encoder, _reader, _index, _model):
        try:
            yield from check(settings)
        except RagError as error:
            yield Line(check.__name__.strip("_"), str(error), ok=False)


def _data_folder(settings: Settings) -> Line:
    try:
        make_data_folder(settings.data_dir)
    except RagError as error:
        return Line("data folder", str(error), ok=False)
    return Line("data folder", str(settings.data_dir))


def _left_behind() -> Iterator[Line]:
    """What onnxruntime has written for its telemetry: version 0.1 loaded it, and other programs may."""
    home = Path.home()
    caches = (os.environ.get("XDG_CACHE_HOME") or home / ".cache", home / "Library" / "Application Support")
    found = [folder for cache in caches if (folder := Path(cache) / TELEMETRY).is_dir()]
    if found:
        session = Path(tempfile.gettempdir()) / ".ses"
        files = shlex.join(map(str, [*found, session] if session.exists() else found))
        said = "onnxruntime keeps an id of this machine for its telemetry (version 0.1 loaded it; other programs may)"
        yield Line("left behind", f"{said}; to delete it: rm -r {files}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _encoder(settings: Settings) -> Iterator[Line]:
    folder = encoder_folder(settings.encoder)
    digest = weights_digest(folder)
    intact = settings.encoder != "bundled" or digest == BUNDLED_SHA256
    verdict = "" if intact else ", which is not the digest of all-MiniLM-L6-v2: install again"
    runtime = choose_runtime(settings, Checkpoint.of(folder))
    yield Line("encoder", f"{settings.encoder}, sha256 {digest[:16]}{verdict}, runs on {runtime}", intact)


def _reader(settings: Settings) -> Iterator[Line]:
    if not WEIGHTS.is_file():
        text = f"{WEIGHTS.name} is missing: answers are picked by shared words and refusals are weaker; install again"
        yield Line("reader", text, ok=False)
    elif settings.rerank_top_k == 0:
        yield Line("reader", "switched off by RAG_RERANK_TOP_K=0")
    else:
        yield Line("reader", f"reads {settings.rerank_top_k} windows for a question")


def _index(settings: Settings) -> Iterator[Line]:
    try:
        ledger = Ledger.open(settings.data_dir)
    except IndexMissing as error:
        yield Line("index", str(error))
        return
    with ledger:
        damage = ledger.damage()
        documents = ledger.documents()
        size = f"{len(documents)} documents, {sum(d.chunks for d in documents)} chunks, digest {ledger.digest()}"
        yield Line("index", damage or size, not damage)
        store = VectorStore(ledger, settings, open_encoder(settings, ledger.meta("encoder")))
        wrong = store.check()
        store.close()
        place = settings.chroma_url or "the data folder"
        yield Line("vectors", f"{wrong}; the next question mends it" if wrong else f"sound, in {place}", not wrong)


def _model(settings: Settings) -> Iterator[Line]:
    host = models.destination(settings)
    if host is None:
        yield Line("answers", "quotes from the documents; no model is connected and nothing leaves this process")
        return
    yield Line("answers", f"{settings.chat_model}; passages would be sent to {host}")
    wrong = models.ping(settings)
    yield Line("model", wrong or "reachable", not wrong)

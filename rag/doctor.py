"""Check the installation for `rag doctor`: versions, settings, models, index, and where passages would be sent."""

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
from rag.store.vectors import MAX_EXACT_ROWS, VectorStore

PACKAGES = ("rag-assistant", "langchain-core", "chromadb", "sentence-transformers", "torch", "openvino", "gradio")

TELEMETRY = Path("Microsoft") / "DeveloperTools" / ".onnxruntime"  # of onnxruntime 1.32, in the user's cache folder


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `ok` is False where the user has to do something."""

    name: str
    text: str
    ok: bool = True


def report() -> Iterator[Finding]:
    """Yield the findings as they are made."""
    yield Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding("packages", ", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    try:
        settings, notices = read_settings()
    except RagError as error:
        yield Finding("settings", str(error), ok=False)
        return
    yield from (Finding("settings", notice) for notice in notices)
    yield _data_folder(settings)
    yield Finding("cache folder", str(settings.cache_dir))
    yield from _telemetry_files()
    for check in (_encoder, _reader, _index, _model):
        try:
            yield from check(settings)
        except RagError as error:
            yield Finding(check.__name__.strip("_"), str(error), ok=False)


def _data_folder(settings: Settings) -> Finding:
    try:
        make_data_folder(settings.data_dir)
    except RagError as error:
        return Finding("data folder", str(error), ok=False)
    return Finding("data folder", str(settings.data_dir))


def _telemetry_files() -> Iterator[Finding]:
    """Files that onnxruntime wrote for its telemetry: version 0.1 loaded it, and other programs may."""
    home = Path.home()
    caches = (os.environ.get("XDG_CACHE_HOME") or home / ".cache", home / "Library" / "Application Support")
    folders = [folder for cache in caches if (folder := Path(cache) / TELEMETRY).is_dir()]
    if folders:
        session = Path(tempfile.gettempdir()) / ".ses"
        files = shlex.join(map(str, [*folders, session] if session.exists() else folders))
        text = "onnxruntime keeps an id of this machine for its telemetry (version 0.1 loaded it; other programs may)"
        yield Finding("left behind", f"{text}; to delete it: rm -r {files}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _encoder(settings: Settings) -> Iterator[Finding]:
    folder = encoder_folder(settings.encoder)
    digest = weights_digest(folder)
    intact = settings.encoder != "bundled" or digest == BUNDLED_SHA256
    problem = "" if intact else ", which is not the digest of all-MiniLM-L6-v2: install again"
    runtime = choose_runtime(settings, Checkpoint.of(folder))
    yield Finding("encoder", f"{settings.encoder}, sha256 {digest[:16]}{problem}, runs on {runtime}", intact)


def _reader(settings: Settings) -> Iterator[Finding]:
    if not WEIGHTS.is_file():
        text = f"{WEIGHTS.name} is missing: answers are chosen by shared words and refusals are weaker; install again"
        yield Finding("reader", text, ok=False)
    elif settings.rerank_top_k == 0:
        yield Finding("reader", "switched off by RAG_RERANK_TOP_K=0")
    else:
        yield Finding("reader", f"reranks the best {settings.rerank_top_k} candidates of a question")


def _index(settings: Settings) -> Iterator[Finding]:
    try:
        ledger = Ledger.open(settings.data_dir)
    except IndexMissing as error:
        yield Finding("index", str(error))
        return
    with ledger:
        damage = ledger.damage()
        documents = ledger.documents()
        size = f"{len(documents)} documents, {sum(d.chunks for d in documents)} chunks, digest {ledger.digest()}"
        yield Finding("index", damage or size, not damage)
        store = VectorStore(ledger, settings, open_encoder(settings, ledger.meta("encoder")))
        problem = store.check()
        store.close()
        yield _vectors(problem, len(ledger.rows()), settings)


def _vectors(problem: str, rows: int, settings: Settings) -> Finding:
    """What a problem with the vector store means: no answer lacks anything, for the ledger has all vectors."""
    if not problem:
        return Finding("vectors", f"sound, in {settings.chroma_url or 'the data folder'}")
    if rows <= MAX_EXACT_ROWS:
        text = (
            f"all {rows} are compared, as up to {MAX_EXACT_ROWS} always are; the vector store is not needed ({problem})"
        )
        return Finding("vectors", text)
    mend = f"see that Chroma runs at {settings.chroma_url}" if settings.chroma_url else "`rag index` writes it again"
    return Finding("vectors", f"{problem}; all {rows} are compared instead: slower, and just as complete; {mend}")


def _model(settings: Settings) -> Iterator[Finding]:
    host = models.destination(settings)
    if host is None:
        yield Finding("answers", "quotes from the documents; no model is connected and nothing leaves this process")
        if settings.check == "model":
            yield Finding("check", "RAG_CHECK=model has no effect: no model is connected (RAG_CHAT_MODEL)")
        return
    yield Finding("answers", f"{settings.chat_model}; passages would be sent to {host}")
    if settings.check == "model":
        yield Finding("check", f"the model is asked for a second opinion: cited passages would be sent to {host} again")
    wrong = models.ping(settings)
    yield Finding("model", wrong or "reachable", not wrong)

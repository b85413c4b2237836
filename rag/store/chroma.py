"""A Chroma collection of row numbers and vectors, in a folder or on a server; the only file that imports chromadb.

Vectors are always passed in and text never is, so that Chroma has nothing to embed, to download or to leak. Whatever it
raises, panics of its Rust part included, comes out as CollectionError.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx
import numpy as np

from rag.errors import CollectionError, ConfigError
from rag.offline import bypass_proxy

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection as ChromaCollection

NAME = "chunks"
BATCH = 2000  # Chroma takes 5461 at once, its server a body of 40 MiB
CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 60.0
NOISE = 0.001  # length of the noise added to each vector; cosines change by far less
EF_SEARCH = 500  # candidates that a search keeps; docs/performance.md, "Exact or HNSW"
HNSW: "CreateHNSWConfiguration" = {"space": "cosine", "ef_construction": 200}
# a folder is written once and opened often: leave nothing in a log that has to be replayed at every opening
HNSW_IN_FOLDER: "CreateHNSWConfiguration" = {**HNSW, "batch_size": 1, "sync_threshold": 1}


class Collection:
    """An open collection. Every method raises CollectionError where Chroma fails."""

    def __init__(self, client: "Client", collection: "ChromaCollection"):
        self._client = client
        self._collection = collection

    @classmethod
    def open(cls, place: Path | str, name: str = NAME, *, create: bool = False, ef_search: int = EF_SEARCH) -> Self:
        """Open the collection `name` in a folder (Path) or on a server (its address); with `create`, make it."""
        with _collection_errors():
            client = _local_client(place) if isinstance(place, Path) else _server_client(place)
            try:
                if create:
                    hnsw = HNSW_IN_FOLDER if isinstance(place, Path) else HNSW
                    hnsw = {**hnsw, "ef_search": ef_search}
                    opened = client.create_collection(name, configuration={"hnsw": hnsw}, embedding_function=None)
                else:
                    opened = client.get_collection(name, embedding_function=None)
            except BaseException:
                _close(client)
                raise
            return cls(client, opened)

    def count(self) -> int:
        """Number of vectors."""
        with _collection_errors():
            return self._collection.count()

    def search(self, vector: np.ndarray, k: int) -> list[tuple[int, float]]:
        """The `k` nearest rows with their cosine similarity, best first."""
        with _collection_errors():
            results = self._collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
            [ids], [distances] = results["ids"], results["distances"] or [[]]
            return [(int(i), min(1.0, 1 - distance)) for i, distance in zip(ids, distances, strict=True)]

    def add(self, rows: np.ndarray, vectors: np.ndarray) -> None:
        """Add vectors; a row that exists already is replaced."""
        with _collection_errors():
            for at in range(0, len(rows), BATCH):
                ids = [str(row) for row in rows[at : at + BATCH]]
                self._collection.upsert(ids=ids, embeddings=with_noise(rows[at : at + BATCH], vectors[at : at + BATCH]))

    def delete(self, rows: Sequence[int]) -> None:
        """Delete rows; one that does not exist is no error."""
        with _collection_errors():
            for at in range(0, len(rows), BATCH):
                self._collection.delete(ids=[str(row) for row in rows[at : at + BATCH]])

    def drop(self) -> None:
        """Delete the whole collection."""
        with _collection_errors():
            self._client.delete_collection(self._collection.name)

    def close(self) -> None:
        """Close the folder or the connection."""
        with _collection_errors():
            _close(self._client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def with_noise(rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The vectors with a little noise, always the same for a row, so that no two are equal; float32 of unit length.

    HNSW links hundreds of equal vectors to each other only, and a search finds no way past them.
    """
    noise = np.stack([np.random.default_rng(int(row)).standard_normal(vectors.shape[1]) for row in rows])
    noisy = vectors + noise * (NOISE / vectors.shape[1] ** 0.5)
    unit: np.ndarray = (noisy / np.linalg.norm(noisy, axis=1, keepdims=True)).astype(np.float32)
    return unit


def chroma_version() -> str:
    """Version of the installed chromadb, without importing it."""
    return version("chromadb")


def collection_names(address: str) -> list[str]:
    """The names of the collections on a server."""
    with _collection_errors():
        client = _server_client(address)
        try:
            return [collection.name for collection in client.list_collections()]
        finally:
            _close(client)


def _local_client(folder: Path) -> "Client":
    chromadb = _chromadb()
    client: Client = chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))
    return client


def _server_client(address: str) -> "Client":
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ConfigError(f"setting 'chroma_url' cannot be {address!r}: write it as http://host:port")
    port = parts.port or 8000
    # the client has no timeout from its first request on: check first whether there is a server, then set one
    heartbeat = f"{parts.scheme}://{parts.hostname}:{port}/api/v2/heartbeat"
    httpx.get(bypass_proxy(heartbeat), timeout=CONNECT_SECONDS).raise_for_status()
    chromadb = _chromadb()
    settings = chromadb.Settings(anonymized_telemetry=False)
    client = chromadb.HttpClient(parts.hostname, port, ssl=parts.scheme == "https", settings=settings)
    client._server._session.timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    opened: Client = client
    return opened


def _close(client: "Client") -> None:
    client.close()
    for part in (client, client._admin_client):  # each of them leaves a connection to the server open
        session = getattr(getattr(part, "_server", None), "_session", None)
        if session is not None:
            session.close()


@contextmanager
def _collection_errors() -> Iterator[None]:
    try:
        yield
    except (CollectionError, ConfigError):
        raise
    except Exception as error:
        raise CollectionError(f"{type(error).__name__}: {error}") from error
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":  # a panic in the Rust part of Chroma is no Exception
            raise
        raise CollectionError(f"{type(error).__name__}: {error}") from error


def _chromadb() -> ModuleType:
    """Import chromadb, which takes a second, without any setting of its own from the environment."""
    finder = _ConfigFinder()
    sys.meta_path.insert(0, finder)
    try:
        import chromadb  # noqa: PLC0415 (heavy)
    finally:
        sys.meta_path.remove(finder)
    _detach(chromadb.config)
    return chromadb


def _detach(config: ModuleType) -> None:
    config.Settings.model_config.update(env_file=None, env_prefix="nothing_sets_this_")


class _ConfigFinder(MetaPathFinder):
    """Finds `chromadb.config` so that its Settings read neither `.env` nor unprefixed environment variables.

    chromadb makes Settings while it is imported, so that another program's `.env` in the current folder
    (MIGRATIONS=none, or one that is not UTF-8) breaks it or redirects it; after the import is too late.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of this one module, with the loader below."""
        if fullname != "chromadb.config":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _ConfigLoader(fullname, spec.loader.path)
        return spec


class _ConfigLoader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _detach(module)

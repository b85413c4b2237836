"""What the ledger takes in and hands out beside the values of `rag.schema`; all frozen, standard library only."""

from dataclasses import dataclass

from rag.schema import Chunk


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Where a document was read and what its file looked like then.

    `root` and `path` (POSIX, relative to it) are the file's identity. `checked_ns`: when its content was last compared.
    `recipe` names how it was parsed and cut; under another recipe it has to be done again.
    """

    root: str
    path: str
    size: int
    mtime_ns: int
    checked_ns: int
    recipe: str


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document without its text. `pages`, `chunks` and `characters` are counts; `indexed_at`: ISO time in UTC."""

    source: str
    title: str
    digest: str
    date: str | None
    pages: int
    chunks: int
    characters: int
    indexed_at: str
    file: FileStamp

    @property
    def size(self) -> int:
        """Size of the file in bytes."""
        return self.file.size


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk, its row number (never given to another chunk), and the title of its document."""

    row: int
    chunk: Chunk
    title: str


@dataclass(frozen=True, slots=True)
class Root:
    """An indexed folder. `prefix` stands in front of its sources; `whole`: False while only single files were asked.

    `owner`: whose its documents are, "" where they are everybody's.
    """

    path: str
    prefix: str
    whole: bool
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """A copy of the vectors in a vector store.

    It holds the rows up to `row`, under `name` at `place` ("" is the data folder, else a server's address), written by
    `version` of the store. `written`: vectors ever put in. `files`: digest of each file that never changes.
    """

    name: str
    place: str
    row: int
    written: int
    version: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """One commit as a vector store sees it: the newest generation, the newest row, and the rows that left since.

    `rows`: how many chunks there are; `held`: how many of them the generation has to hold.
    """

    revision: int
    generation: Generation | None
    rows: int
    newest_row: int
    held: int
    gone: frozenset[int]

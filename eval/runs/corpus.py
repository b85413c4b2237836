"""Index the documents of a set of cases in the cache folder, apart from the user's own index."""

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from eval.cases.tables import TableDocument
from eval.console import progress_bar
from index import BuildReport, build_index
from rag.errors import ConfigError, IndexMismatch
from rag.models.encoder import Encoder
from rag.settings import Settings

SEEDS, SEEDS_CASES = "seeds", Path(__file__).parent.parent / "cases" / "seeds.jsonl"


def gold_set(folder: Path) -> tuple[Path, Path]:
    """The cases and the documents of a set: a folder with cases.jsonl and documents/, or seeds/."""
    if folder.name == SEEDS and not (folder / "cases.jsonl").exists():
        return SEEDS_CASES, folder
    return folder / "cases.jsonl", folder / "documents"


def settings_for(documents: Path, settings: Settings) -> Settings:
    """The settings with a data folder of its own for these documents, and without a Chroma server.

    Its name is a hash of the folder and of the settings that the index depends on.
    """
    identity = f"{documents.resolve()}\0{settings.encoder}\0{settings.chunk_tokens}"
    name = f"{documents.resolve().name[:40]}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
    return settings.model_copy(update={"data_dir": settings.cache_dir / "eval" / name, "chroma_url": ""})


def build(documents: Path, settings: Settings, encoder: Encoder | None = None) -> BuildReport:
    """Index the folder into the data folder of `settings`. Raises ConfigError where it is not a folder."""
    if not documents.is_dir():
        raise ConfigError(f"{str(documents)!r} is not a folder; give the folder with the documents of the cases")
    with progress_bar("indexing") as bar:
        task = bar.add_task("", total=None)

        def make() -> BuildReport:
            return build_index(
                [documents],
                settings,
                encoder=encoder,
                progress=lambda done, total, _: bar.update(task, completed=done, total=total or None),
            )

        try:
            return make()
        except IndexMismatch:  # vectors of another encoder: the index is only a cache
            if not settings.data_dir.is_relative_to(settings.cache_dir):
                raise
            shutil.rmtree(settings.data_dir)
            return make()


def build_tables(documents: Sequence[TableDocument], settings: Settings) -> Settings:
    """Write the documents of tables as files into the cache folder and index them: the settings of that index."""
    folder = settings.cache_dir / "eval" / "table-documents"
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for document in documents:
        (folder / document.source).write_bytes(document.file())
    over = settings_for(folder, settings)
    build(folder, over)
    return over

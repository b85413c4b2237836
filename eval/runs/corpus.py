"""An index of a folder for measuring: kept in the cache folder, brought up to date each time, never the user's own."""

import hashlib
import shutil
from pathlib import Path

from eval.console import progress_bar
from index import BuildReport, build_index
from rag.errors import ConfigError, IndexMismatch
from rag.models.encoder import Encoder
from rag.settings import Settings

SEEDS, SEEDS_CASES = "seeds", Path(__file__).parent.parent / "cases" / "seeds.jsonl"


def gold_set(folder: Path) -> tuple[Path, Path]:
    """The cases and the documents of a set: a folder with cases.jsonl and documents/, or seeds/ as it ships."""
    if folder.name == SEEDS and not (folder / "cases.jsonl").exists():
        return SEEDS_CASES, folder
    return folder / "cases.jsonl", folder / "documents"


def settings_for(documents: Path, settings: Settings) -> Settings:
    """The settings with a data folder of its own for this folder of documents.

    It is named by what makes an index differ; a Chroma server stays out of it.
    """
    identity = f"{documents.resolve()}\0{settings.encoder}\0{settings.chunk_tokens}"
    name = f"{documents.resolve().name[:40]}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
    return settings.model_copy(update={"data_dir": settings.cache_dir / "eval" / name, "chroma_url": ""})


def build(documents: Path, settings: Settings, encoder: Encoder | None = None) -> BuildReport:
    """Index the folder into the data folder of `settings`. Raises ConfigError where it is no folder."""
    if not documents.is_dir():
        raise ConfigError(f"{str(documents)!r} is no folder; give the folder with the documents of the cases")
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
        except IndexMismatch:  # another runtime's vectors; the index can be made again
            if not settings.data_dir.is_relative_to(settings.cache_dir):
                raise
            shutil.rmtree(settings.data_dir)
            return make()

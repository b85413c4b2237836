"""The data folder: made where it is missing, the user's own alone, and proved to take what is written and be read."""

from pathlib import Path
from tempfile import TemporaryFile

from rag.errors import ConfigError


def make_data_folder(folder: Path) -> None:
    """Make the data folder where it is missing. Raises ConfigError where nothing can be written to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=folder):  # rights and read-only file systems are known by trying only
            pass
    except OSError as error:
        raise ConfigError(
            f"the data folder {str(folder)!r} cannot be written ({error.strerror or error}): "
            "set RAG_DATA_DIR to a folder of yours"
        ) from None


def has_file(folder: Path, name: str) -> bool:
    """Whether the data folder has a file of this name. Raises ConfigError where nobody may look into it."""
    try:
        return (folder / name).is_file()
    except OSError as error:
        raise ConfigError(
            f"the data folder {str(folder)!r} cannot be read ({error.strerror or error}): "
            "set RAG_DATA_DIR to a folder of yours"
        ) from None

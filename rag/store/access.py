"""Whose a document is: what lies in a user's folder of uploads is theirs alone, everything else is everybody's.

"" stands for everybody: it owns what is indexed from the command line, and all there is where there are no users.
"""

from pathlib import Path

from rag.errors import ConfigError
from rag.store.users import SHARED, check_name

UPLOADS = "uploads"


def folder_name(owner: str) -> str:
    """The name of the folder that holds what is an owner's. Raises ConfigError where it is no name of a user."""
    if owner:
        check_name(owner)
    return owner or SHARED


def uploads_folder(data_dir: Path, owner: str) -> Path:
    """The folder of an owner's uploads, there or not. Raises ConfigError where it is no name of a user."""
    return data_dir / UPLOADS / folder_name(owner)


def uploads_around(path: Path, data_dir: Path) -> tuple[Path, str] | None:
    """The folder of uploads that a path lies in (or is) and its owner; None outside of all. Both paths resolved.

    Raises ConfigError on a folder that holds the uploads of all owners, and on one that is no owner's.
    """
    home = data_dir / UPLOADS
    if home.is_relative_to(path) and path.is_relative_to(data_dir):
        raise ConfigError(f"{str(path)!r} holds the uploads of all users: give one user's folder in {str(home)!r}")
    if not path.is_relative_to(home):
        return None
    name = path.relative_to(home).parts[0]
    owner = "" if name == SHARED else name
    return uploads_folder(data_dir, owner), owner


def views(owner: str) -> tuple[str, ...]:
    """SQL that puts views in front of the ledger's tables of documents, through which others' are not there.

    Whatever a connection asks goes through them, so that no query can forget whose it is; only the word indexes, which
    hold row numbers, are to be joined with them. Raises ConfigError where the owner is no name of a user.
    """
    folder_name(owner)  # letters, digits and .-_ only, or nothing: safe between quotes
    return (
        f"CREATE TEMP VIEW roots AS SELECT * FROM main.roots WHERE owner IN ('', '{owner}')",  # noqa: S608
        "CREATE TEMP VIEW documents AS SELECT * FROM main.documents WHERE root IN (SELECT path FROM temp.roots)",
        "CREATE TEMP VIEW chunks AS SELECT * FROM main.chunks WHERE document_id IN (SELECT id FROM temp.documents)",
    )

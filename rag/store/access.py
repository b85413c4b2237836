"""The owner of a document: what a user uploads is visible to them only, everything else to everybody.

The owner "" is everybody: of what is indexed on the command line, and of all documents where there are no users.
"""

from pathlib import Path

from rag.errors import ConfigError
from rag.store.users import SHARED, check_name

UPLOADS = "uploads"


def folder_name(owner: str) -> str:
    """The name of an owner's folders. Raises ConfigError where it is not the name of a user."""
    if owner:
        check_name(owner)
    return owner or SHARED


def uploads_folder(data_dir: Path, owner: str) -> Path:
    """The folder of an owner's uploads, which need not exist. Raises ConfigError where it is not the name of a user."""
    return data_dir / UPLOADS / folder_name(owner)


def enclosing_uploads(path: Path, data_dir: Path) -> tuple[Path, str] | None:
    """The folder of uploads that contains a path, and its owner; None if none does. Both paths have to be resolved.

    Raises ConfigError on a folder that contains the uploads of all owners, and on one that is nobody's.
    """
    home = data_dir / UPLOADS
    if home.is_relative_to(path) and path.is_relative_to(data_dir):
        raise ConfigError(f"{str(path)!r} holds the uploads of all users: give one user's folder in {str(home)!r}")
    if not path.is_relative_to(home):
        return None
    name = path.relative_to(home).parts[0]
    owner = "" if name == SHARED else name
    return uploads_folder(data_dir, owner), owner


def owner_views(owner: str) -> tuple[str, ...]:
    """SQL for views that hide the documents of other owners from a connection, under the names of the tables.

    Every query goes through them, so that none can forget the owner. The word indexes have no view: they hold rows of
    all owners, and have to be joined. Raises ConfigError where the owner is not the name of a user.
    """
    folder_name(owner)  # letters, digits and .-_ only, or nothing: safe between quotes
    return (
        f"CREATE TEMP VIEW roots AS SELECT * FROM main.roots WHERE owner IN ('', '{owner}')",  # noqa: S608
        "CREATE TEMP VIEW documents AS SELECT * FROM main.documents WHERE root IN (SELECT path FROM temp.roots)",
        "CREATE TEMP VIEW chunks AS SELECT * FROM main.chunks WHERE document_id IN (SELECT id FROM temp.documents)",
    )

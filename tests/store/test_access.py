"""Uploads belong to one user, and a folder tells whose."""

from pathlib import Path

import pytest

from rag.errors import ConfigError
from rag.store.access import enclosing_uploads, folder_name, owner_views, uploads_folder


def test_the_folder_of_a_path_names_its_owner(tmp_path: Path) -> None:
    anna, shared = uploads_folder(tmp_path, "anna"), uploads_folder(tmp_path, "")
    assert enclosing_uploads(anna / "deep" / "a.txt", tmp_path) == (anna, "anna")
    assert enclosing_uploads(anna, tmp_path) == (anna, "anna")
    assert enclosing_uploads(shared / "a.txt", tmp_path) == (shared, "")
    assert enclosing_uploads(tmp_path.parent / "elsewhere", tmp_path) is None
    assert enclosing_uploads(tmp_path.parent, tmp_path) is None


@pytest.mark.parametrize("path", ["uploads", "."])
def test_a_folder_with_the_uploads_of_all_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(ConfigError, match="give one user's folder"):
        enclosing_uploads((tmp_path / path).resolve(), tmp_path)


@pytest.mark.parametrize("owner", ["../bob", "Bob", "shared", "x' OR '1'='1", "a/b"])
def test_what_is_no_name_of_a_user_owns_nothing(tmp_path: Path, owner: str) -> None:
    for attempt in (folder_name, owner_views, lambda name: uploads_folder(tmp_path, name)):
        with pytest.raises(ConfigError, match="cannot be a user's name"):
            attempt(owner)

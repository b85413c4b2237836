"""Folders: which files are found, in which order, and what is said of the others."""

import os
from pathlib import Path

from index.walk import walk


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")


def test_supported_files_are_found_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a/z.PDF", "a/b/c.html", "a.md", "x.docx", "B.htm")
    files, skipped = walk(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [
        "B.htm",
        "a.md",
        "a/b/c.html",
        "a/z.PDF",
        "b.txt",
        "x.docx",
    ]
    assert skipped == []


def test_the_rest_is_named_with_a_reason(tmp_path: Path) -> None:
    root = tmp_path / "root"
    make(root, "a.txt", ".hidden.txt", ".git/x.txt", "~$a.docx", "b.exe", "Makefile", "sub/c.png")
    make(tmp_path, "outside.txt")
    (root / "out.txt").symlink_to(tmp_path / "outside.txt")
    (root / "up").symlink_to(tmp_path)
    (root / "in.txt").symlink_to(root / "a.txt")
    (root / "dead.txt").symlink_to(root / "nothing")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    os.mkfifo(root / "pipe.txt")
    files, skipped = walk(root)
    assert files == [root / "a.txt"]
    assert {one.path: one.reason for one in skipped} == {
        ".hidden.txt": "hidden",
        ".git": "hidden",
        "~$a.docx": "hidden",
        "b.exe": "unsupported file type (.exe)",
        "Makefile": "unsupported file type (no suffix)",
        "sub/c.png": "unsupported file type (.png)",
        "out.txt": "a link to outside the folder",
        "up": "a link to outside the folder",
        "in.txt": "a link to a file of the same folder",
        "dead.txt": "a broken link",
        "loop.txt": "a broken link",
        "pipe.txt": "not a regular file",
    }


def test_names_that_are_no_utf8_are_printable(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))).write_text("x")
    files, skipped = walk(tmp_path)
    assert files == []
    assert [one.path for one in skipped] == ["caf\\udce9.txt"]


def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    files, skipped = walk(tmp_path / "none")
    assert files == []
    assert "cannot be opened" in skipped[0].reason

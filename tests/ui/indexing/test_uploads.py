"""Uploaded files get safe names, keep to their size, and never leave their owner's folder."""

import stat
import threading
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from index.load import PARSERS
from rag.errors import ConfigError, DocumentError
from rag.settings import Settings
from rag.ui.indexing.uploads import Uploads, safe_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(Settings(data_dir=tmp_path / "data", max_file_mb=0.001))


def save(uploads: Uploads, name: str, data: bytes = b"text", owner: str = "") -> Path:
    return uploads.save(owner, name, BytesIO(data))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/report.pdf", "report.pdf"),
        ("..\\..\\windows\\report.pdf", "report.pdf"),
        ("/etc/report.pdf", "report.pdf"),
        ("...report.pdf", "report.pdf"),
        (".pdf", "document.pdf"),
        ("..pdf", "document.pdf"),
        (" . .pdf", "document.pdf"),
        ("a.txt ", "a.txt"),
        ("Report.PDF", "Report.pdf"),
        ("a\x00b\nc\x1b[31m.txt", "abc[31m.txt"),
        ("invoice\u202efdp.txt", "invoicefdp.txt"),
        ("line\u2028break.txt", "linebreak.txt"),
        ("\ud800.txt", "document.txt"),
        ('<img src=x onerror="a()">.html', "_img src=x onerror=_a()__.html"),
        ("two  spaces .txt", "two spaces.txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("x" * 300 + ".docx", "x" * 115 + ".docx"),
        ("é" * 300 + ".txt", "é" * 58 + ".txt"),
    ],
)
def test_a_file_keeps_the_safe_part_of_its_name(uploads: Uploads, name: str, kept: str) -> None:
    path = save(uploads, name)
    assert path.name == kept
    assert path.read_bytes() == b"text"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@given(st.text(max_size=40).map(lambda text: f"{text}.txt"))
@hypothesis_settings(deadline=None)
def test_no_name_leads_anywhere(name: str) -> None:
    safe = safe_name(name)
    assert safe.endswith(".txt") and len(safe.encode()) <= 120
    assert not set(safe) & set('/\\<>:"|?*\0') and not safe.startswith(".")
    assert Path("folder", safe).resolve().parent == Path("folder").resolve()


@pytest.mark.parametrize(
    "name", ["run.exe", "page.svg", "noextension", "", "..", "a.txt.sh", "a.pdf/", "a.p\x00df.zip"]
)
def test_only_kinds_that_are_read_are_kept(uploads: Uploads, name: str) -> None:
    with pytest.raises(DocumentError, match="not supported"):
        save(uploads, name)
    assert uploads.files("") == []


@pytest.mark.parametrize("suffix", PARSERS)
def test_every_kind_that_is_read_is_kept(uploads: Uploads, suffix: str) -> None:
    assert save(uploads, f"a{suffix}").name == f"a{suffix}"


class Endless:
    """A stream that never ends, and counts what was read of it."""

    taken = 0

    def read(self, size: int) -> bytes:
        self.taken += size
        return b"x" * size


def test_a_file_too_large_is_refused_while_it_comes_in(uploads: Uploads) -> None:
    assert save(uploads, "fits.txt", b"x" * 1000)
    with pytest.raises(DocumentError, match="1,000 bytes"):
        save(uploads, "large.txt", b"x" * 1001)
    stream = Endless()
    with pytest.raises(DocumentError, match="raise max_file_mb"):
        uploads.save("", "endless.txt", stream)
    assert stream.taken < 10**7
    with pytest.raises(DocumentError, match="empty"):
        save(uploads, "empty.txt", b"")
    assert [path.name for path in uploads.files("")] == ["fits.txt"]
    assert [path.name for path in uploads.files("")[0].parent.iterdir()] == ["fits.txt"]


def test_names_that_are_taken_get_a_number_and_the_same_file_does_not(uploads: Uploads) -> None:
    names = [save(uploads, "a.txt", data).name for data in (b"one", b"two", b"three", b"two", b"one")]
    assert names == ["a.txt", "a (2).txt", "a (3).txt", "a (2).txt", "a.txt"]


def test_many_uploads_of_one_name_at_once_all_stay(uploads: Uploads) -> None:
    threads = [threading.Thread(target=save, args=(uploads, "a.txt", b"%d" % n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.read_bytes() for path in uploads.files("")) == [b"%d" % n for n in range(8)]


def test_each_owner_has_a_folder_of_their_own(uploads: Uploads) -> None:
    annas, ours = save(uploads, "a.txt", b"anna", "anna"), save(uploads, "a.txt", b"ours")
    assert annas.parent.name == "anna" and annas.parent.parent == ours.parent.parent
    assert stat.S_IMODE(annas.parent.stat().st_mode) == 0o700
    assert uploads.holds("anna", annas) and not uploads.holds("bob", annas) and not uploads.holds("", annas)
    assert uploads.files("bob") == []


@pytest.mark.parametrize("owner", ["..", "../anna", "shared", "Anna", "a/b", "anna\0", "."])
def test_an_owner_who_is_no_user_has_none(uploads: Uploads, owner: str) -> None:
    with pytest.raises(ConfigError):
        save(uploads, "a.txt", owner=owner)


def test_links_are_never_followed(uploads: Uploads, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"text")
    folder = save(uploads, "a.txt", b"first").parent
    (folder / "link.txt").symlink_to(secret)
    (folder / "dangling.txt").symlink_to(tmp_path / "nothing")
    assert save(uploads, "link.txt", b"text").name == "link (2).txt"
    assert save(uploads, "dangling.txt", b"text").name == "dangling (2).txt"
    assert secret.read_bytes() == b"text" and not (tmp_path / "nothing").exists()
    assert [path.name for path in uploads.files("")] == ["a.txt", "dangling (2).txt", "link (2).txt"]
    assert not uploads.holds("", folder / "link.txt")
    (folder.parent / "anna").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="leads elsewhere"):
        save(uploads, "a.txt", owner="anna")

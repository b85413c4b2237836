"""Load a file as a Document: read its bytes, parse them by their format, choose a title."""

import hashlib
import re
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from index.parsers.content import Content, check_length
from rag.errors import DocumentError
from rag.schema import Document
from rag.text.normalize import searchable

MAX_HEADINGS = 20_000  # each chunk stores the headings above it
MAX_TITLE = 120  # characters
# the module in index/parsers/ of each format, with a function parse_<module>; imported when it is needed
PARSERS = {
    **{".txt": "plain", ".md": "markdown", ".markdown": "markdown"},
    **{".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".docx": "docx"},
}
# titles that programs fill in by themselves
_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint|excel)\b.*|(?:untitled|document|title|slide|layout|scan|print|page)\b[\s\d().-]*"
    r"|.*\.(?:docx?|pdf|indd|qxd|pptx?|xlsx?|rtf|tex|dvi|x?html?|txt|md|markdown)|[\W\d_]*",
    re.IGNORECASE,
)
_EMPTY_WORDS = {"document", "file", "scan", "scanned", "page", "copy", "final", "draft", "report", "image", "untitled"}


def load_document(path: Path, source: str, max_bytes: int) -> Document:
    """Load a file as the document named `source`.

    Raises DocumentError, with the reason and what to do, where the file cannot be read, is too large, does not have the
    format that its name says, or holds no text.
    """
    data = _bytes(path, max_bytes)
    suffix = path.suffix.lower()
    if suffix not in PARSERS:
        raise DocumentError(f"files of type {suffix!r} are not supported, only {', '.join(PARSERS)}: convert it")
    parse = _parser(suffix)
    try:
        content = parse(data)
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # a hostile file can make a library raise anything
        raise DocumentError(f"it is damaged or not what its name says ({_brief(error)}): save it anew") from error
    if not any(not char.isspace() for char in content.text):
        raise DocumentError("it holds no text: leave it out, or run OCR over it")
    check_length(len(content.text))
    if len(content.headings) > MAX_HEADINGS:
        raise DocumentError(
            f"it holds {len(content.headings):,} headings, more than the {MAX_HEADINGS:,} allowed: split it"
        )
    return Document(
        source=source,
        title=_title(content, path),
        text=content.text,
        pages=content.pages,
        headings=content.headings,
        digest=hashlib.sha256(data).hexdigest(),
        date=content.date,
        notes=content.notes,
    )


def _parser(suffix: str) -> Callable[[bytes], Content]:
    name = PARSERS[suffix]
    parser: Callable[[bytes], Content] = getattr(import_module(f"index.parsers.{name}"), f"parse_{name}")
    return parser


def _bytes(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file that is neither empty nor too large."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DocumentError("it is not a regular file: replace it with one, or leave it out")
        if status.st_size > max_bytes:
            raise DocumentError(
                f"it has {status.st_size:,} bytes, more than the {max_bytes:,} allowed: split it, or raise max_file_mb"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"it cannot be opened ({error.strerror or error}): make it readable and index again"
        ) from None
    if not data:
        raise DocumentError("the file is empty: save it anew, or leave it out")
    return data


def _brief(error: Exception) -> str:
    """A library's error in one short line, without control characters from the file."""
    return f"{type(error).__name__}: {searchable(str(error))[:120]}".rstrip(": ")


def _title(content: Content, path: Path) -> str:
    """The title in the file's metadata, else its first heading or short line, else its name made readable.

    The first line of a PDF is most often a letterhead, so a file name of several words is preferred to it.
    """
    name = _readable(path.stem)
    line = searchable(content.text.lstrip().partition("\n")[0][: 4 * MAX_TITLE])
    heading = content.headings[0].text if content.headings and path.suffix.lower() != ".txt" else ""
    telling = [word for word in re.findall(r"[^\W\d_]{3,}", name.lower()) if word not in _EMPTY_WORDS]
    ranked = [searchable(content.title or ""), heading, line if len(line) <= MAX_TITLE else ""]
    if path.suffix.lower() == ".pdf" and telling and " " in name:
        ranked.insert(1, name)
    return next((title for title in ranked if not _NO_TITLE.fullmatch(title)), name)[:MAX_TITLE]


def _readable(stem: str) -> str:
    """A file name as words: "annual_report-2024" -> "annual report 2024"; 2013-0181 stays."""
    words = searchable(re.sub(r"_+|(?<!\d)-+|-+(?!\d)", " ", stem.encode("utf-8", "replace").decode()))
    return words or stem

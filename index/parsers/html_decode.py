"""The text of an HTML file in its encoding, ready for an HTML parser."""

import codecs
import re

from index.parsers.decode import BOMS, decode

_CHARSET = re.compile(rb"""<(?:meta|\?xml)\s[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML = re.compile(r"\s*<\?xml\s")
_CLOSED = re.compile(r"<([a-z][\w:-]*)((?:\s[^<>]*)?)/>", re.IGNORECASE)
_VOID = {"area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta", "param", "source", "wbr"}


def page_text(data: bytes) -> str:
    """The page as it declares its encoding, else in the likeliest one. Raises DocumentError where it is not text."""
    page = _declared(data) or decode(data)
    return _opened(page) if _XML.match(page) else page


def _declared(data: bytes) -> str | None:
    """The page decoded as it declares, or None where it declares no encoding or a wrong one.

    As in browsers a byte order mark goes before it, Latin-1 means Windows-1252, and a page in which a declaration can
    be read is not in UTF-16.
    """
    match = None if data.startswith(tuple(mark for mark, _ in BOMS)) else _CHARSET.search(data[:4096])
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else "utf-16"
        if name.startswith(("utf-16", "utf-32")):
            return None
        return data.decode("cp1252" if name in ("iso8859-1", "ascii") else name)
    except (LookupError, UnicodeDecodeError):
        return None


def _opened(page: str) -> str:
    """A page of XML with "<script/>" as "<script></script>": the HTML parser would take the rest for the script."""
    return _CLOSED.sub(
        lambda tag: tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>",
        page,
    )

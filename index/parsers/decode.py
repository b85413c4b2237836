"""Decode a text file in any encoding; refuse bytes that are not text."""

import codecs
from collections import Counter

from charset_normalizer import from_bytes

from rag.errors import DocumentError

SAMPLE = 65_536  # bytes that the encoding is guessed from
BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
    b"{\\rtf": "a Rich Text document",
    b"SQLite format 3": "a database",
    b"\x1f\x8b": "a compressed file",
}


def decode(data: bytes) -> str:
    """The text of a file: by its byte order mark, else as UTF-8, else in the likeliest encoding.

    Raises DocumentError where the bytes are not text.
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    for magic, kind in _BINARY.items():
        if data.startswith(magic):
            raise DocumentError(f"it is {kind} under the name of a text file: rename or convert it, then index again")
    wide = _utf16(data)
    text = data.decode(wide, errors="replace") if wide else _utf8(data) or data.decode(_guess(data), errors="replace")
    odd = _odd(text)
    if odd > max(3, len(text) // 50):
        raise DocumentError(f"it is binary, not text ({odd:,} control characters): remove it or convert it to text")
    return text


def _odd(text: str) -> int:
    """How many characters are controls or no characters at all."""
    strange = {char for char in set(text[:SAMPLE]) if not char.isprintable() and not char.isspace()}
    return sum(map(strange.__contains__, text)) if strange else 0


def _utf16(data: bytes) -> str | None:
    """The name of the UTF-16 that bytes without a mark are in; None where they are not.

    Latin letters have NULs at every other place; other alphabets have the same high byte at most of them, and spaces.
    """
    sample = data[: SAMPLE - SAMPLE % 2]
    if len(sample) < 8:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) > len(sample) // 5 and min(even, odd) < len(sample) // 20:
        return "utf-16-le" if odd > even else "utf-16-be"
    if not even and not odd:
        return None  # without a single space or line end
    for name, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        text = sample.decode(name, errors="replace")
        few = 2 * sum(count for _, count in Counter(high).most_common(2)) > len(high)
        if few and text.count("\ufffd") <= 1 and _odd(text) * 50 <= len(text) and any(map(str.isspace, text)):
            return name
    return None


def _utf8(data: bytes) -> str:
    """The bytes as UTF-8, a few damaged ones replaced; empty where they are another encoding."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
        damaged = text.count("\ufffd")
        beyond_ascii = sum(not char.isascii() for char in text)
        return text if damaged * 10 < beyond_ascii - damaged else ""


def _guess(data: bytes) -> str:
    """The name of the likeliest encoding."""
    best = from_bytes(data[:SAMPLE]).best()
    return best.encoding if best else "cp1252"

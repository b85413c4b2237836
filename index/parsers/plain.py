"""Parse plain text (.txt): stored unchanged; lines that are certainly headings are recorded."""

import re

from index.parsers.content import Content, clean
from index.parsers.decode import decode
from rag.schema import Heading
from rag.text.normalize import searchable

_PARAGRAPH = re.compile(r"^(?:[^\S\n]*+\S[^\n]*+(?:\n|\Z))++", re.MULTILINE)
_HEADING = re.compile(r"(?:(?:\d{1,2}\.?|[A-Z]\.|[IVX]{1,5}\.)\s+)?[^\W\d_][^:;!?|=<>{}\[\]_\t\n]*[^\W_]\)?'?")
_NO_HEADING = re.compile(r"(?:dear|yours|sincerely|signed|from|to|re|by|cc|page)\b|.*,$", re.IGNORECASE)


def parse_plain(data: bytes) -> Content:
    """Parse a text file in any encoding. Raises DocumentError where it is not text."""
    text = clean(decode(data))
    return Content(text, headings=tuple(_headings(text)))


def _headings(text: str) -> list[Heading]:
    """Short lines between blank lines, above a paragraph; the first line is the title, not a heading.

    A wrong heading is worse than none, so a line that could be a label, a signature or a list item is none.
    """
    paragraphs = list(_PARAGRAPH.finditer(text))
    headings = []
    for before, paragraph, following in zip(paragraphs, paragraphs[1:], paragraphs[2:], strict=False):
        line, body = paragraph.group().strip(), following.group().strip()
        prose = len(body) > 120 or (len(body) > 40 and body[-1] in ".:;?!")
        if prose and _is_heading(line) and before.group().rstrip()[-1] not in ":;,-–":
            start = paragraph.start() + paragraph.group().index(line)
            headings.append(Heading(start, 1, searchable(line)))
    return headings


def _is_heading(line: str) -> bool:
    few = len(line) <= 80 and len(line.split()) <= 10
    return few and bool(_HEADING.fullmatch(line)) and not _NO_HEADING.match(line)

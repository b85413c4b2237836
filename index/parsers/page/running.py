"""The lines over all pages of a document: words that a line end broke, and running headers and footers."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise, takewhile

EDGE = 3  # lines at the top and bottom of a page that may be a running header or footer
_NUMBER = re.compile(r"\d+")
# pdfium's character for a hyphen at a line end; the line break is dropped
_BROKEN = re.compile(r"(?<!\w)(\w++)[\x02\ufffe](\w++)")


def mended(pages: list[str]) -> list[str]:
    """Pages with a plain hyphen where a line ended in one, and a line break after it where it broke a word.

    "state-⏎sponsored" is a compound if the document writes it so elsewhere, or each half is a word of its own there.
    """
    if not any(map(_BROKEN.search, pages)):
        return pages
    words = {word.lower() for page in pages for word in re.findall(r"\w+(?:-\w+)*", _BROKEN.sub(" ", page))}

    def mend(match: re.Match[str]) -> str:
        left, right = match[1].lower(), match[2].lower()
        compound = f"{left}-{right}" in words or (f"{left}{right}" not in words and {left, right} <= words)
        return f"{match[1]}-{match[2]}" if compound else f"{match[1]}-\n{match[2]}"

    return [_BROKEN.sub(mend, page) for page in pages]


def set_apart(pages: list[str]) -> list[str]:
    """Pages with running headers and footers, equal but for their numbers, in paragraphs of their own.

    They never stand within a sentence that goes over a page break: they are on the other side of the page, or left out
    where both sides have such a sentence and another page says the same but for the number of the page.
    """
    edges = Counter(
        line for page in pages for line in {_NUMBER.sub("0", line.strip()) for line in _edge_lines(page.split("\n"))}
    )
    running = {line for line, count in edges.items() if count > 1 and count >= 0.4 * len(pages)}
    parts = [_parts(page.split("\n"), running) for page in pages]
    goes_on = [_goes_on(above.body, below.body) for above, below in pairwise(parts)]
    said = Counter(
        saying for n, part in enumerate(parts) for line in (*part.head, *part.foot) for saying in _sayings(line, n)
    )
    around = zip(parts, [False, *goes_on], [*goes_on, False], strict=True)
    return [_page(n, part, before, after, said) for n, (part, before, after) in enumerate(around)]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The lines of a page: running header, text, running footer."""

    head: list[str]
    body: list[str]
    foot: list[str]


def _parts(lines: list[str], running: Set[str]) -> _Parts:
    def runs(line: str) -> bool:
        return _NUMBER.sub("0", line.strip()) in running

    top = len(list(takewhile(runs, lines[:EDGE])))
    bottom = max(top, len(lines) - len(list(takewhile(runs, lines[: -EDGE - 1 : -1]))))
    return _Parts(lines[:top], lines[top:bottom], lines[bottom:])


def _page(number: int, part: _Parts, before: bool, after: bool, said: Counter[str]) -> str:
    """A page whose text goes on from the page before it, or on the page after it, or neither."""
    head, foot = part.head, part.foot
    if before and after:
        head, foot = (
            [line for line in lines if all(said[saying] == 1 for saying in _sayings(line, number))]
            for lines in (head, foot)
        )
    elif before:
        head, foot = [], [*foot, *head]
    elif after:
        head, foot = [*head, *foot], []
    above = "\n" + "\n".join(head) + "\n\n" if head else ""
    below = "\n\n" + "\n".join(foot) + "\n" if foot else ""
    return above + "\n".join(part.body) + below


def _goes_on(above: Sequence[str], below: Sequence[str]) -> bool:
    """Whether a sentence goes on from the last line of a page to the first of the next."""
    if not above or not below or any("|" in line for line in (above[-1], below[0])):
        return False
    end, start = above[-1].rstrip(), below[0].lstrip()
    return bool(end) and (end[-1].isalpha() or end[-1] in ",-") and start[:1].islower()


def _sayings(line: str, number: int) -> set[str]:
    """What a running line on a page says: itself, and itself with a number in it counted from that of the page."""
    stripped = line.strip()
    places = _NUMBER.finditer(stripped)
    counted = (f"{stripped[: m.start()]}\0{int(m[0]) - number}\0{stripped[m.end() :]}" for m in places)
    return {stripped, *counted}


def _edge_lines(lines: Sequence[str]) -> list[str]:
    return [line for line in (*lines[:EDGE], *lines[-EDGE:]) if line.strip()]

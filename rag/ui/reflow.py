"""Lines of a PDF as paragraphs again, for showing them in another width, and excerpts; pure.

Where a line was full, the paper ended: that break is a space. Every other one stays, and so does every offset.
"""

import re
from itertools import pairwise

from rag.schema import Passage

AROUND = 180  # characters shown before and after some words
FULL = 0.7  # of the longest line near it
NEAR = 8  # lines
SHORTEST = 45  # characters of a line that can be full
_SPACE = re.compile(r"\s+")
_OWN_LINE = re.compile(r"[•‣▪–—*-]\s|\(?[\divxa-z]{1,4}[.)]\s|\d+(?:\.\d+)*\s|.* \| ")


def reflowed(text: str) -> str:
    """The text with spaces for the line breaks that only the width of the paper made; as long as it was."""
    lines = text.split("\n")
    lengths = [len(line) for line in lines]
    parts = [lines[0]]
    for at, (before, line) in enumerate(pairwise(lines)):
        longest = max(lengths[max(0, at - NEAR) : at + NEAR])
        full = len(before) >= max(SHORTEST, FULL * longest) and " | " not in before
        runs_on = full and line.strip() and not line.startswith(" ") and not _OWN_LINE.match(line)
        parts += [" " if runs_on else "\n", line]
    return "".join(parts)


def shown(source: str, text: str) -> str:
    """A stretch of a document as it is shown."""
    return reflowed(text) if source.lower().endswith(".pdf") else text


def around(passage: Passage, start: int, end: int) -> tuple[str, str]:
    """What stands before and after `document.text[start:end]` in a passage, cut between words."""
    text = shown(passage.source, passage.text)
    before, after = text[: max(start - passage.start, 0)], text[max(end - passage.start, 0) :]
    if len(before) > AROUND:
        before = f"… {_SPACE.split(before[-AROUND:], maxsplit=1)[-1]}"
    if len(after) > AROUND:
        after = f"{after[:AROUND].rsplit(maxsplit=1)[0]} …"
    return before, after

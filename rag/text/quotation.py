"""Quotation marks of a stretch cut out of a text: what is missing of a pair is added, so that speech reads as speech.

Inches, ditto marks and apostrophes are no quotation marks; straight single marks may be any of these and stay.
"""

import re

_MARK = re.compile(r"[\"“”„«»]")
_OPENING = "“„«"
_BEFORE, _AFTER = " \n\t([{—–-/‘'“„«\"", " \n\t.,;:!?…)]}—–-/’'”»\""
_SINGLE_OPENING, _SINGLE_CLOSING = re.compile(r"‘(?!\d)"), re.compile(r"’(?!\w)")
_SINGLE_END = re.compile(r"[.,!?…]’")  # after a letter it may be an apostrophe


def balanced(text: str) -> str:
    """The text with its quotation marks in pairs.

    A quotation that began before the text gets its mark at the start, one that goes on at the end. One of several
    paragraphs, where each has an opening mark and only the last a closing one, is closed at the end of each.
    """
    return _double(_single(text))


def _double(text: str) -> str:
    parts: list[str] = []
    depth, end = 0, 0
    for number, (at, opens) in enumerate(_marks(text)):
        if not opens and not depth:
            parts += [text[end:at]] if number else ['"']  # the second of two closing marks has no beginning here
            end = at + 1 if number else end
        elif opens and depth and "\n" in text[len(text[:at].rstrip()) : at]:
            paragraph = text[end:at].rstrip()
            parts += [paragraph, '"', text[end + len(paragraph) : at]]
            end = at
        else:
            depth += 1 if opens else -1
    return "".join((*parts, text[end:], '"' * depth))


def _marks(text: str) -> list[tuple[int, bool]]:
    """The double marks of a text: where each is, and whether it opens."""
    found: list[tuple[int, bool]] = []
    for match in _MARK.finditer(text):
        at, mark = match.start(), match.group()
        left, right = at == 0 or text[at - 1] in _BEFORE, at + 1 == len(text) or text[at + 1] in _AFTER
        if mark == '"' and left == right:
            continue
        if mark == '"' and right and text[at - 1].isdigit() and not (found and found[-1][1]):
            continue  # inches
        found.append((at, left if left != right else mark in _OPENING))
    return found


def _single(text: str) -> str:
    *_, last = (None, *_SINGLE_OPENING.finditer(text))
    if last and not _SINGLE_CLOSING.search(text, last.end()):
        return f"{text}’"
    ends = _SINGLE_END.search(text)
    return f"‘{text}" if ends and "‘" not in text[: ends.start()] else text

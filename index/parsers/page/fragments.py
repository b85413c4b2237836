"""The words of a PDF page joined to fragments: what stands close together on one line, as the cell of a table does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.parsers.page.words import Box, Word

APART = 1.2  # heights of a word between two words from which they are cells; justified lines have narrower spaces
SIGN = 8.0  # the same between a currency sign and its number
SIGNS, NUMBER, CLOSING = ("$", "£", "¥", "€", "US$"), "0123456789(-–—.,", (")", "%", ")%")
HYPHENS = "\x02\ufffe"  # pdfium's signs for a hyphen at a line end


@dataclass(eq=False, slots=True)
class Fragment:
    """Words that stand close together on one line. `parts`: (text, number of its first character or -1)."""

    parts: list[tuple[str, int]]
    box: Box
    angle: int | None
    size: float

    @property
    def text(self) -> str:
        """The words with the spaces between them."""
        return "".join(text for text, _ in self.parts)


def fragments(words: Sequence[Word]) -> Iterator[Fragment]:
    """Words joined where no more than the space between two words is between them."""
    current: Fragment | None = None
    for number, word in enumerate(words):
        space = _space(current, word) if current else None
        if space is not None and word.text in SIGNS and number + 1 < len(words) and _is_sign(word, words[number + 1]):
            space = None  # it belongs to the number behind it
        if current is None or space is None:
            if current:
                yield current
            current = Fragment([(word.text, word.first)], word.box, word.angle, word.size)
            continue
        current.parts += ([(space, -1)] if space else []) + [(word.text, word.first)]
        left, bottom, right, top = current.box
        if current.size < word.size:
            bottom, top = word.box[1], word.box[3]
        current.box = (min(left, word.box[0]), bottom, max(right, word.box[2]), top)
        current.size = max(current.size, word.size)
    if current:
        yield current


def _is_sign(word: Word, number: Word) -> bool:
    """Whether a currency sign stands in front of a number, at some distance."""
    gap = number.box[0] - word.box[2]
    return number.text[0] in NUMBER and 0.2 * word.size < gap < SIGN * word.size and overlap(word.box, number.box)


def _space(current: Fragment, word: Word) -> str | None:
    """What stands between a fragment and the next word; None where they are not on one line or far apart."""
    text = current.parts[-1][0]
    if word.angle != 0 and word.angle == current.angle and word.before != "\n":
        return word.before
    if word.angle != 0 or current.angle != 0 or text[-1] in HYPHENS or not overlap(current.box, word.box):
        return None
    size = max(current.size, word.size)
    gap = (word.box[0] - current.box[2]) / size if size else 0.0
    if word.text in CLOSING and text[-1].isdigit() and 0 <= gap < 2 * APART:
        return ""
    in_front = text in SIGNS and word.text[0] in NUMBER and 0 <= gap < SIGN
    if not in_front and (gap > APART or (gap < -0.5 and word.before)):
        return None
    if word.before == "\n" and gap < -0.1:
        return None
    return word.before if word.before not in ("", "\n") else " " if gap > 0.2 else ""


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes stand on one line."""
    low = min(one[3] - one[1], other[3] - other[1])
    return min(one[3], other[3]) - max(one[1], other[1]) > 0.5 * low


def same_line(one: Fragment, other: Fragment) -> bool:
    """Whether two fragments stand on one line."""
    return one.angle == other.angle == 0 and one.parts[-1][0][-1] not in HYPHENS and overlap(one.box, other.box)

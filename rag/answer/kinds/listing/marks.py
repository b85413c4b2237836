"""The marks in front of the items of a list: bullets, numbers, letters, and references of one shape."""

import re
from dataclasses import dataclass
from typing import Self

_BULLET = re.compile(r"([•‣▪■●◦○►☐☑☒✓➢\uf0a7\uf0b7\uf0d8*·–—-])\s+\S")
_NUMBER = re.compile(r"(\(?)(\d{1,3})([.):]?)\s+\S")
_LETTER = re.compile(r"(\(?)([a-zA-Z]|[ivx]{1,5})([.)])\s+\S")
_REFERENCE = re.compile(r"(?=\S*\d)([^\W_]+(?:[-/.][^\W_]+)+)\.?\s+\S")


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of an item. `style`: what the marks of one list share; `value`: its number, None for a bullet."""

    style: str
    value: int | None = None

    def follows(self, before: Self) -> bool:
        """Whether an item with this mark goes on with the list of an item with another."""
        if self.style != before.style:
            return False
        return self.value is None or before.value is None or self.value == before.value + 1


def mark_of(line: str) -> Mark | None:
    """The mark that a line begins with."""
    if match := _BULLET.match(line):
        return Mark(match[1])
    if match := _NUMBER.match(line):
        if match[3] or not line[match.end() - 1].islower():
            return Mark(f"{match[1]}1{match[3]}", int(match[2]))
        return None
    if match := _REFERENCE.match(line):
        return Mark(re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", match[1])))
    if match := _LETTER.match(line):
        return _lettered(*match.groups())
    return None


def _lettered(opened: str, letter: str, closed: str) -> Mark | None:
    """A letter or a small roman number; "i" is read as a roman number, as lists seldom have nine letters."""
    roman = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
    if letter in roman and letter not in ("v", "x"):
        return Mark(f"{opened}i{closed}", roman[letter])
    if len(letter) > 1:
        return None
    case = "a" if letter.islower() else "A"
    return Mark(f"{opened}{case}{closed}", ord(letter) - ord(case) + 1)

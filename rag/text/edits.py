"""How a word may have been misspelled: the words that are one letter away, and how far apart two words are."""

from collections.abc import Iterator

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = frozenset("aeiouy")
_SILENT = _VOWELS | {"h"}  # left out without being heard
_ALIKE = frozenset(map(frozenset, ("ck", "cs", "sz", "fv", "jg", "kq", "td", "mn")))
# what a slip costs: one that is not heard, or that a quick hand makes, is likelier than a wrong letter
DOUBLED, SWAPPED, UNHEARD, OTHER, FIRST_LETTER = 0.5, 0.5, 0.7, 1.0, 0.5


def one_letter_off(word: str) -> set[str]:
    """Every string that a letter left out, put in, changed or swapped with the next makes of a word in lower case."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return {made for before, after in cuts for made in _edited(before, after)} - {word}


def _edited(before: str, after: str) -> Iterator[str]:
    yield from (before + letter + after for letter in _LETTERS)
    if after:
        yield before + after[1:]
        yield from (before + letter + after[1:] for letter in _LETTERS)
    if len(after) > 1:
        yield before + after[1] + after[0] + after[2:]


def distance(written: str, meant: str) -> float:
    """What the slips cost that turn `meant` into `written`, at least: Damerau-Levenshtein with adjacent swaps."""
    rows = [[0.0]]
    for j in range(len(meant)):
        rows[0].append(rows[0][-1] + _left_out(meant, j))
    for i, letter in enumerate(written):
        row = [rows[-1][0] + _put_in(written, i)]
        for j, wanted in enumerate(meant):
            ways = [
                rows[i][j + 1] + _put_in(written, i),
                row[j] + _left_out(meant, j),
                rows[i][j] + _changed(letter, wanted),
            ]
            if i and j and written[i - 1 : i + 1] == wanted + meant[j - 1]:
                ways.append(rows[i - 1][j - 1] + SWAPPED)
            row.append(min(ways))
        rows.append(row)
    return rows[-1][-1] + (FIRST_LETTER if written[:1] != meant[:1] else 0.0)


def _left_out(meant: str, at: int) -> float:
    if any(meant[at] == other or frozenset((meant[at], other)) in _ALIKE for other in _beside(meant, at)):
        return DOUBLED
    return UNHEARD if meant[at] in _SILENT else OTHER


def _beside(word: str, at: int) -> str:
    return word[max(0, at - 1) : at] + word[at + 1 : at + 2]


def _put_in(written: str, at: int) -> float:
    return DOUBLED if at and written[at] == written[at - 1] else OTHER


def _changed(letter: str, wanted: str) -> float:
    if letter == wanted:
        return 0.0
    heard_alike = {letter, wanted} <= _VOWELS or frozenset((letter, wanted)) in _ALIKE
    return UNHEARD if heard_alike else OTHER

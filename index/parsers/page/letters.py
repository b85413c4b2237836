"""Whether the letters of a text are those of a language, or what a broken font table makes of them.

Of the scripts, only texts in Latin letters are told by how often each letter comes: in every language that is written
in them the same few are frequent. Control characters and characters without meaning tell it in every script.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable

LEAST = 200  # letters; fewer do not tell
STRANGE = 0.05  # share of characters without meaning, from which a text cannot be read
VARIED = 7.0  # letters that a text would have if all were as frequent; languages have about 15
ALIKE = 0.65  # cosine with the profile
# how often each letter comes in 1,000, in the mean of English, German, French, Spanish, Italian, Polish, Czech, Dutch,
# Swedish, Portuguese and Finnish, accents taken off
_SHARES = (92, 13, 29, 43, 142, 11, 19, 23, 78, 8, 21, 48, 30, 77, 68, 24, 3, 64, 64, 66, 37, 17, 9, 2, 9, 10)
_PROFILE = dict(zip("abcdefghijklmnopqrstuvwxyz", _SHARES, strict=True))


def is_readable(text: str) -> bool:
    """Whether a text can be read; texts that are too short to tell can."""
    characters = Counter("".join(text.split()))
    count = characters.total()
    if count >= LEAST // 4 and sum(n for one, n in characters.items() if _is_strange(one)) > STRANGE * count:
        return False
    small, capital = _letters(characters, str.islower), _letters(characters, str.isupper)
    letters = max(small, capital, key=Counter.total)
    latin = sum(letters[letter] for letter in _PROFILE)
    # as many capitals as small letters: no words, but codes
    if latin < LEAST or 3 * latin < 2 * sum(n for one, n in characters.items() if one.isalpha()):
        return True
    counts = [letters[letter] for letter in _PROFILE]
    squares = sum(n * n for n in counts)
    if latin * latin < VARIED * squares:
        return True  # a sequence of genes, or one letter again and again
    together = sum(n * share for n, share in zip(counts, _PROFILE.values(), strict=True))
    return together >= ALIKE * math.sqrt(squares * sum(share * share for share in _PROFILE.values()))


def _letters(characters: Counter[str], wanted: Callable[[str], bool]) -> Counter[str]:
    """How often each letter comes, accents and capitals taken off."""
    letters: Counter[str] = Counter()
    for one, n in characters.items():
        if wanted(one):
            letters[(one if one.isascii() else unicodedata.normalize("NFD", one)[0]).lower()] += n
    return letters


def _is_strange(character: str) -> bool:
    """Control characters and unassigned ones, and the sign for what cannot be decoded."""
    return character == "\ufffd" or (character not in "\x02\ufffe" and unicodedata.category(character) in ("Cc", "Cn"))

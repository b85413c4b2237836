"""Text normalised for search, its offsets in the stored text, and quotes anchored there.

The stored text stays as it was read, so that a quote is verbatim; soft hyphens, words broken at a line end, odd spaces,
curly quotes and the like are changed in the searched copy only.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

_JOINERS = "\u200c\u200d"  # part of the spelling in Persian, in Indian scripts and in emoji
_ODD = re.compile(r"[ -~]?[^\n -~]+")  # anything but plain ASCII, with the base a combining mark may belong to
_PLAIN = str.maketrans(
    dict.fromkeys("‘’‚‛′‹›ʼ´`", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑", "-")
    | dict.fromkeys("‒—―−", "–")  # a dash at a line end breaks no word; it becomes "-" once broken words are joined
    | dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n")
    | dict.fromkeys("\t\x1f\ufffc", " ")
    | {"⁄": "/"}
)
_SPACES = re.compile(r"(?<=\w)-(?P<broken> *\n *)(?=\w)|\u00ad+(?: *\n *(?=\w))?|\s[\s\u00ad]+|\n")
# "self-\nharm" is a compound that met the end of a line; other heads ("mid", "low") more often begin a broken word
_COMPOUND_HEADS = frozenset({"self", "non", "well", "half"})
_LONGEST_HEAD = max(map(len, _COMPOUND_HEADS))
# scripts that put no spaces between words: Thai to Burmese, Khmer, CJK
_UNSPACED = r"\u0e00-\u109f\u1780-\u17ff\u2e80-\ud7ff\U00020000-\U0003ffff"
_SPLITS_WORD = re.compile(rf"[^\W_{_UNSPACED}]{{2}}|\d[.,:/-]\d")
_WORD_START = re.compile(rf"(?<![^\W_])[^\W_]|[^\w\s]|[{_UNSPACED}]")
_INNER_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")


def searchable(text: str) -> str:
    """The searched copy: NFKC, plain quotes, dashes and spaces, broken words joined, invisible characters out.

    Line breaks are gone: any run of white space is one space, none at either end. Case is kept.
    """
    plain = _ODD.sub(lambda run: "".join(_fold(cluster) for _, cluster in _clusters(run.group(), 0)), text)
    return _SPACES.sub(_join_or_space, plain).strip().replace("–", "-")


def strip_controls(text: str) -> str:
    """Text without control, format and unassigned characters; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or c in _JOINERS or _is_visible(c))


def one_line(text: str) -> str:
    """The text on one line, without control and format characters."""
    return " ".join(strip_controls(text).split())


def fold_map(text: str) -> tuple[str, list[int]]:
    """The searched copy, and for each of its characters the offset in `text` that it comes from, never decreasing.

    `searchable` does the same without the offsets, in a third of the time.
    """
    plain, plain_at = _plain_characters(text)
    copy, copy_at = _rewrite(plain, _SPACES, _join_or_space)
    start = len(copy) - len(copy.lstrip())
    end = max(start, len(copy.rstrip()))
    return copy[start:end].replace("–", "-"), [plain_at[i] for i in copy_at[start:end]]


def anchor(quote: str, text: str) -> tuple[int, int] | None:
    """(start, end) in `text` of the first place where `quote` stands, or None.

    They may differ in what `searchable` normalises, in case, and in hyphens inside words; the quote must begin and end
    on whole words and whole numbers.
    """
    wanted, _ = _comparable(searchable(quote))
    if not any(map(str.isalnum, wanted)):
        return None
    copy, copy_at = fold_map(text)
    key, key_at = _comparable(copy)
    at = key.find(wanted)
    while at >= 0:
        first, last = key_at[at], key_at[at + len(wanted) - 1]
        if not _inside_word(copy, first) and not _inside_word(copy, last + 1):
            return copy_at[first], _cluster_end(text, copy_at[last])
        # on to the next word, not the next letter: in "aaaa..." each letter would cost a comparison of the whole quote
        word = _WORD_START.search(copy, first + 1)
        at = key.find(wanted, bisect_left(key_at, word.start())) if word else -1
    return None


@lru_cache(maxsize=4096)
def _kind(char: str) -> Literal["starts", "joins", "invisible"]:
    """Whether a character stands on its own, belongs to the one before it, or is not seen at all."""
    category = unicodedata.category(char)
    if "\ufe00" <= char <= "\ufe0f" or (category in {"Cf", "Cs"} and char != "\u00ad"):
        return "invisible"
    if category == "Cc" and not char.isspace():
        return "invisible"
    return "joins" if category[0] == "M" or "\u1160" <= char <= "\u11ff" else "starts"


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    """One character with its combining marks, in its plain form."""
    category = unicodedata.category(cluster[0])
    if category == "Co":
        return " "  # private use: most often the bullet of a symbol font
    folded = unicodedata.normalize("NFKC", cluster.translate(_PLAIN)).translate(_PLAIN)
    if category == "No" and "<sub>" not in unicodedata.decomposition(cluster[0]):
        return f" {folded} "  # 10½ is not 101/2, and 2019 with footnote 1 is not 20191
    return folded


def _plain_characters(text: str) -> tuple[str, list[int]]:
    """Every character in its plain form, invisible ones left out, and where each comes from."""
    out: list[str] = []
    at: list[int] = []
    done = 0
    for run in _ODD.finditer(text):
        out.append(text[done : run.start()])
        at.extend(range(done, run.start()))
        for start, cluster in _clusters(run.group(), run.start()):
            folded = _fold(cluster)
            out.append(folded)
            at.extend([start] * len(folded))
        done = run.end()
    out.append(text[done:])
    at.extend(range(done, len(text)))
    return "".join(out), at


def _clusters(run: str, offset: int) -> list[tuple[int, str]]:
    """The characters of a run, each with the combining marks that follow it, and their offsets."""
    clusters: list[tuple[int, str]] = []
    for i, char in enumerate(run, offset):
        kind = _kind(char)
        if kind == "joins" and clusters:
            start, cluster = clusters[-1]
            # no language has more marks on one letter; without a limit a hostile text would take quadratic time
            if len(cluster) < 32:
                clusters[-1] = (start, cluster + char)
        elif kind != "invisible":
            clusters.append((i, char))
    return clusters


def _rewrite(text: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> tuple[str, list[int]]:
    """Replace each match of a pattern, and say where each character of the result comes from."""
    out: list[str] = []
    at: list[int] = []
    done = 0
    for match in pattern.finditer(text):
        replacement = new(match)
        out += text[done : match.start()], replacement
        at.extend(range(done, match.start()))
        at.extend([match.start()] * len(replacement))
        done = match.end()
    out.append(text[done:])
    at.extend(range(done, len(text)))
    return "".join(out), at


def _join_or_space(match: re.Match[str]) -> str:
    """What stands in the copy for white space, a soft hyphen or a word broken at a line end."""
    if match["broken"] is None:
        return "" if match.group()[0] == "\u00ad" else " "
    text, start, end = match.string, match.start(), match.end()
    letters = text[start - 1].isalpha() and text[end].islower()
    head = re.split(r"[\W\d_]", text[max(0, start - _LONGEST_HEAD - 1) : start])[-1]
    return "" if letters and head.lower() not in _COMPOUND_HEADS else "-"


def _comparable(copy: str) -> tuple[str, list[int]]:
    """A searched copy without case and without hyphens inside words, and where each character comes from."""
    bare, bare_at = _rewrite(copy, _INNER_HYPHEN, lambda _: "")
    if bare.isascii():
        return bare.lower(), bare_at
    folded = [char.casefold() for char in bare]
    return "".join(folded), [i for i, char in zip(bare_at, folded, strict=True) for _ in char]


def _inside_word(text: str, at: int) -> bool:
    """Whether a cut at `at` would go through a word or a number (12,000; 3.5; 2019-0181)."""
    if not 0 < at < len(text):
        return False
    around = (text[max(0, at - 1) : at + 1], text[max(0, at - 1) : at + 2], text[max(0, at - 2) : at + 1])
    return any(map(_SPLITS_WORD.fullmatch, around))


def _cluster_end(text: str, start: int) -> int:
    """End of the character at `start` with its combining marks."""
    end = at = start + 1
    while at < len(text) and (kind := _kind(text[at])) != "starts":
        at += 1
        if kind == "joins":
            end = at
    return end


def _is_visible(char: str) -> bool:
    """Whether a character is visible; variation selectors are not, and can hide text."""
    selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return not selector and unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Cn"}

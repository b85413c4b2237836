"""Does one text cover another: the word comparisons behind the metrics (eval/README.md defines them). Pure.

Words are runs of letters and digits, lower case, after Unicode NFKC; everything else separates them.
"""

import re
import string
import unicodedata
from collections import Counter

_WORD = re.compile(r"[^\W_]+")
_MARKER = re.compile(r"\[\d+\]")
_ARTICLES = frozenset({"a", "an", "the"})
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "‘’“”–—…")
MAX_ANSWER_WORDS = 60


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def without_markers(text: str) -> str:
    """The text of an answer without its citation markers [n]."""
    return _MARKER.sub(" ", text)


def ngrams(tokens: list[str], size: int) -> set[tuple[str, ...]]:
    """All runs of `size` words, as a set."""
    return {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}


def covers(text: str, quote: str) -> bool:
    """Whether `text` has at least half of the word trigrams of `quote` (a quote below three words: all of it)."""
    return _shared_half(words(quote), words(text))


def overlaps(one: str, other: str) -> bool:
    """Whether the texts share at least half of the word trigrams of the shorter one (by words)."""
    shorter, longer = sorted((words(one), words(other)), key=len)
    return _shared_half(shorter, longer)


def _shared_half(wanted: list[str], held: list[str]) -> bool:
    if not wanted:
        return False
    size = min(3, len(wanted))
    needed = ngrams(wanted, size)
    return 2 * len(needed & ngrams(held, size)) >= len(needed)


def holds(text: str, gold: str) -> bool:
    """Whether `gold` stands in `text` as whole words in a row; case, punctuation, articles and markers aside."""
    sought = words(gold)
    # a gold answer such as "A" (a blood group) is nothing but an article, and counts
    aside = frozenset() if _ARTICLES.issuperset(sought) else _ARTICLES
    inside = [w for w in words(without_markers(text)) if w not in aside]
    sought = [w for w in sought if w not in aside]
    return bool(sought) and f" {' '.join(sought)} " in f" {' '.join(inside)} "


def word_count(text: str) -> int:
    """Number of words separated by white space, markers aside: what the limit of 60 words counts."""
    return len(without_markers(text).split())


def normalize(text: str) -> str:
    """Lower case without punctuation, articles and extra space (SQuAD evaluation script)."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def token_f1(predicted: str, gold: str) -> float:
    """Harmonic mean of token precision and recall, 0..1 (SQuAD evaluation script)."""
    ours, theirs = normalize(predicted).split(), normalize(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))

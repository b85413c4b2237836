"""Turn an answerable question into one that its passage does not answer, by rule.

People write such questions by changing one name, number or word (SQuAD 2.0, Rajpurkar et al. 2018, section 4); the
rules here do the same without a model.
"""

import random
import re
from collections.abc import Sequence
from typing import NamedTuple

from eval.train.opposites import GROUPS
from eval.train.wordnet import Lexicon

_MATES: dict[str, list[str]] = {}
for _group in GROUPS:
    for _word in _group:
        _MATES.setdefault(_word, []).extend(w for w in _group if w != _word)

_NAME = re.compile(r"[A-Z][\w'’-]+(?:(?: (?:of|de|von|van|the|and))? [A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_AUXILIARY = re.compile(r"\b(is|are|was|were|did|does|do|can|could|has|have|had|will|would|should)\b", re.I)
_SENTENCE_START = re.compile(r"(?:^|[.!?]\s+)$")

Names = Sequence[tuple[str, str]]


class Change(NamedTuple):
    """A word, name or number of a question, and its replacement."""

    old: str
    new: str

    def in_text(self, text: str) -> str:
        """The text with every occurrence changed."""
        return self.pattern.sub(lambda m: self._like(m.group()), text)

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches the old word as a whole word."""
        return re.compile(rf"(?<![^\W_]){re.escape(self.old)}(?![^\W_])", re.I)

    def _like(self, found: str) -> str:
        return self.new[:1].upper() + self.new[1:] if found[:1].isupper() else self.new


def names_in(text: str) -> list[str]:
    """The capitalised names of a text, without words that are capitalised only at the start of a sentence."""
    return [m.group() for m in _names(text)]


def names_by_cue(text: str) -> list[tuple[str, str]]:
    """Pairs (preceding word, name): names after the same word ("in", "by", "president") tend to be of one kind."""
    return [((text[: m.start()].split() or [""])[-1].lower(), m.group()) for m in _names(text)]


def _names(text: str) -> list[re.Match[str]]:
    return [m for m in _NAME.finditer(text) if not _SENTENCE_START.search(text[max(0, m.start() - 3) : m.start()])]


def swap_name(question: str, passage: str, names: Names, rng: random.Random) -> Change | None:
    """Replace a name that the passage has by another one of the article."""
    named = names_by_cue(question)
    here = [pair for pair in named if pair[1].lower() in passage.lower()] or named
    if not here or not names:
        return None
    cue, old = rng.choice(here)
    length = len(old.split())
    alike_cue = [name for front, name in names if front == cue]
    for trial in range(12):
        new = rng.choice(alike_cue) if alike_cue and trial < 8 else rng.choice(names)[1]
        alike = abs(len(new.split()) - length) <= 1
        apart = not set(new.lower().split()) & set(question.lower().split())
        if alike and apart and (rng.random() < 0.35 or new.lower() not in passage.lower()):
            return Change(*_shortened(old, new, rng))
    return None


def _shortened(old: str, new: str, rng: random.Random) -> tuple[str, str]:
    """Sometimes a change of only one word of a longer name: "Warsaw City Council" -> "Krakow City Council"."""
    ours, theirs = old.split(), new.split()
    if len(ours) > 1 and rng.random() < 0.4:
        at = rng.randrange(len(ours))
        if ours[at][0].isupper():
            return old, " ".join([*ours[:at], theirs[0], *ours[at + 1 :]])
    return old, new


def swap_number(question: str, passage: str, rng: random.Random) -> Change | None:
    """Change a number, year or day of the question to one that the passage does not have."""
    numbers = list(_NUMBER.finditer(question))
    if not numbers:
        return None
    old = rng.choice(numbers).group()
    digits = old.replace(",", "").rstrip(".")
    if not digits.isdigit():
        return None
    for _ in range(8):
        step = rng.choice([1, 2, 3, 5, 7, 10, 12, 20, 30, 100])
        new = int(digits) + step * rng.choice([-1, 1])
        if new > 0 and str(new) not in passage:
            return Change(old, str(new))
    return None


def swap_word(question: str, passage: str, lexicon: Lexicon | None, rng: random.Random) -> Change | None:
    """Change a word to its opposite or to another word of its kind (GROUPS, or the lexicon)."""
    words = [m.group() for m in re.finditer(r"[A-Za-z]{3,}", question)][1:]
    rng.shuffle(words)
    for word in sorted(words, key=lambda w: rng.random() - 0.5 * (w.lower() in passage.lower()))[:6]:
        mates = _mates(word.lower(), lexicon, rng)
        if mates:
            return Change(word, rng.choice(mates))
    return None


def _mates(word: str, lexicon: Lexicon | None, rng: random.Random) -> Sequence[str]:
    if word in _MATES and (lexicon is None or rng.random() < 0.6):
        return _MATES[word]
    if lexicon is None or word in _STOPWORDS:
        return ()
    opposites = lexicon.opposites(word)
    return opposites if opposites and rng.random() < 0.8 else lexicon.siblings(word)


def negated(question: str, rng: random.Random) -> str | None:
    """The question with a negation added, or with its negation removed."""
    if re.search(r"\b(not|never|n't)\b", question):
        return re.sub(r"\b(?:not|never) |n't\b", "", question, count=1)
    m = _AUXILIARY.search(question)
    if not m or m.end() > len(question) - 8:
        return None
    rest = question[m.end() :].split(" ", 2)
    if m.group().lower() in {"did", "does", "do"} and len(rest) == 3:
        if rng.random() < 0.3:
            return f"{question[: m.end()]}n't {rest[1]} {rest[2]}"
        return f"{question[: m.end()]} {rest[1]} {rng.choice(['not', 'never'])} {rest[2]}"
    return f"{question[: m.end()]} {rng.choice(['not', 'never'])}{question[m.end() :]}"


def exchanged(question: str, rng: random.Random) -> str | None:
    """The question with two of its names swapped."""
    named = list(dict.fromkeys(names_in(question)))
    if len(named) < 2:
        return None
    a, b = rng.sample(named, 2)
    if a in b or b in a:
        return None
    return question.replace(a, "\0").replace(b, a).replace("\0", b)


def narrowed(question: str, passage: str, names: Names, rng: random.Random) -> str | None:
    """The question with a further condition that is not in the passage: a year, a place."""
    body = question.rstrip("? ")
    if _NUMBER.search(question) or len(body.split()) > 14:
        return None
    places = [name for cue, name in names if cue == "in" and name.lower() not in passage.lower()]
    if places and rng.random() < 0.5:
        return f"{body} in {rng.choice(places)}?"
    year = rng.randint(1700, 2015)
    return None if str(year) in passage else f"{body} in {year}?"


def make_change(
    question: str, passage: str, names: Names, lexicon: Lexicon | None, rng: random.Random
) -> Change | None:
    """A change of a name, a number or a word of the question."""
    draw = rng.random()
    order = (
        ["name", "number", "word"] if draw < 0.42 else ["number", "name", "word"] if draw < 0.57 else ["word", "name"]
    )
    for rule in order:
        if rule == "name":
            change = swap_name(question, passage, names, rng)
        elif rule == "number":
            change = swap_number(question, passage, rng)
        else:
            change = swap_word(question, passage, lexicon, rng)
        if change and change.old.lower() != change.new.lower():
            return change
    return None


def make_unanswerable(
    question: str, passage: str, names: Names, rng: random.Random, lexicon: Lexicon | None = None
) -> str | None:
    """Change a question so that `passage` no longer answers it.

    `names`: names of the passage's article, as of `names_by_cue`. Returns None when no rule applies.
    """
    draw = rng.random()
    changed = None
    if draw < 0.06:
        changed = negated(question, rng)
    elif draw < 0.12:
        changed = exchanged(question, rng)
    elif draw < 0.18:
        changed = narrowed(question, passage, names, rng)
    if changed is None and (change := make_change(question, passage, names, lexicon, rng)):
        changed = change.in_text(question)
    return changed if changed != question else None


def with_synonym(question: str, lexicon: Lexicon, rng: random.Random) -> str:
    """The question with one word replaced by a synonym."""
    words = [w for w in re.findall(r"[a-z]{4,}", question) if w not in _STOPWORDS]
    rng.shuffle(words)
    for word in words:
        if synonyms := lexicon.synonyms(word):
            return Change(word, rng.choice(synonyms)).in_text(question)
    return question


_STOPWORDS = set(
    "a an the is are was were be been did do does of in on at to for by with from as that this it its their his her "
    "they he she what which who whom whose when where why how many much has have had can could would will "
    "and or".split()
)


def as_keywords(question: str, rng: random.Random) -> str:
    """The question as keywords, as in a search box: without stop words and question mark, sometimes without wh-word."""
    words = re.findall(r"[\w'’.,-]+", question.rstrip("?. "))
    keep_wh = rng.random() < 0.5
    wh = {"what", "which", "who", "when", "where", "why", "how", "many", "much"}
    kept = [w for w in words if w.lower() not in _STOPWORDS or (keep_wh and w.lower() in wh)]
    return " ".join(kept).lower() if len(kept) >= 2 else question

"""Turn an answerable question into one that its passage no longer answers, by rule.

People write such questions by changing one name, number or word (SQuAD 2.0, Rajpurkar et al. 2018,
section 4); the rules here do the same without a model. Knows nothing of models or of training.
"""

import random
import re
from collections.abc import Callable, Sequence

GROUPS = [
    line.split()
    for line in """
first second third fourth fifth last
north south east west northern southern eastern western
increase decrease increased decreased rise fall rose fell growth decline
before after
more less fewer
most least
largest smallest biggest highest lowest longest shortest
larger smaller bigger higher lower longer shorter
oldest youngest newest earliest latest
older younger newer earlier later
male female men women man woman boy girl boys girls
mother father brother sister son daughter wife husband uncle aunt cousin
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
spring summer autumn winter
morning afternoon evening night
born died buried married
win lose won lost
begin end began ended start finish started finished
buy sell bought sold
open close opened closed
arrive leave arrived left
accept reject accepted rejected
allow forbid allowed forbidden prohibited banned
support oppose supported opposed
create destroy created destroyed
found abolish founded abolished dissolved
build demolish built demolished
include exclude included excluded
agree disagree agreed disagreed
succeed fail succeeded failed
gain gained lose
appointed dismissed elected resigned
hire fire hired fired
import export imports exports imported exported
major minor
public private
ancient modern
internal external inner outer
rural urban
domestic foreign
positive negative
common rare
rich poor
strong weak
hot cold
wet dry
fast slow
deep shallow
heavy light
young old
early late
upper lower
left right
military civilian
legal illegal
red blue green yellow black white brown orange purple grey
gold silver copper iron tin lead
day week month year decade century
minutes hours days weeks months years decades centuries
thousand million billion trillion
king queen prince princess emperor duke
president minister chairman secretary governor mayor senator
doctor nurse surgeon patient
teacher student professor pupil headteacher
album song single book film movie episode novel play
team player coach
city town village country county state province
river lake sea ocean mountain island
army navy police
war battle treaty siege
school university college hospital prison church
english french german spanish italian russian chinese japanese british american indian
catholic protestant muslim jewish hindu buddhist
africa asia europe america australia
temperature pressure volume weight height width length depth speed
cause effect
advantage disadvantage
supporter opponent supporters opponents
majority minority
maximum minimum
former current
offense defense
""".strip().splitlines()
]
_MATES: dict[str, list[str]] = {}
for _group in GROUPS:
    for _word in _group:
        _MATES.setdefault(_word, []).extend(w for w in _group if w != _word)

_NAME = re.compile(r"[A-Z][\w'’-]+(?:(?: (?:of|de|von|van|the|and))? [A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_AUXILIARY = re.compile(r"\b(is|are|was|were|did|does|do|can|could|has|have|had|will|would|should)\b", re.I)
_SENTENCE_START = re.compile(r"(?:^|[.!?]\s+)$")

Names = Sequence[tuple[str, str]]
Rule = Callable[[str, str, Names, random.Random], str | None]


def names_in(text: str) -> list[str]:
    """The capitalised names of a text, those that only open a sentence left out."""
    return [m.group() for m in _names(text)]


def names_by_cue(text: str) -> list[tuple[str, str]]:
    """(word in front, name): names after the same word ("in", "by", "president") tend to be of one kind."""
    return [((text[: m.start()].split() or [""])[-1].lower(), m.group()) for m in _names(text)]


def _names(text: str) -> list[re.Match[str]]:
    return [m for m in _NAME.finditer(text) if not _SENTENCE_START.search(text[max(0, m.start() - 3) : m.start()])]


def swap_name(question: str, passage: str, names: Names, rng: random.Random) -> str | None:
    """Put another name of the article in place of one that the passage has."""
    found = names_by_cue(question)
    here = [pair for pair in found if pair[1].lower() in passage.lower()] or found
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
            return question.replace(old, new, 1)
    return None


def swap_number(question: str, passage: str, _names: Names, rng: random.Random) -> str | None:
    """Change one number, year or date of the question to one that the passage does not have."""
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    m = rng.choice(found)
    digits = m.group().replace(",", "").rstrip(".")
    if not digits.isdigit():
        return None
    value = int(digits)
    for _ in range(8):
        step = rng.choice([1, 2, 3, 5, 7, 10, 12, 20, 30])
        new = value + step * rng.choice([-1, 1])
        if new > 0 and str(new) not in passage:
            return question[: m.start()] + str(new) + question[m.end() :]
    return None


def swap_word(question: str, _passage: str, _names: Names, rng: random.Random) -> str | None:
    """Change one word to its opposite or to another of its kind (GROUPS)."""
    words = [m for m in re.finditer(r"[A-Za-z]+", question) if m.group().lower() in _MATES]
    if not words:
        return None
    m = rng.choice(words)
    new = rng.choice(_MATES[m.group().lower()])
    new = new.capitalize() if m.group()[0].isupper() else new
    return question[: m.start()] + new + question[m.end() :]


def negate(question: str, _passage: str, _names: Names, rng: random.Random) -> str | None:
    """Turn the question into its negation, or take its negation away."""
    if re.search(r"\b(not|never|n't)\b", question):
        return re.sub(r"\b(?:not|never) |n't\b", "", question, count=1)
    m = _AUXILIARY.search(question)
    if not m or m.end() > len(question) - 8:
        return None
    rest = question[m.end() :].split(" ", 2)
    if m.group().lower() in {"did", "does", "do"} and len(rest) == 3:
        return f"{question[: m.end()]} {rest[1]} {rng.choice(['not', 'never'])} {rest[2]}"
    return f"{question[: m.end()]} {rng.choice(['not', 'never'])}{question[m.end() :]}"


RULES: list[tuple[Rule, float]] = [(swap_name, 0.45), (swap_number, 0.2), (swap_word, 0.27), (negate, 0.05)]


def make_unanswerable(question: str, passage: str, names: Names, rng: random.Random) -> str | None:
    """Change a question so that `passage`, which answered it, does not any more.

    `names`: names of the passage's article, as of `names_by_cue`. Returns None when no rule applies.
    """
    rules = sorted(RULES, key=lambda rule: rng.random() ** (1 / rule[1]), reverse=True)
    for rule, _ in rules:
        changed = rule(question, passage, names, rng)
        if changed and changed != question:
            return changed
    return None


_STOPWORDS = set(
    "a an the is are was were be been did do does of in on at to for by with from as that this it its their his her "
    "they he she what which who whom whose when where why how many much has have had can could would will "
    "and or".split()
)


def as_keywords(question: str, rng: random.Random) -> str:
    """Write a question the way people type into a search box: no stop words, no question mark, at times no wh-word."""
    words = re.findall(r"[\w'’.,-]+", question.rstrip("?. "))
    keep_wh = rng.random() < 0.5
    wh = {"what", "which", "who", "when", "where", "why", "how", "many", "much"}
    kept = [w for w in words if w.lower() not in _STOPWORDS or (keep_wh and w.lower() in wh)]
    return " ".join(kept).lower() if len(kept) >= 2 else question

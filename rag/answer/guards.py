"""Guards: orders to a model, accusations that a sentence does not make, and statements that it denies or supposes.

Orders are only marked, for the model and for the user: what holds against them is that nothing but what a passage says
can be cited, and that no markup reaches an answer. The three signs are the most telling of 36 that were tried
(docs/quality.md, "Guards").

A name near a death looks like an answer to "who murdered her?", and may be defamation. So the quoted
sentence must make the accusation itself, and not name the victim as the one who did it. Questions that only speak of an
offence ("who discovered the theft?") are not affected.
"""

import re
from typing import NamedTuple

from rag.schema import Passage
from rag.text.normalize import searchable, strip_controls
from rag.text.question import Question

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,50}"
    r"\b(?:instructions?|prompts?|directives?|rules|above|previous|prior)\b"
    r"|<\|\w[\w ]{0,30}\|?>|</?(?:system|assistant|user)>|\[/?inst\]|<</?sys>>",
    re.IGNORECASE,
)
_ROLE = re.compile(r"^[^\w\n]{0,20}(?:system|assistant)\W{0,3}:", re.IGNORECASE | re.MULTILINE)


class _Charge(NamedTuple):
    """Patterns of an accusation: `asked`, the verb of a question; `doer`, the noun for who did it; `said`, what a
    text says where it was done; `named`, the noun for it, which says so only together with a word of guilt."""

    asked: str
    doer: str
    said: str
    named: str


_CHARGES = (
    _Charge(
        r"murder(?:ed|s)?|kill(?:ed|s)?|assassinated?|stab(?:bed)?|strangled?|poison(?:ed)?",
        r"murderers?|killers?|assassins?|poisoners?",
        r"murdered|killed|kills|assassinat\w+|sl(?:ew|ain)|shot|stabbed|strangled|poisoned|executed|beheaded|hanged"
        r"|lynched|massacred|suffocated|smothered|drowned \w+|beaten to death|killing",
        r"murders?|manslaughter|homicide|assassination|killing|death",
    ),
    _Charge(
        r"rape[ds]?|molest(?:ed|s)?|sexually (?:abused?|assaulted)",
        r"rapists?",
        r"raped|molested|sexually (?:abused|assaulted)|groped",
        r"rapes?|sexual (?:abuse|assault)|indecent assault",
    ),
    _Charge(
        r"abuse[ds]?|assault(?:ed|s)?|tortured?",
        r"abusers?|torturers?",
        r"abused|assaulted|tortured|attacked|beat|beaten|hit|struck|punched|hurt|mistreated",
        r"abuse|assaults?|torture|attack|violence|cruelty",
    ),
    _Charge(
        r"steal|stole|robbed?|burgled?|embezzled?|loot(?:ed)?|broke into|shoplift(?:ed)?",
        r"thie(?:f|ves)|robbers?|burglars?",
        r"stole|stolen|stealing|robbed|robbing|burgled|embezzl(?:ed|ing)|looted|took|taken|taking|pocketed"
        r"|misappropriated|broke into|broken into",
        r"thefts?|robber(?:y|ies)|burglar(?:y|ies)|embezzlement",
    ),
    _Charge(
        r"defraud(?:ed)?|swindled?|forged?|brib(?:ed?|ing)|laundered|fak(?:ed?)|falsif(?:y|ied)|commit(?:ted)? fraud",
        r"fraudsters?|swindlers?|forgers?|briber",
        r"defraud(?:ed|ing)|swindled|forged|forging|bribed|bribing|laundered|faked|falsified|misappropriated",
        r"frauds?|forger(?:y|ies)|brib(?:es?|ery)|corruption|money laundering",
    ),
    _Charge(
        r"lied?|covered up|cover up|deceived?|misled",
        r"liars?",
        r"lied|lying|covered (?:\w+ ){0,4}up|concealed|hid|hidden|deceived|misled|false",
        r"lies?|cover-?up|perjury|deception",
    ),
    _Charge(
        r"bull(?:y|ied)|harass(?:ed)?|blackmail(?:ed)?|stalk(?:ed)?|threaten(?:ed)?",
        r"bull(?:y|ies)|stalkers?|blackmailers?",
        r"bullied|bullying|harassed|blackmailed|stalked|threatened|intimidated",
        r"bullying|harassment|blackmail|threats?",
    ),
    _Charge(
        r"kidnap(?:ped)?|abduct(?:ed)?",
        r"kidnappers?|abductors?",
        r"kidnapped|abducted|captured|took|taken|seized|held hostage",
        r"kidnap(?:ping)?|abduction",
    ),
    _Charge(
        r"(?:start|set|light|lit)(?:ed)? (?:the |a |that )?fire|set fire|burn(?:ed|t) down",
        r"arsonists?",
        r"(?:started|set|lit|caused|causing) (?:\w+ ){0,3}fire|set fire|on fire|burn(?:ed|t) (?:\w+ ){0,3}down"
        r"|fire was",
        r"arson",
    ),
    _Charge(
        r"(?:was|were|is|are|been|got|get) (?:\w+ly )?(?:convicted|prosecuted|arrested|jailed|imprisoned|charged"
        r"|found guilty|accused|guilty)",
        r"criminals?|culprits?|offenders?",
        r"convicted|prosecuted|arrested|jailed|imprisoned|charged|guilty|accused|sentenced|conviction",
        r"crimes?",
    ),
)
_GUILT = re.compile(
    r"\b(?:guilty|convicted|convictions?|acquitted|cleared|charged|admitted|admits|confess\w*|accus\w+|responsible|committed|jailed"
    r"|sentenced|arrested|imprisoned)\b",
    re.I,
)
_WHO = r"^\W*(?:and |so |but )?(?:who|which (?:man|woman|person|people|of them))(?: else)?(?: \w+ly)? "
# "did Anna Reed", but neither "had been" nor "did the attack": somebody is spoken of by name
_DID = (
    r"\b(?:did|does|do|has|have|had)(?:n['’]t)? (?=[^?]*?(?-i:[A-Z]))(?:(?!(?:be|been|being|was|were)\b)[^\s?]+ ){1,5}?"
    r"(?<!the )(?<!a )(?<!an )"
)
_NAMED = r"(?:^\W*(?:and |so |but )?who (?:is|was|were|are)|\bname(?: of)?|\bidentity of) (?:the |a )?(?:\w+ )?"
_PEOPLE = r"(?:man|woman|person|people|one|boy|girl) (?:who|that) "
_DENIED = re.compile(
    r"\bit (?:is|was) (?:not true|untrue|not the case)\b"
    r"|\b(?:nobody|no[- ]one) (?:\w+ )?(?:believe|think|claim|suggest)\w*"
    r"|\b(?:falsely|wrongly|wrongfully) (?:accus|claim|alleg|report|stat)\w*"
    r"|\bfalse (?:claim|accusation|allegation|report)"
    r"|\b(?:claim|accusation|allegation|report)s? that\b[^.]*\b(?:withdrawn|retracted|false|untrue|unfounded)\b"
    r"|\bden(?:y|ies|ied) (?:that|having)\b|\bno evidence (?:that|of|for)\b|\brumou?r",
    re.I,
)
_CLEARED = re.compile(
    r"\b(?:acquitt\w+|exonerat\w+|innocent|not guilty|cleared (?:\w+ ){0,2}of|no charges?"
    r"|(?:not|never|n['’]t)(?: been)? (?:charged|prosecuted|convicted|arrested|accused|found))\b",
    re.I,
)
_HYPOTHETICAL = re.compile(
    r"\b(?:if|had|unless)\b[^.;]*\bwould(?: not)? have\b|\bwould(?: not)? have\b[^.;]*\b(?:if|had)\b", re.I
)
_HEDGED_QUESTION = re.compile(
    r"\b(?:if|would|could|might|den(?:y|ied|ies)|false|claim\w*|alleg\w*|rumou?r\w*|evidence)\b", re.I
)


def commands_model(passage: Passage) -> bool:
    """Whether a passage, its headings or the name of its file has a sign of orders to a language model."""
    text = strip_controls(f"{passage.source}\n{passage.full_text}").replace("_", " ")
    return bool(_ORDER.search(searchable(text)) or _ROLE.search(text))


def unfounded_charge(question: Question, sentence: str, answer: tuple[int, int] | None) -> str | None:
    """The accusation in a question that the sentence found for it does not make, as the question words it, or None.

    `answer`: the characters of the sentence that are taken for the answer, None where nothing is.
    """
    asked = question.standalone
    for charge in _CHARGES:
        doer = _match(rf"(?:{_WHO}|{_NAMED}{_PEOPLE})(?P<word>{charge.asked})\b", asked) or _match(
            rf"{_NAMED}(?P<word>{charge.doer})\b", asked
        )
        if accusation := doer or _match(rf"{_DID}(?P<word>{charge.asked})\b", asked):
            founded = _says(charge, sentence) and not (doer and answer and _is_victim(charge, sentence, *answer))
            return None if founded else accusation["word"].lower()
    return None


def unsupported_charge(claim: str, evidence: str) -> str | None:
    """The accusation in a written sentence that the text it cites makes in no words at all, or None."""
    for charge in _CHARGES[:-1]:
        accusation = _match(rf"\b(?P<word>{charge.asked}|{charge.doer})\b", claim)
        named = charge.named.removesuffix("|death")  # a death is no murder
        if accusation and not _match(rf"\b(?:{charge.asked}|{charge.doer}|{charge.said}|{named})\b", evidence):
            return accusation["word"].lower()
    return None


def _says(charge: _Charge, sentence: str) -> bool:
    """Whether a sentence says that it was done; where it denies that, `hedge_warning` says so."""
    done = _match(rf"\b(?:{charge.said})\b", sentence)
    return bool(done or (_GUILT.search(sentence) and _match(rf"\b(?:{charge.named})\b", sentence)))


def _is_victim(charge: _Charge, sentence: str, start: int, end: int) -> bool:
    """Whether the answer is the victim: "stabbed Dale", "the murder of Dale", "Dale was stabbed"."""
    before, after = sentence[max(0, start - 60) : start], sentence[end : end + 60]
    object_of = _match(rf"\b(?:{charge.said}|(?:{charge.named}) of) (?:(?!by\b)[\w'’-]+ ){{0,3}}$", before)
    subject_of = _match(rf"^\W*(?:was|were|is|had been|has been|got)\b (?:\w+ ){{0,3}}?(?:{charge.said})\b", after)
    guilty = _match(r"^\W*(?:was|were|is|had been|has been) (?:\w+ ){0,3}?(?:convicted|found|jailed|sentenced)", after)
    return bool(object_of or (subject_of and not guilty and charge is not _CHARGES[-1]))


def _match(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.I)


def hedge_warning(question: Question, sentence: str) -> str | None:
    """The warning that a sentence quoted for a question needs, or None; none where the question hedges too."""
    if _HEDGED_QUESTION.search(question.standalone):
        return None
    if _DENIED.search(sentence) or (_CLEARED.search(sentence) and not _CLEARED.search(question.standalone)):
        return "The quoted sentence denies or doubts something; read it whole before relying on it."
    if _HYPOTHETICAL.search(sentence):
        return "The quoted sentence says what would have been, not what was; read it whole before relying on it."
    return None

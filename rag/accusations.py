"""Accusations: whoever asks "who murdered her?" is answered by a sentence that says so itself, or not at all.

A name that stands near a death answers the question by its form; to whom the name belongs it is a slander. What a
question accuses of, and what a model's sentence does, must be said by the text that is cited for it.
"""

import re

_BY_WHOM = re.compile(
    r"^\W*(?:and |so |but )?(?:who(?:m|se)?\b|(?:by|to) whom\b|which (?:man|woman|person|people|of them)\b)", re.I
)
# what is a grave charge -> how a text that makes it goes: generous, for a sentence may say it in other words
_CHARGES = tuple(
    (re.compile(charged, re.I), re.compile(stated, re.I))
    for charged, stated in (
        (
            r"\bmurder|\bassassin|\bhomicid|\bmanslaughter|\bkiller\b|\bwho (?:\w+ )?killed\b",
            r"\bmurder|\bassassin|\bhomicid|\bmanslaughter|\bkill|\bsl(?:ew|ain|ay)|\bshot|\bstabb|\bstrangl|\bpoison"
            r"|\bexecut|\bbehead|\bhang|\blynch|\bmassacr|\bsuffocat|\bsmother|\bdrown|\bto death\b",
        ),
        (r"\brap(?:e[ds]?|ist|ing)\b|\bmolest|\bsexual(?:ly)? (?:abus|assault)", r"\brap|\bmolest|\bsexual|\bindecen"),
        (
            r"\babus(?:e[ds]?|er|ing)\b|\bassault|\btortur",
            r"\babus|\bassault|\btortur|\battack|\bbeat|\bhit\b|\bstruck|\bpunch|\bviolen|\bmistreat|\bcruel|\bhurt",
        ),
        (
            r"\bsteal|\bst?ole\b|\bstolen|\btheft|\bthie(?:f|ves)\b|\brobb|\bburgl|\bembezzl",
            r"\bsteal|\bst?ole|\btheft|\bthie|\brob|\bburgl|\bembezzl|\bt(?:ook|aken)\b|\bloot|\bmisappropriat|\bpocket",
        ),
        (
            r"\bfraud|\bdefraud|\bswindl|\bforge(?:d|r|ry)\b|\blaunder|\bbrib|\bcorrupt",
            r"fraud|\bswindl|\bforg|\bfak|\bfals|\blaunder|\bbrib|\bcorrupt|\bkickback|\bmisappropriat|\bdishonest",
        ),
        (
            r"\bguilty\b|\bconvicted\b|\barrested\b|\bprosecuted\b|\bjailed\b|\bimprisoned\b",
            r"\bguilt|\bconvict|\barrest|\bprosecut|\bcharge|\bjail|\bprison|\bsentence|\bplead|\bcustody|\bdetain",
        ),
        (
            r"\b(?:who|did \w+) lied?\b|\bliars?\b|\bperjur|\bcover(?:ed|ing)?[ -]up\b",
            r"\bli(?:e[ds]?|ars?|ying)\b|\bperjur|\bcover|\bconceal|\bdece|\bmisle|\bfals|\buntru|\bdishonest|\bhid",
        ),
        (
            r"\bharass|\bbull(?:y|ied)|\bblackmail|\bstalk(?:ed|er)",
            r"\bharass|\bbull(?:y|ied)|\bblackmail|\bstalk|\bthreat|\bintimidat",
        ),
        (
            r"\barson|\bkidnap|\babduct",
            r"\barson|\bfire|\bkidnap|\babduct|\bcaptur|\bhostage|\bt(?:ook|aken)\b|\bseized",
        ),
    )
)


def baseless(text: str, evidence: str) -> str | None:
    """The word of the first charge in a question or sentence that the evidence does not make in any words, or None."""
    for charged, stated in _CHARGES:
        if (match := charged.search(text)) and not stated.search(evidence):
            return _whole(text, match)
    return None


def unfounded(question: str, sentence: str, passage: str) -> str | None:
    """The charge of a question that is not borne out where its answer was found, as a word, or None.

    Who did it must be said by the quoted sentence; of any other question that speaks of it, by the passage around.
    """
    return baseless(question, sentence if _BY_WHOM.search(question) else passage)


def _whole(text: str, match: re.Match[str]) -> str:
    """The word that a match ends in."""
    rest = re.match(r"\w*", text[match.end() :])
    return (match.group().split()[-1] + (rest.group() if rest else "")).lower()

"""Sentences that deny, doubt or merely suppose what they speak of: they must not look like a plain yes."""

import re

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
_SUPPOSED = re.compile(
    r"\b(?:if|had|unless)\b[^.;]*\bwould(?: not)? have\b|\bwould(?: not)? have\b[^.;]*\b(?:if|had)\b", re.I
)
_ASKED = re.compile(r"\b(?:if|would|could|might|den(?:y|ied|ies)|false|claim\w*|alleg\w*|rumou?r\w*|evidence)\b", re.I)


def hedge(question: str, sentence: str) -> str | None:
    """What has to be said of a sentence quoted for a question, or None; nothing where the question hedges too."""
    if _ASKED.search(question):
        return None
    if _DENIED.search(sentence) or (_CLEARED.search(sentence) and not _CLEARED.search(question)):
        return "The quoted sentence denies or doubts something; read it whole before relying on it."
    if _SUPPOSED.search(sentence):
        return "The quoted sentence says what would have been, not what was; read it whole before relying on it."
    return None

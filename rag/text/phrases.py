"""What chat models write about their answer: refusals, lead-ins, attributions. Knows nothing of passages.

English, German and French: the languages that models were seen to refuse in.
"""

import re
from collections.abc import Collection

from rag.text.normalize import searchable
from rag.text.words import stems

_REFUSING = re.compile(
    r"\b(?:document|passage|source|context|text|excerpt|report|article|material|information)s?\b[^.]{0,60}\b"
    r"(?:not|n't|no|nothing|nowhere)\b[^.]{0,40}\b(?:contain|mention|provid|say|said|tell|told|state|specif|includ|address|answer"
    r"|give|discuss|indicat|found|available|enough|sufficient|information|detail)"
    r"|\b(?:no|not enough|insufficient|not any) (?:\w+ ){0,3}information\b"
    r"|\bI(?:'m| am)? ?(?:cannot|can't|could not|couldn't|do not|don't|was not able to|not able to|unable to|sorry)\b"
    r"|\b(?:not|n't|cannot be) (?:\w+ ){0,2}(?:mentioned|stated|specified|given|provided|found|available|covered"
    r"|answered|determined|disclosed) (?:in|by|from)\b"
    r"|\bis not in the documents\b|\bno answer in the documents\b"
    # German
    r"|\b(?:unterlage|dokument|passage|quelle|text|bericht|kontext|auszug|auszüge|information|angabe)\w*\b[^.]{0,60}\b"
    r"(?:nicht|nichts|kein\w*)\b"
    r"|\b(?:nicht|nichts|kein\w*)\b[^.]{0,60}\b(?:unterlagen|dokument\w*|passagen?|quellen?|text\w*"
    r"|angaben?|information\w*"
    r"|hinweis\w*)\b"
    r"|\bich (?:kann|konnte|finde|habe)\b[^.]{0,60}\b(?:nicht|nichts|kein\w*)\b"
    # French
    r"|\b(?:documents?|passages?|sources?|textes?|extraits?|contexte|rapports?)\b[^.]{0,40}\bn(?:e "
    r"|')[^.]{0,40}\b(?:pas|rien"
    r"|aucune?)\b"
    r"|\bn(?:e |')[^.]{0,40}\b(?:pas|rien|aucune?)\b[^.]{0,60}\b(?:documents?|passages?|sources?"
    r"|textes?|extraits?|contexte)\b"
    r"|\baucune? (?:information|mention|indication|réponse|élément)\b"
    r"|\bje (?:ne |n')[^.]{0,20}\b(?:pas|rien|aucune?)\b",
    re.IGNORECASE,
)
# what a sentence may say without a citation, besides words of the question: it only introduces what is cited
_INTRODUCTORY = frozenset(
    stems(
        "documents passages sources reports texts state say following summary key points answer details according"
        " listed includes given provided shown mentioned described cited below based information question brief short"
        " available contain specify part rest anything further"
    )
)
# what else a title, a head of a table or a refusal may say
_TITLES = frozenset(
    stems(
        "overview background timeline chronology conclusion findings result reason cause context evidence comment item"
        " date time year name event role amount place location person people number status page reference"
        " recommendation"
        " action topic aspect"
        " den der die das dem des ein eine keine nicht nichts dazu darüber hier und aus in zu im steht geht"
        " hervor enthalten"
        " enthält finde unterlagen dokumente dokumenten passagen passage quellen text angaben informationen"
        " folgende antwort"
        " zusammenfassung laut datum ort ereignis grund"
        " les des le la une cette dans ne pas rien aucune selon contiennent contient information"
        " informations document passage"
        " texte voici réponse résumé suivant suivants lieu"
    )
)
_OPENER = (
    r"(?:sure(?: thing)?|certainly|of course|absolutely|definitely|gladly|with pleasure|no problem"
    r"|okay|ok|alright|great"
    r"(?: question)?|good question|thank you for (?:your|the) question|thanks for (?:asking"
    r"|your question)|happy to help"
    r"|i(?:'d| would) be (?:happy|glad) to help(?: you)?(?: with that)?|natürlich|gerne?|selbstverständlich|klar|sicher"
    r"|bien sûr|certainement|volontiers|avec plaisir)"
)
_HERE = (
    r"(?:(?:here(?:'s| is| are)|below is|hier ist|hier sind|voici) (?:(?:the|your|my|an?|what|die"
    r"|eine|la|une|votre|ce que)"
    r"\b)[^.:!?\n\d]{0,120})"
)
_ANSWER_IS = r"(?:(?:the |my |final |short |die |la )*(?:answer|response|antwort|réponse))"
_FILLER = re.compile(
    rf"(?:{_OPENER}[ ,.!:-]*){{0,3}}(?:{_HERE}|{_ANSWER_IS})?[ .:!-]*"
    r"|(?:i hope (?:this|that) helps?|(?:please )?let me know if|feel free to ask|if you (?:have|need|want|would like)"
    r"|would you like me to|is there anything else)\b[^\n]{0,160}",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"(?:{_OPENER}[,.!:]+ |{_OPENER} - |{_ANSWER_IS}(?: to (?:your|the) question)?(?: is)?: )+(?=\S)", re.IGNORECASE
)
_SOURCE = (
    r"(?:(?:the|these|den|der|dem|les|le|la) )?(?:(?:provided|given|available|above|cited|shown"
    r"|supplied|vorliegenden) )?"
    r"(?:sources?|passages?|documents?|context|texts?|excerpts?|information|quellen?|dokumenten?|unterlagen|textes?)"
    r"(?: (?:provided|given|above|fournis|fournies))?"
)
_ATTRIBUTION = re.compile(
    r"(?:according to|based on|in|from|(?:as )?per|as (?:stated|noted|mentioned|described|reported"
    r"|shown|explained|set out"
    rf"|recorded) (?:in|by)|nach) {_SOURCE}, |(?:laut|gemäß|selon|d'après) {_SOURCE},? "
    rf"|{_SOURCE} (?:also )?(?:says?|states?|notes?|mentions?|reports?|shows?|indicates?|confirms?"
    rf"|explains?|adds?)(?: that)? ",
    re.IGNORECASE,
)


def refuses(sentence: str) -> bool:
    """Whether a sentence says that the documents do not tell, in whatever words."""
    return bool(_REFUSING.search(searchable(sentence)))


def introduces(sentence: str, known: Collection[str]) -> bool:
    """Whether a sentence claims nothing: it only introduces what follows, or says what the documents do not tell.

    `known`: stems that a title or such a refusal may have besides, for instance those of the question.
    """
    words = set(stems(sentence))
    announces = sentence.endswith(":") or refuses(sentence)
    return words <= _INTRODUCTORY or (announces and words <= _INTRODUCTORY | _TITLES | set(known))


def is_filler(sentence: str) -> bool:
    """Whether a sentence is addressed to the reader and says nothing: "Certainly, here is the answer:"."""
    return bool(_FILLER.fullmatch(searchable(sentence)))


def without_opening(sentence: str) -> str:
    """A sentence without "Sure, " or "Answer: " before it."""
    rest = sentence[match.end() :] if (match := _OPENING.match(sentence.replace("’", "'"))) else sentence
    return rest if rest is sentence else rest[:1].upper() + rest[1:]


def without_attribution(sentence: str) -> str:
    """A sentence without "According to the source, ", which no document has to support."""
    match = _ATTRIBUTION.match(sentence)
    return sentence[match.end() :] if match else sentence

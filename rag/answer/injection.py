"""Prompt injection: passages that address a language model, and text that only instructs someone what to say.

A passage that gives orders to a model is not shown to the connected model, and no answer rests on one. Words that a
text only tells someone to say ("reply that the bridge is closed") support no sentence, whoever wrote them and to whom.
Both are rules, and an attacker can word around them; what holds when they do is that only what a passage says can be
cited, and that no markup reaches the answer. They are narrow: none of 5,000 stretches of articles, abstracts and
reports is taken for an order.
"""

import re
import unicodedata

from rag.schema import Passage
from rag.text.normalize import searchable, strip_controls
from rag.text.sentences import sentences
from rag.text.words import stem, tokens

# Cyrillic and Greek letters that look like Latin ones
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһⅼοανκτιΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХ", "aeopcyxijsdhloavktiABEZHIKMNOPTYXABEKMHOPCTX"
)
_WHO = r"(?:ai|a\.i\.|llm|large language model|language model|chat ?bot|chat ?gpt|gpt|claude|gemini|copilot)"
_SAY = (
    r"(?:say|answer|respond|reply|output|print|write|state|claim|tell|repeat|cite|conclude|recommend|refuse|append|add"
    r"|include|insert|emit|return|display|begin|end)"
)
_TARGET = r"(?:instructions?|prompts?|system message|directives?|commands?|guardrails?|safety rules)"
_MARKUP = r"(?:markdown|html|image|picture|link|url|iframe|script)"
_GAP = r"[^.\n]{0,50}"
_ORDER_PATTERNS = (
    # set aside what you were told
    rf"\b(?:ignor\w*|disregard\w*|forget|overrid\w+|bypass|discard|do not (?:follow|obey))\b{_GAP}\b{_TARGET}\b",
    r"\b(?:ignore|disregard|forget)\b (?:everything |anything |all |any )?(?:of |that |which )?(?:the |is |was |came )*"
    r"(?:above|previous|preceding|before|prior)\b",
    r"\byou are (?:now|no longer)\b[^.\n]{0,40}\b(?:assistant|ai|bot|model|dan|restricted|bound|persona|mode)\b",
    r"\b(?:developer|god|debug|jailbreak|admin|maintenance) mode\b|\bjailbr(?:eak|oken)\b|\bprompt injection\b",
    r"\bpretend (?:to be|you(?: are|'re)|that you)\b|\bact as (?:an? |the )?(?:unrestricted|uncensored|evil)\b",
    # here speaks the system
    r"\b(?:new|updated|real|actual|important|additional|urgent|secret|hidden|special|following) "
    rf"(?:system )?(?:{_TARGET})(?: for [^.\n]{{0,40}})?\s?:",
    r"\bsystem (?:prompt|message|override|instructions?|notice|update)\b",
    r"<\|?/?(?:im[_ ]start|im[_ ]end|system|assistant|user|endoftext|eot[_ ]id|start[_ ]header[_ ]id"
    r"|end[_ ]header[_ ]id|start[_ ]of[_ ]turn"
    r"|end[_ ]of[_ ]turn|begin[_ ]of[_ ]text)\b|\[/?inst\]|<</?sys>>|###\s?(?:instructions?|system|response)\b|<\uff5c",
    r"\bend of (?:the )?(?:passages?|context|data|prompt|documents? section|untrusted)\b",
    rf"\b(?:begin|start) of (?:new )?{_TARGET}\b",
    # to whom it is said
    rf"\b(?:if|since|because|when) you(?: are|'re) (?:an? |the )?(?:\w+ )?(?:{_WHO}|assistant|bot)\b",
    rf"\bas an? (?:\w+ )?(?:{_WHO}|ai assistant)\b[^.\n]{{0,40}}\byou\b",
    rf"\b(?:to|for) (?:any|all|every|the) (?:{_WHO}|assistant)s? (?:reading|processing|answering|summari[sz]ing)\b",
    r"\b(?:note|message|instructions?|attention|dear|hey|hello|to|for)\b[ :]{1,2}(?:all |any |the |every |an? )?"
    rf"(?:{_WHO}|assistant(?=s?[:,]))s?\b[^.\n]{{0,80}}\b{_SAY}\b",
    rf"\b(?:{_WHO}|ai (?:assistant|model|system|agent|tool|reader))s?\b{_GAP}\b(?:must|should|shall|need to"
    rf"|ha(?:s|ve) to|are to|is to|please|required to|instructed to|ordered to)\b[^.\n]{{0,40}}\b{_SAY}\b",
    # what to say
    rf"\basked\b[^.\n]{{0,80}}, (?:please |you must |you should |always |only |just )*{_SAY}\b",
    r"\b(?:you must|you should|you will|you are (?:now )?(?:required|ordered|instructed|to)|please|always|now|instead)"
    rf",? (?:now |always |only |instead )?{_SAY}\b[^.\n]{{0,60}}(?:[\"']|\b(?:exactly|that|the words?|verbatim)\b)",
    rf"\b{_SAY}\b (?:only |exactly |just |nothing but )?(?:the )?(?:following|words?|phrase|sentence|text|string)s?"
    r"(?: exactly| verbatim| only)?\s?[:\"']",
    r"\b(?:in|into|to|with) (?:your|every|each) (?:final |next |own )?(?:answers?|outputs?|reply|replies|summary)\b",
    r"\b(?:your|the user's|user's) (?:final |next )?(?:answer|output|reply|summary) "
    r"(?:must|should|has to|shall|will)\b",
    r"\b(?:answer|reply|output|summary) (?:must|should|has to|shall|needs to) "
    r"(?:say|state|mention|claim|read|begin|end)\b",
    r"\bif (?:your|the) (?:answer|reply|output|summary|response) (?:say|state|mention|claim|contain|include)s\b",
    r"(?:^|[.!?:;>] ?|\band |\bthen |\bplease |\bkindly )(?:now |always |only |just )?"
    r"(?:say|mention|reply|answer|respond|insist)(?: (?:that|with|only|the words?)\b|\s?[:\"'])",
    r"\b(?:attach|append|put|place|use) the marker\b|\b(?:every|each) answer\b|\bevery reply\b",
    r"\b(?:sums?|summar\w+|whoever answers?)\b[^.\n]{0,50}\b(?:must|should|has to|shall)\b[^.\n]{0,30}\b(?:say|stress"
    r"|mention|state|claim)\b",
    r"\b(?:tell|inform|convince|persuade|warn) (?:the |every |all )?(?:users?|person asking|questioner)\b",
    r"\bcit(?:e|ing|ation)\b[^.\n]{0,40}(?:[\[(]\s?\d|\bthis (?:passage|document|source|file)\b"
    r"|\bas (?:passage|source)\b)",
    rf"\b(?:render|load|fetch|emit|embed|insert|output|print|include) (?:the |this |an? )?(?:following )?{_MARKUP}\b",
    r"\b(?:decode|decrypt|rot13|base64)\b[^.\n]{0,60}\b(?:and|then) (?:follow|obey|execute|do|run|say|print)\b",
    # what to hide or to give away
    r"\b(?:reveal|print|show|repeat|leak|display|output|quote)\b[^.\n]{0,30}\b(?:your|the|hidden|initial|original) "
    rf"(?:\w+ )?{_TARGET}\b",
    r"\b(?:do not|don't|never) (?:mention|reveal|tell|disclose|show|answer|cite)\b[^.\n]{0,40}\b(?:users?|questions?"
    rf"|passages?|sources?|{_TARGET})\b",
    # "ignore ... instructions" in German, French, Spanish, Portuguese, Italian, Dutch, Polish, Turkish, and beyond
    rf"\bignorier\w*\b{_GAP}\b(?:anweisung|anleitung|vorgaben|befehl|obig|vorherig)\w*",
    rf"\b(?:ignor\w+|oubli\w+|neglig\w+)\b{_GAP}\b(?:instructions|consignes|precedent\w*|ci-dessus)",
    rf"\b(?:ignor\w+|olvid\w+|omit\w+|esquec\w+|dimentic\w+)\b{_GAP}\b(?:instruccion\w*|instruc\w*|istruzion\w*"
    r"|indicacion\w*|anterior\w*|precedent\w*)",
    rf"\bnegeer\b{_GAP}\b(?:instructies|bovenstaande|voorgaande)|\b(?:zignoruj|pomin)\b|\byok say\b|\bgormezden gel",
    "игнорируй|забудь (?:все|предыдущ)|忽略|无视|無視|무시하|تجاهل|अनदेखा|नज़रअंदाज़|תתעלם|התעלם",
)


def _bare(text: str) -> str:
    """A text without accents and vowel signs."""
    return text if text.isascii() else "".join(c for c in unicodedata.normalize("NFKD", text) if not _is_mark(c))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


_ORDERS = re.compile("|".join(_bare(pattern) for pattern in _ORDER_PATTERNS), re.IGNORECASE)
_ROLE = re.compile(r"^[^\w\n]{0,20}(?:system|assistant)\W{0,3}:", re.IGNORECASE | re.MULTILINE)

_WITHOUT_SPACES = re.compile(
    r"(?:ignore|disregard|forget)(?:all|the|any|of|everything)*(?:above|(?:previous|prior)instr)", re.IGNORECASE
)


def is_injection(passage: Passage) -> bool:
    """Whether a passage, its headings, its title or the name of its file addresses a language model."""
    name = passage.source.replace("-", " ")
    return addresses_model("\n".join((name, passage.title, *passage.headings, passage.text)))


def addresses_model(text: str) -> bool:
    """Whether a text addresses a language model. Linear in the length of the text."""
    seen = strip_controls(text)
    bare = _bare(searchable(seen)).replace("_", " ")
    latin = bare.translate(_LOOKALIKES)
    letters = "".join(latin.split())  # "i g n o r e" is read by a model all the same
    return any((_ORDERS.search(bare), _ORDERS.search(latin), _WITHOUT_SPACES.search(letters), _ROLE.search(seen)))


# a verb of speaking in its base form, as an order or after "must" and its like; not "the coroner said", "to conclude"
_BEFORE_VERB = (
    r"(?:(?:^|[.!?:;,—–>-]|[\"'“‘])\W{0,3}|\b(?:and|or|then|please|kindly|you|readers?|models?|assistants?|bots?|must|should|shall"
    r"|will|not|never|always|now|instead|simply|just|only|also|automatically)\s+"
    r"|\b(?:authori[sz]e|order|instruct|ask|tell|told|need|have|has|require|suppose|permit|allow|remind|task|job|duty"
    r"|want|free)(?:e?d|s)?\b[^.!?]{0,40}?\bto\s+)"
    r"(?:(?:please|now|then|always|only|just|instead|simply|kindly|also|never|here|henceforth|truthfully)\s+){0,3}"
)
# verbs that are little else; and those that are nouns too or do more than speak: "report that", not "Report: four died"
_VERB = (
    r"(?:say|write|tell|declare|repeat|pretend|recite|proclaim)\b(?!\s+(?:(?:so|to|about|of|for|when)\b|\d)|\s*[,;)])"
)
_VERB_OF_SPEECH = (
    r"(?:answer|reply|respond|state|claim|insist|assert|confirm|conclude|output|print|announce|mention|report|stress|add)"
    r"\b(?=\s*(?:(?:\w+\s+){0,2}?(?:with|solely|exactly|only|the\s+(?:words?|sentence|phrase|statement))\b|that\b"
    r"|[\"'“‘]))"
)
_ANSWER = r"(?:answer|response|reply|output|summary)"
_FOREIGN_VERB = (
    r"(?:antwort(?:e|en\s+sie|et)|sagen\s+sie|schreib(?:e|en\s+sie|t)?|behaupte[nt]?|r[ée]pond(?:s|ez)|dites|[ée]cri(?:s|vez)"
    r"|affirmez|responde|respondan?|d[ií]ga(?:n|me)?|escrib[ea]n?|escrev[ae]|rispond(?:i|ete)|scriv(?:i|ete)"
    r"|antwoord|schrijf|odpowiedz|napisz)"
)
_INSTRUCTED = re.compile(
    rf"{_BEFORE_VERB}(?P<verb>{_VERB}|{_VERB_OF_SPEECH})"
    rf"|\byou\s+(?P<you>{_ANSWER})\s*:"
    rf"|\b(?:correct|right|only|valid|proper|expected|required|best|true)\s+(?:\w+\s+)?(?P<noun>{_ANSWER})\b"
    r"[^.!?]{0,60}?(?:\bis\b|\bbe\b|\breads\b|:)"
    r"|\b(?:must|should|shall|to|they|users?|everyone|people)\s+be\s+(?P<passive>told|informed|assured)\s+(?!by|of|to|about|when|if|as)"
    rf"|\b(?P<foreign>{_FOREIGN_VERB})\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")


def without_instructed_speech(text: str, claim: str) -> str:
    """The text, of the same length, with the words blanked that it only instructs someone to say.

    Words after a verb that the claim has too are kept: "Staff must say that ..." supports "Staff must say that ...".
    """
    claimed = {stem(token) for token in tokens(claim)}
    kept = list(text)
    for start, end in sentences(text):
        for match in _INSTRUCTED.finditer(text[start:end]):
            verb = next(v for v in match.groupdict().values() if v)
            if stem(tokens(verb)[0]) not in claimed:
                kept[start + match.end() : end] = _WORD.sub(" ", text[start + match.end() : end])
                break
    return "".join(kept)

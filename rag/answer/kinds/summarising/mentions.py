"""The sentences about somebody or something by name, in several documents."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.answer.kinds.summarising.candidates import Candidate, candidates
from rag.schema import Document
from rag.store.ledger import Ledger
from rag.text.names import NameTokens, capitalised
from rag.text.normalize import searchable
from rag.text.words import WORD, tokens

MAX_CHUNKS = 200  # that keyword search returns for a name
MAX_DOCUMENTS, MAX_SENTENCES = 8, 90  # that are read
MORE_IN_HEADING = 1  # words beside the name in a heading that says whom its section is about
EARLY = 3  # words of a sentence within which its subject is named


def mentions(name: str, ledger: Ledger, sources: Sequence[str]) -> list[Candidate]:
    """The sentences that name somebody, and those of sections that are headed by the name.

    The document with most of them comes first; each document is a section. Where a document has one person of that
    surname only, the surname is enough.
    """
    wanted = tuple(tokens(name))
    rows = [row for row, _ in ledger.keywords.chunks(name, MAX_CHUNKS, sources)]
    found = Counter(chunk.chunk.source for chunk in ledger.chunks(rows))
    several = []
    for source, _ in found.most_common():
        document = ledger.document(source)
        if not _is_name(name, document):
            continue
        own = [each for each in candidates(document, ledger.chunks_of(source)) if each.form == "sentence"]
        forms = _forms(wanted, document)
        about = [named for each in own if (named := _about(each, wanted, forms))]
        several += [about] if about else []
        if len(several) == MAX_DOCUMENTS:
            break
    most = max(1, MAX_SENTENCES // max(1, len(several)))
    ordered = sorted(several, key=len, reverse=True)
    return [replace(each, section=number) for number, about in enumerate(ordered) for each in about[:most]]


def _about(each: Candidate, name: NameTokens, forms: Sequence[NameTokens]) -> Candidate | None:
    """The sentence where it is about the name; it counts as a first one where it begins with it."""
    said = tuple(tokens(each.text))
    headings = [tuple(tokens(heading)) for heading in each.chunk.chunk.headings]
    headed = any(_at(name, words) >= 0 and len(words) <= len(name) + MORE_IN_HEADING for words in headings)
    places = [at for form in forms if (at := _at(form, said)) >= 0]
    if not places and not headed:
        return None
    return replace(each, first=bool(places) and min(places) < EARLY)


def _is_name(name: str, document: Document) -> bool:
    """Whether a document writes it with capitals, as a name, anywhere."""
    pattern = r"\W+".join(map(re.escape, WORD.findall(searchable(name))))
    found = re.finditer(rf"\b{pattern}\b", searchable(document.text), re.IGNORECASE)
    return any(match[0][0].isupper() for match in found if match[0].split()[-1][0].isupper())


def _forms(name: NameTokens, document: Document) -> list[NameTokens]:
    """The name in full, and its last word where nobody else in the document has it."""
    last, text = name[-1:], searchable(document.text)
    runs = {run for run, _ in capitalised(text) if name[-1] in run[1:]}
    others = [run for run in runs if _at(name, run) < 0 and not set(run) < set(name)]
    return [name, last] if len(name) > 1 and not others else [name]


def _at(name: NameTokens, words: NameTokens) -> int:
    """Where a name stands among words, or -1."""
    places = range(len(words) - len(name) + 1)
    return next((i for i in places if words[i : i + len(name)] == name), -1)

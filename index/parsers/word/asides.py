"""What a Word document keeps in other parts than its body: footnotes, endnotes, comments, the words of diagrams."""

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from index.parsers.word.elements import related
from rag.text.normalize import searchable

MAX_NAME = 80  # characters of the name of an author
_W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"


class Asides:
    """The notes, comments and diagrams of one document; each is given out once, however often it is named."""

    def __init__(self, document: WordDocument):
        self._document = document
        self._notes = {kind: _by_id(related(document, kind)) for kind in ("footnotes", "endnotes")}
        self._comments = _by_id(related(document, "comments"))
        self._settled = _settled(related(document, "commentsExtended"))

    def note(self, kind: str, identity: str) -> etree._Element | None:
        """A footnote or endnote."""
        return self._notes[kind].pop(identity, None)

    def comment(self, identity: str) -> etree._Element | None:
        """A comment."""
        return self._comments.pop(identity, None)

    def lead(self, comment: etree._Element, anchor: str) -> str:
        """What a comment is marked with: its author, whether it is settled, and the words that it is about."""
        author = searchable(comment.get(qn("w:author"), ""))[:MAX_NAME].strip()
        paragraphs = [one.get(qn("w14:paraId"), "") for one in comment.iter(qn("w:p"))]
        settled = bool(paragraphs) and paragraphs[-1] in self._settled
        by, about = f" by {author}" if author else "", f" on “{anchor}”" if anchor else ""
        return f"Comment{by}{' (resolved)' if settled else ''}{about}: "

    def diagram(self, relation: str) -> list[str]:
        """The words of a diagram (SmartArt), a text for each of its shapes."""
        part = self._document.part.related_parts.get(relation)
        if part is None:
            return []
        root = parse_xml(part.blob)
        texts = ("".join(text.text or "" for text in one.iter(qn("a:t"))).strip() for one in root.iter(qn("a:p")))
        return [text for text in texts if text]


def _by_id(root: etree._Element | None) -> dict[str, etree._Element]:
    return {} if root is None else {one.get(qn("w:id"), ""): one for one in root.iterchildren(etree.Element)}


def _settled(root: etree._Element | None) -> set[str]:
    """The last paragraphs of the comments that were marked as resolved."""
    if root is None:
        return set()
    return {one.get(f"{_W15}paraId", "") for one in root if one.get(f"{_W15}done") in ("1", "true")}

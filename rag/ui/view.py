"""What is to be shown of a document: which one, at which place, as text or as drawn pages."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from rag.schema import Document
from rag.store.records import DocumentInfo
from rag.ui.markup import fingerprint
from rag.ui.paper import Drawing
from rag.ui.reflow import shown

TEXT = "text"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to open a document: code points of its text. `check`: fingerprint of the words that stood there.

    `page`: open it there, whatever is marked. `form`: TEXT for the text of a file whose pages can be drawn.
    """

    start: int = 0
    end: int = 0
    check: str = ""
    page: int = 0
    form: str = ""


@dataclass(frozen=True)
class View:
    """What is to be shown of a document. `drawing`: its pages, to be shown instead of its text."""

    document: Document
    info: DocumentInfo
    place: Place
    drawing: Drawing | None = None

    @cached_property
    def shown(self) -> str:
        """The text of the document as it is shown: offset for offset the stored one."""
        return shown(self.info.file.path, self.document.text)

    @property
    def page(self) -> int | None:
        """The page to open it at, None where it has no pages."""
        if self.place.page and self.info.pages:
            return min(max(self.place.page, 1), self.info.pages)
        return page_at(self.document, self.marked[0])

    @property
    def intact(self) -> bool:
        """Whether the words still stand at the place; true where no words were asked for."""
        place = self.place
        return not place.check or fingerprint(self.document.text[place.start : place.end]) == place.check

    @property
    def marked(self) -> tuple[int, int]:
        """The span to mark, (0, 0) where there is none or its words have moved: nothing rather than the wrong words."""
        place, length = self.place, len(self.document.text)
        inside = 0 <= place.start < place.end <= length
        return (place.start, place.end) if inside and self.intact else (0, 0)


def is_pdf(info: DocumentInfo) -> bool:
    """Whether a document has pages that can be drawn."""
    return info.file.path.lower().endswith(".pdf")


def page_at(document: Document, offset: int) -> int | None:
    """The page (from 1) on which an offset lies, None where the document has no pages."""
    return bisect_right(document.pages, offset) or None

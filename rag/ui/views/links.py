"""The addresses at which documents and their pages open."""

from urllib.parse import urlencode

from rag.schema import Citation, Passage
from rag.ui.document_view import fingerprint


def source_url(name: str, **query: object) -> str:
    """The address at which a document opens."""
    return "/source?" + urlencode({"name": name} | {key: str(value) for key, value in query.items()})


def place_url(place: Citation | Passage) -> str:
    """The address at which a document opens at a place, and at which a change of its words is noticed."""
    words = place.quote if isinstance(place, Citation) else place.text
    return source_url(place.source, start=place.start, end=place.end, check=fingerprint(words))


def page_url(name: str, number: int, version: str) -> str:
    """The address of the picture of a page; another version of the file has another one."""
    return "/page?" + urlencode({"name": name, "number": number, "version": version[:12]})

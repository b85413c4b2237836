"""HTML that cannot be broken into: values are escaped when they enter a template, and lose what no reader can see.

Documents, file names, metadata, questions and answers reach the page through here only.
"""

from collections.abc import Iterable
from typing import LiteralString
from urllib.parse import urlencode

from markupsafe import Markup, escape

from rag.schema import Citation, Passage
from rag.text.markdown import without_controls
from rag.ui.document_view import fingerprint

__all__ = [
    "Markup",
    "attributes",
    "html",
    "icon",
    "join",
    "page_url",
    "place_url",
    "source_url",
    "text",
]

# outlines of 24 x 24, drawn in the colour of the text around them
_ICONS: dict[str, str] = {
    "ask": '<path d="M4 5h16v11H9l-5 4z"/>',
    "check": '<path d="M5 13l5 5L20 6"/>',
    "copy": '<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V5a1 1 0 0 1 1-1h9"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "down": '<path d="M12 4v12m-5-5 5 5 5-5M5 20h14"/>',
    "edit": '<path d="M4 20h4L19 9l-4-4L4 16zM13 7l4 4"/>',
    "eye": '<path d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>',
    "file": '<path d="M6 3h8l4 4v14H6zM14 3v4h4"/>',
    "folder": '<path d="M3 6h6l2 2h10v11H3z"/>',
    "keys": '<rect x="3" y="6" width="18" height="12" rx="2"/><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8"/>',
    "leave": '<path d="M10 4H5v16h5M14 8l4 4-4 4M9 12h9"/>',
    "left": '<path d="M15 5l-7 7 7 7"/>',
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "moon": '<path d="M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z"/>',
    "open": '<path d="M14 4h6v6M20 4l-9 9M11 6H5v13h13v-6"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "rate": '<path d="M7 11v9H4v-9zM7 11l4-7c2 0 2 2 2 3v3h6l-2 10H7"/>',
    "retry": '<path d="M4 12a8 8 0 1 1 3 6M4 20v-5h5"/>',
    "right": '<path d="M9 5l7 7-7 7"/>',
    "search": '<circle cx="11" cy="11" r="6"/><path d="M16 16l4 4"/>',
    "trash": '<path d="M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13"/>',
    "upload": '<path d="M12 16V4m-5 5 5-5 5 5M5 20h14"/>',
    "warning": '<path d="M12 4l9 16H3zM12 10v5M12 17.5v.5"/>',
}


def text(value: object) -> Markup:
    """A value as HTML text: escaped, and without control, bidirectional and other unseen characters."""
    return value if isinstance(value, Markup) else escape(without_controls(str(value)))


def html(template: LiteralString, **values: object) -> Markup:
    """A constant template with `{name}` filled in; only Markup enters unescaped."""
    return Markup(template.format(**{name: text(value) for name, value in values.items()}))  # noqa: S704


def join(parts: Iterable[Markup]) -> Markup:
    """Several pieces of HTML as one."""
    return Markup("").join(parts)


def attributes(**values: object) -> Markup:
    """Attributes of an element; `_` in a name is written `-`."""
    return join(Markup(' {}="{}"').format(name.replace("_", "-"), text(value)) for name, value in values.items())


def icon(name: str) -> Markup:
    """A small drawing that screen readers pass over."""
    return Markup(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{_ICONS[name]}</svg>')  # noqa: S704


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

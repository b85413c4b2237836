"""The templates of rag/ui/templates: loaded once, always escaping, and without characters that no reader can see.

Documents, file names, metadata, questions and answers reach the page through here only.
"""

import re
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from rag.text.normalize import strip_controls
from rag.ui.views.links import page_url, place_url, source_url

__all__ = ["Markup", "render", "text"]

FOLDER = Path(__file__).parent.parent / "templates"
_LINE_BREAK = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{]|\Z)")


def render(template: str, macro: str, /, **values: object) -> Markup:
    """The HTML that a macro of a template makes of values; only what is Markup already enters unescaped."""
    return Markup(getattr(ENVIRONMENT.get_template(template).module, macro)(**values))  # noqa: S704


def text(value: object) -> Markup:
    """A value as HTML text."""
    return escape(_visible(value))


def _visible(value: object) -> object:
    """What a template writes of a value: nothing that is unseen or that turns the direction of reading."""
    return value if isinstance(value, Markup) else strip_controls(str(value))


def _joined(source: str) -> str:
    """A template without its line breaks and indentation, which would show as spaces between elements.

    Beside a tag or an expression a line break is nothing, between words or attributes it is a space.
    """
    return re.sub(r"\s*\n\s*", " ", _LINE_BREAK.sub("", source))


ENVIRONMENT = Environment(
    loader=DictLoader({path.name: _joined(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.html")}),
    autoescape=True,
    finalize=_visible,
    undefined=StrictUndefined,
    auto_reload=False,
)
ENVIRONMENT.globals.update(source_url=source_url, place_url=place_url, page_url=page_url)
ENVIRONMENT.globals["icon"] = getattr(ENVIRONMENT.get_template("icons.html").module, "icon")  # noqa: B009

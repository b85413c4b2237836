"""Parse Markdown (.md): rendered to plain text, so that no quote holds markup; headings are recorded."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.parsers.content import Content, Grid, TextBlock, assemble, clean, iso_date
from index.parsers.decode import decode
from index.parsers.html import html_blocks

_FRONT_MATTER = re.compile(r"---\n(?P<fields>(?:[^\n]*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FIELD = re.compile(r"^(title|date):(.*)$", re.MULTILINE)
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def parse_markdown(data: bytes) -> Content:
    """Parse a Markdown file; title and date are taken from YAML front matter, the rest of which is plain text.

    Raises DocumentError where the bytes are not text.
    """
    source = clean(decode(data))
    blocks: list[TextBlock] = []
    fields: dict[str, str] = {}
    if front := _FRONT_MATTER.match(source):
        fields = {name: _unquoted(value.strip(" \t")) for name, value in _FIELD.findall(front["fields"])}
        blocks.append(TextBlock(front["fields"]))
        source = source[front.end() :]
    blocks += _blocks(_PARSER.parse(source))
    text, headings = assemble(blocks)
    return Content(text, (), headings, fields.get("title"), iso_date(fields.get("date")))


def _unquoted(value: str) -> str:
    """A YAML value without one quotation mark at either end."""
    start = value[:1] in {'"', "'"}
    return value[start : len(value) - (value[start:][-1:] in {'"', "'"})]


def _blocks(tokens: list[Token]) -> Iterator[TextBlock]:
    """The blocks of a parsed file. A list item carries its marker, a table row is one line."""
    level, marker = 0, ""
    row: list[str] | None = None
    for token in tokens:
        kind = token.type
        if kind == "heading_open":
            level = int(token.tag[1])
        elif kind == "heading_close":
            level = 0
        elif kind == "list_item_open":
            marker = f"{token.info}{token.markup} " if token.info else "• "
        elif kind == "tr_open":
            row = []
        elif kind == "tr_close":
            yield TextBlock(Grid().line([(text, 1, 1) for text in row or ()]), tight=True)
            row = None
        elif kind == "html_block":
            yield from html_blocks(token.content)
        elif kind in ("inline", "fence", "code_block"):
            text = _inline(token) if kind == "inline" else token.content
            if row is not None:
                row.append(text)
            else:
                yield TextBlock(marker + text, level, tight=bool(marker))
                marker = ""


def _inline(token: Token) -> str:
    """The words of a paragraph, without markup, link targets and pictures."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak" or child.content.lower().startswith("<br"):
            parts.append("\n")
    return "\n".join(line.strip(" ") for line in "".join(parts).split("\n"))

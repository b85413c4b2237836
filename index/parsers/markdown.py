"""Parse Markdown (.md, .markdown): rendered to plain text, so that no quote holds markup; headings are recorded."""

import re
from collections.abc import Iterator, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.parsers.content import Content, Grid, TextBlock, assemble, clean, iso_date
from index.parsers.decode import decode
from index.parsers.html import html_blocks
from index.parsers.html_unseen import Unseen

_FRONT_MATTER = re.compile(r"---\n(?P<fields>(?:[^\n]*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_FIELD = re.compile(r"^(title|date):(.*)$", re.MULTILINE)
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TAG = re.compile(r"</?\s*([a-z]+)", re.IGNORECASE)
# tags within a line that change what its text says; others are left out, as one left open would hide the rest of it
_MEANT = {"sup", "sub", "del", "s", "strike", "ins", "span", "font", "br"}
_STRUCK_BLOCKS = re.compile(r"\s*<(?P<end>/?)(?:del|s|strike)>\s*", re.IGNORECASE)
_ESCAPED_BARS = re.compile(r"\\\\|\\\||`[^`]*`")


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
    unseen = Unseen()
    blocks += _without_struck(_blocks(_PARSER.parse(source), source.split("\n"), unseen), unseen)
    text, headings = assemble(blocks)
    return Content(text, (), headings, fields.get("title"), iso_date(fields.get("date")), unseen.notes(text))


def _unquoted(value: str) -> str:
    """A YAML value without one quotation mark at either end."""
    start = value[:1] in {'"', "'"}
    return value[start : len(value) - (value[start:][-1:] in {'"', "'"})]


def _blocks(tokens: Sequence[Token], lines: Sequence[str], unseen: Unseen) -> Iterator[TextBlock]:
    """The blocks of a parsed file with its source lines. A list item carries its marker, a table row is one line.

    A line with nothing but <del> or </del> is a block of its own.
    """
    level, marker = 0, ""
    row: list[Token] | None = None
    grid = Grid()
    for token in tokens:
        kind = token.type
        if kind == "heading_open":
            level = int(token.tag[1])
        elif kind == "heading_close":
            level = 0
        elif kind == "list_item_open":
            marker = f"{token.info}{token.markup} " if token.info else "• "
        elif kind == "table_open":
            grid = Grid()
        elif kind == "tr_open":
            row = []
        elif kind == "tr_close":
            yield TextBlock(_row(row or [], lines, grid, unseen), tight=True)
            row = None
        elif kind == "html_block":
            if _STRUCK_BLOCKS.fullmatch(token.content):
                yield TextBlock(token.content)
            else:
                yield from html_blocks(token.content, unseen)
        elif kind in ("inline", "fence", "code_block"):
            if row is not None:
                row.append(token)
                continue
            text = _inline(token, unseen) if kind == "inline" else token.content
            yield TextBlock(marker + text, level, tight=bool(marker))
            marker = ""


def _row(cells: Sequence[Token], lines: Sequence[str], grid: Grid, unseen: Unseen) -> str:
    """A row of a table in one line; one that names a group, by its looks, has only that text.

    It does where the source has no further cells, or its only text is bold or ends in a colon.
    """
    texts = [_inline(cell, unseen) for cell in cells]
    if texts and texts[0] and not any(texts[1:]):
        children = [child.type for child in cells[0].children or () if child.type != "text" or child.content]
        bold = children[:1] == ["strong_open"] and children[-1:] == ["strong_close"] and len(children) == 3
        at = cells[0].map
        bars = _ESCAPED_BARS.sub("", lines[at[0]]).strip().strip("|").count("|") if at and at[0] < len(lines) else 1
        if bold or not bars or texts[0].endswith(":"):
            texts = texts[:1]
    return grid.line([(text, 1, 1) for text in texts])


def _inline(token: Token, unseen: Unseen) -> str:
    """The words of a paragraph, without markup, link targets and pictures."""
    parts, marked = [], []
    meant = False
    for child in token.children or ():
        tag = _TAG.match(child.content) if child.type == "html_inline" else None
        name = tag[1].lower() if tag else ""
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak" or name == "br":
            parts.append("\n")
        elif child.type in ("s_open", "s_close") or name in _MEANT:
            marked.append((len(parts), child.content or f"<{'/' * (child.type == 's_close')}s>"))
            meant = True
    if meant:
        return _rendered(parts, marked, unseen)
    return "\n".join(line.strip(" ") for line in "".join(parts).split("\n"))


def _rendered(parts: Sequence[str], marked: Sequence[tuple[int, str]], unseen: Unseen) -> str:
    """The words of a paragraph with tags, given as (number of parts before it, tag)."""
    page = ["<p>"]
    done = 0
    for at, tag in [*marked, (len(parts), "")]:
        page += [escape(part).replace("\n", "<br>") for part in parts[done:at]]
        page.append(tag)
        done = at
    return "\n".join(block.text for block in html_blocks("".join(page), unseen))


def _without_struck(blocks: Iterator[TextBlock], unseen: Unseen) -> Iterator[TextBlock]:
    """The blocks outside lines with nothing but <del> and </del>."""
    struck = False
    for block in blocks:
        if match := _STRUCK_BLOCKS.fullmatch(block.text):
            struck = not match["end"]
        elif struck:
            unseen.struck.append(block.text)
        else:
            yield block

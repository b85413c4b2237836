"""Markdown and HTML of a model -> plain text without markup, links and invisible characters; knows no passage.

An answer is shown in a browser, a notebook and a terminal. What they get has no markup, no picture, no address that
anything would turn into a link, and no invisible or direction-changing character.
"""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.text.markers import escape_in_code
from rag.text.normalize import strip_controls

# no reference definitions: "[1]: https://..." would turn every [1] into a link; no indented code and no HTML blocks:
# a model that indents or writes <p> means text
_PARSER = MarkdownIt("commonmark", {"maxNesting": 20}).enable(["table", "strikethrough"])
_PARSER.disable(["reference", "code", "html_block"])
_RAISED = re.compile(r"<sup>\s{0,3}(\d{1,3}(?:\s?,\s?\d{1,3})*)\s{0,3}</sup>", re.IGNORECASE)
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_NO_END = re.compile(r"[\w)\]\"'”’»]\Z")
_DEFINITION = re.compile(
    r"^ {0,3}\[[^\]\n]{1,100}\]:[ \t]*<?[a-z][a-z\d+.-]{1,20}:[^\n]*$", re.IGNORECASE | re.MULTILINE
)
_SCHEME = re.compile(r"\b(?:[a-z][a-z\d+.-]{1,20}+://+|www\.)", re.IGNORECASE)
_TAG = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE)
_REFERENCE = re.compile(r"\](?=[(:\[])|!(?=\[)")
_LABEL = re.compile(r"\^?(?:[a-z]{2,9}[ .:#]{1,2})?\d{1,3}", re.IGNORECASE)
_INLINE_TAGS = frozenset("a abbr b cite code del em font i ins kbd mark q s small span strong sub sup u wbr".split())
_TAG_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z\d]*)")
_BULLET = "• "


def plain_text(markdown: str) -> str:
    """The plain text of Markdown: one blank line between paragraphs, list items and table rows on lines of their own.

    Links are reduced to their text, their definitions and pictures dropped; bracketed numbers in code cite nothing. A
    heading, a line in bold above others and the head of a table end in a colon, which tells them from sentences.
    """
    visible = _DEFINITION.sub("", strip_controls(markdown))
    visible = _RAISED.sub(lambda m: m[1].translate(_SUPERSCRIPTS), visible)
    return "".join(_blocks(_PARSER.parse(visible))).strip()


def sanitize(text: str) -> str:
    """Plain text in which nothing looks like a tag, a link or a picture, and no address has a scheme."""
    return _REFERENCE.sub(r"\g<0> ", _TAG.sub("< ", _SCHEME.sub("", text)))


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    """The text of each block, with the line breaks before it; a table row reads as a list item."""
    item, lists, row = "", 0, None  # type: tuple[str, int, list[str] | None]
    for index, token in enumerate(tokens):
        text = None
        match token.type:
            case "bullet_list_open" | "ordered_list_open" | "bullet_list_close" | "ordered_list_close":
                lists += token.nesting
            case "list_item_open":
                item = f"{item.removesuffix(_BULLET)}{token.info}{token.markup} " if token.info else item or _BULLET
            case "tr_open":
                item, row = "" if tokens[index - 1].type == "thead_open" else _BULLET, []
            case "inline" if row is not None:
                row.append("".join(_inline(token.children or ())))
            case "tr_close":
                text, row = " | ".join(row or ()), None
                text += ":" if tokens[index + 1].type == "thead_close" and text.strip(" |") else ""
            case "list_item_close" if item:
                text = ""
            case "inline":
                text = "".join(_inline(token.children or ()))
                text += ":" if _is_title(tokens, index) and _NO_END.search(text) else ""
            case "fence":
                text = escape_in_code(token.content.rstrip("\n"))
        if text is not None:
            yield ("\n" if item or lists else "\n\n") + item + text
            item = ""


def _is_title(tokens: Sequence[Token], index: int) -> bool:
    """Whether the text of a block is a heading, or a paragraph all in bold, with something below it."""
    if index + 2 >= len(tokens) or tokens[index + 2].type.endswith("_close"):
        return False
    kinds = [child.type for child in tokens[index].children or () if child.type != "text" or child.content]
    bold = kinds[:1] == ["strong_open"] and kinds[-1:] == ["strong_close"] and kinds.count("strong_open") == 1
    return tokens[index - 1].type == "heading_open" or bold


def _inline(tokens: Sequence[Token]) -> Iterator[str]:
    """The text inside a block; a link whose text is a passage number is the marker it was meant to be."""
    link: list[str] = []
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                piece = token.content
            case "softbreak" | "hardbreak":
                piece = "\n"
            case "code_inline":
                piece = escape_in_code(token.content)
            case "html_inline":
                piece = _instead_of(token.content)
            case "link_open":
                link = [""]
                continue
            case "link_close":
                text = "".join(link)
                piece, link = f"[{text}]" if _LABEL.fullmatch(text) else text, []
            case _:
                continue
        if link:
            link.append(piece)
        else:
            yield piece


def _instead_of(tag: str) -> str:
    """What replaces an HTML tag: nothing inside a line, else what separates its neighbours."""
    match = _TAG_NAME.match(tag)
    name = match[1].lower() if match else ""
    if name in _INLINE_TAGS or not match:
        return ""
    return "\n" if name in {"br", "p", "div", "li", "tr"} else " "

"""Write one answer or a whole conversation as Markdown, JSON or plain text (for .docx, see `rag.export.docx`).

Text of documents and models is escaped: it never becomes a link, a picture or HTML.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from rag.export.footnotes import Inline, arrange
from rag.schema import Answer

# markup of Markdown or one of its dialects anywhere in a line: tags, links, code, emphasis, tables, references,
# formulas, super- and subscripts, mentions, and the dots and colons of an address
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$^=&@]|[.:](?=[^\s\d])|/(?=/)")
_AT_START = re.compile(r"[-+:]|(?<=\d)[.)]")
_OPENING = re.compile(r"\s*(?:[-+]|\d{1,9}[.)]|:)")  # a colon after a footnote reference would make it a definition


def to_markdown(title: str, answers: Sequence[Answer], when: datetime | None = None) -> str:
    """The answers as Markdown with a footnote for each citation: its source, page and exact quote."""
    export = arrange(title, answers, when)
    blocks = [f"# {_escaped(export.title)}", "\n".join(f"- {name}: {_escaped(value)}" for name, value in export.facts)]
    for part in export.parts:
        blocks.append(f"## {_escaped(part.question)}")
        blocks += ["".join(map(_markdown, inlines)).strip() for inlines in part.paragraphs]
        blocks += [f"*{_escaped(remark)}*" for remark in (*part.remarks, part.outcome)]
    for number, note in enumerate(export.notes, 1):
        blocks.append(f"[^{number}]: {_escaped(note.place)}: “{_escaped(note.quote)}”")
    return "\n\n".join(blocks) + "\n"


def to_json(title: str, answers: Sequence[Answer], when: datetime | None = None) -> str:
    """The answers with all their fields, passages, scores and prompts included; `Answer.to_dict` each."""
    exported = (when or datetime.now(UTC)).isoformat(timespec="seconds")
    values = {"title": title, "exported": exported, "answers": [answer.to_dict() for answer in answers]}
    text = json.dumps(values, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode() + "\n"  # a lone surrogate has no UTF-8


def copy_text(answer: Answer) -> str:
    """An answer as plain text for the clipboard, with its markers, remarks and the quote of each marker."""
    export = arrange("", [answer])
    (part,) = export.parts
    paragraphs = ["".join(map(_plain, inlines)).strip() for inlines in part.paragraphs]
    notes = [f"[{n}] {note.place}: “{note.quote}”" for n, note in enumerate(export.notes, 1)]
    blocks = [*paragraphs, *part.remarks, *(["\n".join(notes)] if notes else [])]
    return "\n\n".join(blocks)


def _plain(inline: Inline) -> str:
    if inline.note:
        return f" [{inline.note}]"
    return f" ({inline.remark})" if inline.remark else inline.text


def _markdown(inline: Inline) -> str:
    if inline.note:
        return f"[^{inline.note}]"
    return f" *({inline.remark})*" if inline.remark else _escaped(inline.text)


def _escaped(text: str) -> str:
    """A part of a line with all Markdown markup escaped."""
    opening = _OPENING.match(text)
    head = opening.end() if opening else 0
    marked = _AT_START.sub(r"\\\g<0>", text[:head])
    return marked + _SPECIAL.sub(r"\\\g<0>", text[head:])

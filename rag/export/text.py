"""One answer or a whole conversation as Markdown, JSON or plain text (.docx: `rag.export.docx`).

Text of documents and models stays text: whatever it looks like, no link, picture or HTML comes of it.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from rag.export.footnotes import Run, arranged, one_line, place
from rag.schema import Answer

# what Markdown, or one of its dialects, reads as more than text wherever it stands: tags, links, code, stress, tables,
# references, formulas, super- and subscripts, mentions, and the dots and colons of an address
_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$^=&@]|[.:](?=[^\s\d])|/(?=/)")
_AT_START = re.compile(r"[-+:]|(?<=\d)[.)]")
_OPENING = re.compile(r"\s*(?:[-+]|\d{1,9}[.)]|:)")  # a colon after a note would make it a definition


def to_markdown(title: str, answers: Sequence[Answer], when: datetime | None = None) -> str:
    """The answers as Markdown with a footnote for each citation: its source, page and exact quote."""
    export = arranged(title, answers, when)
    blocks = [f"# {_escaped(export.title)}", "\n".join(f"- {name}: {_escaped(value)}" for name, value in export.facts)]
    for part in export.parts:
        blocks.append(f"## {_escaped(part.question)}")
        blocks += ["".join(map(_markdown, runs)).strip() for runs in part.paragraphs]
        blocks += [f"*{_escaped(remark)}*" for remark in (*part.remarks, part.outcome)]
    for number, citation in enumerate(export.notes, 1):
        blocks.append(f"[^{number}]: {_escaped(place(citation))}: “{_escaped(one_line(citation.quote))}”")
    return "\n\n".join(blocks) + "\n"


def to_json(title: str, answers: Sequence[Answer], when: datetime | None = None) -> str:
    """The answers with all there is to know of them: passages, scores, prompts; `Answer.to_dict` each."""
    exported = (when or datetime.now(UTC)).isoformat(timespec="seconds")
    values = {"title": title, "exported": exported, "answers": [answer.to_dict() for answer in answers]}
    text = json.dumps(values, ensure_ascii=False, indent=2)
    return text.encode("utf-8", "backslashreplace").decode() + "\n"  # half of a surrogate pair has no UTF-8


def copy_text(answer: Answer) -> str:
    """An answer as plain text for the clipboard: with its markers, remarks and the quote behind each marker."""
    export = arranged("", [answer])
    (part,) = export.parts
    paragraphs = ["".join(map(_plain, runs)).strip() for runs in part.paragraphs]
    notes = [f"[{n}] {place(c)}: “{one_line(c.quote)}”" for n, c in enumerate(export.notes, 1)]
    blocks = [*paragraphs, *part.remarks, *(["\n".join(notes)] if notes else [])]
    return "\n\n".join(blocks)


def _plain(run: Run) -> str:
    if run.note:
        return f" [{run.note}]"
    return f" ({run.remark})" if run.remark else run.text


def _markdown(run: Run) -> str:
    if run.note:
        return f"[^{run.note}]"
    return f" *({run.remark})*" if run.remark else _escaped(run.text)


def _escaped(text: str) -> str:
    """A stretch of a line in which Markdown finds nothing to do, wherever it stands."""
    opening = _OPENING.match(text)
    head = opening.end() if opening else 0
    marked = _AT_START.sub(r"\\\g<0>", text[:head])
    return marked + _SPECIAL.sub(r"\\\g<0>", text[head:])

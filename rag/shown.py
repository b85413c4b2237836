"""The words in which every door says how certain an answer is and what may be asked next, and its HTML in a notebook.

Imports only the standard library; knows an answer by the values of its fields.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

UNSURE = 0.5  # a confidence below says no more than that
_SCALE = ((0.9, "Very likely right"), (0.75, "Likely right"), (UNSURE, "Probably right"), (0.0, "Unsure"))
_WITHOUT_CLAIM = {"uncertain": "Not sure", "not_in_documents": "Not in the documents", "failed": "Failed"}


def certainty(status: str, confidence: float, *, cited: bool) -> str:
    """How certain an answer is, in words: on one scale where it claims something, else what it is instead of a claim.

    `confidence`: 0..1; `cited`: whether it cites anything: talk and a question that is asked back do not.
    """
    if status not in ("answered", "partial"):
        return "Asked back" if status == "uncertain" and not cited else _WITHOUT_CLAIM[status]
    said = [] if status == "answered" and cited else ["Answered" if status == "answered" else "Partly answered"]
    said += [next(words for floor, words in _SCALE if confidence >= floor)] if cited else []
    return ", ".join(said).capitalize()


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 passage", "12 passages"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def offer(status: str) -> str:
    """What stands above the questions that an answer with this status suggests."""
    return "You may ask:" if status in ("answered", "partial") else "You may have meant:"


def notebook_html(values: Mapping[str, Any], heading: str, certain: str) -> str:
    """An answer as HTML for a notebook: its text, notes, and citations; everything is escaped.

    `values`: those of `Answer.to_dict`; `heading`, `certain`: its properties of these names.
    """
    notes = (note for note in (*values["trace"]["notes"], values["error"] or "") if note)
    cited = "".join(map(_citation, values["citations"]))
    suggested = "".join(f"<li>{escape(question)}</li>" for question in values["suggestions"])
    figure = f"{escape(values['status'])}, confidence {values['confidence']:.2f}"
    return "".join(
        (
            "<div>",
            f"<p><strong>{escape(heading)}</strong></p>" if heading else "",
            *_quotes(values),
            *(f"<p><em>{escape(note)}</em></p>" for note in notes),
            f"<p>{offer(values['status'])}</p><ol>{suggested}</ol>" if suggested else "",
            f"<details open><summary>Citations</summary><ol>{cited}</ol></details>" if cited else "",
            f'<small title="{figure}">{escape(certain)}</small>',
            "</div>",
        )
    )


def _quotes(values: Mapping[str, Any]) -> Iterator[str]:
    """The text, where it quotes in blocks with their places."""
    is_quoted, end = values["trace"]["model"] == "quotes", 0
    for sentence in values["sentences"] if is_quoted else ():
        cited = [citation for citation in values["citations"] if citation["marker"] in sentence["markers"]]
        places = "; ".join(dict.fromkeys(_dated(citation, values["passages"]) for citation in cited))
        yield from _paragraphs(values["text"][end : sentence["start"]])
        said = "".join(_paragraphs(sentence["text"]))
        yield f"<blockquote>{said}<small>{places}</small></blockquote>" if cited else said
        end = sentence["end"]
    yield from _paragraphs(values["text"][end:])


def _paragraphs(text: str) -> Iterator[str]:
    yield from (f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())


def _dated(citation: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]) -> str:
    """Title, page and date of a citation, as the passages have them."""
    found = next((passage for passage in passages if passage["source"] == citation["source"]), {})
    page = f"p. {citation['page']}" if citation["page"] else ""
    return escape(", ".join(filter(None, (found.get("title") or citation["source"], page, found.get("date")))))


def _citation(citation: Mapping[str, Any]) -> str:
    page = f", p. {citation['page']}" if citation["page"] else ""
    place = f"{escape(citation['source'])}{page}, characters {citation['start']}–{citation['end']}"
    return f"<li value='{citation['marker']}'><q>{escape(citation['quote'])}</q> <small>{place}</small></li>"

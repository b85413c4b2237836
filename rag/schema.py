"""The values that are passed between the stages, all frozen; imports only the words that they are shown in.

Document -> Chunk -> Passage -> Citation -> Answer. Offsets are code points of the stored document text, so that
`document.text[start:end] == text` holds for a chunk, a passage and a citation alike.
"""

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.shown import certainty, notebook_html, offer

Status = Literal["answered", "partial", "uncertain", "not_in_documents", "failed"]
NOT_SURE = "Not sure. The closest I found:"
"""The heading of an uncertain answer wherever it is shown: its sentences came closest and are no answer."""
Support = Literal["supported", "partly", "unsupported", "not_cited"]
Turn = tuple[str, str]
"""One finished exchange of a conversation: (question, answer text)."""
_NO_ANSWER = "The documents give no certain answer."  # no word of it is taken for a name


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document: the offset of its own text, and its level (1 is the highest)."""

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document as stored: plain text, with the data that point back into the file.

    `source`: POSIX path relative to the indexed root. `pages`: start offset of each page, empty where the format
    has none. `digest`: SHA-256 of the file's bytes. `date`: ISO date found in the file's metadata, or None. `notes`:
    what of the file was not read, or not as it looks, a sentence each.
    """

    source: str
    title: str
    text: str
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    digest: str = ""
    date: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is encoded as one vector: `document.text[start:end] == text`.

    `page`: 1-based page of `start`, or None. `headings`: the heading path above it, outermost first.
    """

    id: str
    source: str
    text: str
    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]


def chunk_id(source: str, start: int, text: str) -> str:
    """Identity of a chunk: hash of source, start and text only, so that metadata may change under it."""
    return hashlib.sha256(f"v1\0{source}\0{start}\0{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Span:
    """The reader's answer span in a passage: offsets of the document.

    `span`: sum of its start and end logit; `relevance`: logit that the window answers the question; `score`: what it is
    ranked by, the weighted sum of all features.
    """

    start: int
    end: int
    span: float
    relevance: float
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document offered as evidence for one question; one or more neighbouring chunks.

    `scores`: the features of its best sentence, by name (rag.retrieve.features.Features). `rank`: 1 is the best.
    `spans`: the reader's answer spans in it, best first; empty without a reader. `date`: of its document.
    """

    source: str
    title: str
    headings: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
    chunk_ids: tuple[str, ...]
    scores: dict[str, float]
    rank: int
    spans: tuple[Span, ...] = ()
    date: str | None = None

    @property
    def heading(self) -> str:
        """Title and headings in one line, each once."""
        return " > ".join(dict.fromkeys((self.title, *self.headings)))

    @property
    def full_text(self) -> str:
        """Title, headings and text, a line each: a report's title often holds the name."""
        return "\n".join((self.title, *self.headings, self.text))


@dataclass(frozen=True, slots=True)
class Citation:
    """A pointer into a document that was checked: `quote == document.text[start:end]`."""

    marker: int
    source: str
    page: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer with its markers, and its support: `answer.text[start:end] == text`."""

    text: str
    start: int
    end: int
    markers: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer was made.

    `prompt`, `reply`: exactly what was sent to the chat model and what it wrote, None without one. `seconds`: per
    stage. `notes`: plain sentences for the user (a warning, the number of passages read). `dropped_markers`: number of
    markers in the reply that belong to no passage of the prompt. `kind`: of question (rag.text.question.Kind).
    `evidence`: probability 0..1 that the documents answer, None where it was not estimated. `unread`: files that were
    still being read into the index when it was asked, None where their number was not known.
    """

    prompt: str | None = None
    reply: str | None = None
    model: str = "quotes"
    settings_digest: str = ""
    prompt_digest: str = ""
    index_digest: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    dropped_markers: int = 0
    kind: str = "fact"
    evidence: float | None = None
    unread: int | None = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, the same in browser, notebook, command line and evals (docs/answer.md).

    `suggestions`: questions that the user may have meant, to choose from.
    """

    question: str
    standalone: str
    text: str
    short: str | None
    status: Status
    confidence: float
    citations: tuple[Citation, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    passages: tuple[Passage, ...] = ()
    error: str | None = None
    trace: Trace = field(default_factory=Trace)
    suggestions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain JSON values: what `rag ask --json` prints and a run file holds."""
        return dataclasses.asdict(self)

    @property
    def heading(self) -> str:
        """What has to stand above `text` wherever it is shown; empty where the text speaks for itself."""
        return NOT_SURE if self.status == "uncertain" and self.citations else ""

    @property
    def turn(self) -> Turn:
        """The exchange as history of the next question, whose pronouns refer to nothing that was not an answer."""
        return self.question, _NO_ANSWER if self.status in ("uncertain", "not_in_documents") else self.text

    @property
    def certainty(self) -> str:
        """How certain it is, in the words of every door; `confidence` is the figure behind them."""
        return certainty(self.status, self.confidence, cited=bool(self.citations))

    @property
    def offer(self) -> str:
        """What has to stand above `suggestions` wherever they are shown."""
        return offer(self.status)

    def _repr_html_(self) -> str:
        """The answer as HTML for a notebook."""
        return notebook_html(self.to_dict(), self.heading, self.certainty)


def answer_from_dict(values: Mapping[str, Any]) -> Answer:
    """The answer of which `Answer.to_dict` made these values; they may have been JSON in between."""
    parts = {
        "citations": tuple(Citation(**citation) for citation in values["citations"]),
        "sentences": tuple(Sentence(**_with_tuples(sentence, "markers")) for sentence in values["sentences"]),
        "passages": tuple(
            Passage(
                **_with_tuples(passage, "headings", "chunk_ids") | {"spans": tuple(Span(**s) for s in passage["spans"])}
            )
            for passage in values["passages"]
        ),
        "trace": Trace(**_with_tuples(values["trace"], "notes")),
    }
    return Answer(**{**values, **parts, "suggestions": tuple(values.get("suggestions", ()))})


def _with_tuples(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """JSON has lists where a frozen value has tuples."""
    return {**values, **{name: tuple(values[name]) for name in names}}

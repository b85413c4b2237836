"""Gold cases: read a .jsonl file, refuse malformed lines, and check the quotes against the documents.

A case is one JSON object a line (eval/README.md).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval.overlap import words
from rag.errors import CasesError
from rag.schema import Turn

DRAFT = "draft"
"""Tag of a case that `rag eval-new --draft` proposed and nobody has checked yet: never scored."""

TextOf = Callable[[str], str | None]
"""Stored text of a source, or None where the index has no such source."""

_STRICT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of a gold answer: `quote` is an exact substring of the document `source`."""

    source: str
    quote: str

    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its gold answers and evidence, or with `answerable=False` and neither."""

    id: str
    question: str
    answerable: bool
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    history: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()

    __pydantic_config__ = _STRICT


_CASE = TypeAdapter(Case)


def load_cases(path: Path) -> list[Case]:
    """Read a file of gold cases. Raises CasesError that names file, line, field, value and the next step."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise CasesError(f"there is no file of cases {str(path)!r}; `rag eval-new` writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"the cases {str(path)!r} cannot be read: {error}; it must be UTF-8 text") from None
    cases: list[Case] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        case = parse_case(line, where := f"{path}, line {number}")
        if case.id in seen:
            raise CasesError(
                f"{where}: field 'id' is {case.id!r}, as on line {seen[case.id]}; give every case its own id"
            )
        seen[case.id] = number
        cases.append(case)
    if not cases:
        raise CasesError(f"the file {str(path)!r} holds no cases; write one JSON object a line (eval/README.md)")
    return cases


def parse_case(line: str, where: str) -> Case:
    """One line of a file of cases; `where` opens the message of the CasesError raised for a malformed one."""
    try:
        case = _CASE.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            raise CasesError(f"{where}: not a JSON object ({first['msg']}): {line[:80]!r}; correct it") from None
        field = ".".join(map(str, first["loc"])) or "the whole line"
        value = "missing" if first["type"] == "missing" else _short(first["input"])
        raise CasesError(f"{where}: field {field!r} is {value}: {first['msg']}; correct it (eval/README.md)") from None
    for name, value_found, problem in _problems(case):
        raise CasesError(f"{where}: field {name!r} is {_short(value_found)}: {problem}")
    return case


def _problems(case: Case) -> Iterable[tuple[str, object, str]]:
    if not case.id.strip():
        yield "id", case.id, "give the case an id"
    if not words(case.question):
        yield "question", case.question, "write a question"
    if case.answerable and not case.answers and DRAFT not in case.tags:
        yield "answers", [], "an answerable case needs at least one gold answer; add it or set answerable to false"
    if not case.answerable and (case.answers or case.evidence):
        yield (
            "answers" if case.answers else "evidence",
            list(case.answers) or [asdict(e) for e in case.evidence],
            "an unanswerable case has neither answers nor evidence; empty both or set answerable to true",
        )
    for i, answer in enumerate(case.answers):
        if not words(answer):
            yield f"answers.{i}", answer, "an answer without a letter or digit can never be found; write it out"
    for i, evidence in enumerate(case.evidence):
        if not words(evidence.quote):
            yield f"evidence.{i}.quote", evidence.quote, "quote the words of the document that hold the answer"


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 120 else shown[:117] + "..."


def to_line(case: Case) -> str:
    """The case as one line of a file, without the line end."""
    return json.dumps(asdict(case), ensure_ascii=False)


def cases_digest(cases: Sequence[Case]) -> str:
    """Hash of the cases in their order: two runs are comparable where it is equal."""
    return hashlib.sha256("\n".join(map(to_line, cases)).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def select(cases: Sequence[Case], tag: str | None = None, limit: int | None = None) -> list[Case]:
    """The cases to score: drafts left out, then those with `tag`, then the first `limit`.

    Raises CasesError where nothing remains.
    """
    checked = [c for c in cases if DRAFT not in c.tags]
    if not checked:
        raise CasesError(f"all {len(cases)} cases are drafts: check them and take the tag {DRAFT!r} away")
    selected = [c for c in checked if tag is None or tag in c.tags]
    if not selected:
        known = sorted({t for c in checked for t in c.tags})
        raise CasesError(f"no case has the tag {tag!r}; the tags are {', '.join(known) or 'none'}")
    return selected[:limit]


def evidence_problems(cases: Sequence[Case], text_of: TextOf) -> list[str]:
    """A message for each gold quote that is not, word for word, in the stored text of its source."""
    problems = []
    for case in cases:
        for evidence in case.evidence:
            text = text_of(evidence.source)
            if text is None:
                problems.append(f"case {case.id!r}: its source {evidence.source!r} is not in the index")
            elif evidence.quote not in text:
                problems.append(
                    f"case {case.id!r}: the quote {_short(evidence.quote)} is not in {evidence.source!r}; "
                    "copy it from `rag show`"
                )
    return problems

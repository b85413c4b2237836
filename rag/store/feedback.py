"""Ratings of answers, stored as gold cases that `rag eval` runs (eval/README.md has their form).

A rating that does not say what would have been right is stored as a draft: `rag eval` skips it until the case is
completed and its tag "draft" removed.
"""

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from rag.errors import ConfigError, StorageError
from rag.schema import Answer, Passage, Turn
from rag.store.access import folder_name
from rag.text.normalize import strip_controls

Rating = Literal["right", "wrong", "wrong_source", "should_have_refused"]

FOLDER, CASES, SHOWN = "feedback", "cases.jsonl", "shown.jsonl"
DRAFT, LONG = "draft", "long"
"""Tags of the evals: a case that is not scored, and one whose answer is too long to be matched word by word."""

_CITATION_MARKER = re.compile(r"\s*\[\d{1,3}\]")
_Evidence = list[dict[str, str]]


class Feedback:
    """The ratings in a data folder, a folder for each owner; safe to use from many threads and processes."""

    def __init__(self, data_dir: Path):
        self._home = data_dir / FOLDER

    def save(
        self,
        answer: Answer,
        rating: Rating,
        owner: str = "",
        *,
        correction: str = "",
        passage: Passage | None = None,
        history: Sequence[Turn] = (),
        turn: str = "",
    ) -> str:
        """Store the rating of an answer as a gold case, and next to it the whole answer; returns the id of the case.

        `correction`: the right answer; `passage`: the one that has it; `history`: the turns before the question;
        `turn`: what was rated, so that a second rating of it replaces the first. Raises ConfigError where no case can
        be made of it, and StorageError where it cannot be written.
        """
        gold = _gold(answer, rating, _line(correction), passage)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        case = {
            "id": f"feedback-{hashlib.sha256(turn.encode()).hexdigest()[:12] if turn else secrets.token_hex(6)}",
            "question": _line(answer.question),
            **gold,
            "history": [[_line(question), _line(text)] for question, text in history],
        }
        if not _has_word(case["question"]):
            raise ConfigError(f"the question {answer.question!r} holds no word: no case can be made of it")
        shown = {"id": case["id"], "at": at, "verdict": rating, "correction": correction, "answer": answer.to_dict()}
        folder = self._home / folder_name(owner)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(folder / "lock"):
                _put(folder / SHOWN, shown)
                _put(folder / CASES, case)
        except OSError as error:
            raise StorageError(
                f"the feedback in {str(folder)!r} cannot be written: {error.strerror or error}; "
                "see that there is room on the disk and try again"
            ) from error
        return str(case["id"])

    def cases(self, owner: str = "") -> Path:
        """The file of an owner's cases for `rag eval`, which need not exist."""
        return self._home / folder_name(owner) / CASES


def _gold(answer: Answer, rating: Rating, correction: str, passage: Passage | None) -> dict[str, Any]:
    """The gold of a case: answerable, answers, evidence and tags."""
    if answer.status == "failed":
        raise ConfigError("an answer that failed is neither right nor wrong: ask again")
    if correction and not _has_word(correction):
        raise ConfigError(f"the correction {correction!r} holds no letter or digit: write the answer out")
    tags = ["feedback", rating]
    if rating == "should_have_refused" or (rating == "right" and answer.status == "not_in_documents"):
        return {"answerable": False, "answers": [], "evidence": [], "tags": tags}
    answers, evidence = [correction] if correction else [], _evidence(passage)
    if rating in ("right", "wrong_source") and not answers and answer.status != "not_in_documents":
        short, text = _line(answer.short or ""), _line(_CITATION_MARKER.sub("", answer.text))
        answers = [given for given in (short, text) if _has_word(given)][:1]
        if answers == [text]:
            tags.append(LONG)
    if rating == "right":
        evidence = [{"source": c.source, "quote": c.quote} for c in answer.citations if _has_word(c.quote)]
    if not answers or (rating == "wrong_source" and not evidence):
        tags.append(DRAFT)
    return {"answerable": True, "answers": answers, "evidence": _once(evidence), "tags": tags}


def _evidence(passage: Passage | None) -> _Evidence:
    return [{"source": passage.source, "quote": passage.text}] if passage and _has_word(passage.text) else []


def _once(evidence: _Evidence) -> _Evidence:
    return list({(one["source"], one["quote"]): one for one in evidence}.values())


def _has_word(text: str) -> bool:
    return any(map(str.isalnum, unicodedata.normalize("NFKC", text)))


def _line(text: str) -> str:
    return " ".join(strip_controls(text).split())


def _put(path: Path, values: dict[str, Any]) -> None:
    """Add a line, or replace the line with its id; all of it or nothing.

    What a crash left of an unfinished line is cut off first.
    """
    line = json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    begin = b'{"id": "%s"' % values["id"].encode()
    kept = path.read_bytes() if path.exists() else b""
    whole = kept[: kept.rfind(b"\n") + 1]
    if (b"\n" + whole).find(b"\n" + begin) < 0 and whole == kept:
        with path.open("ab") as file:
            file.write(line)
        return
    lines = [line if old.startswith(begin) else old for old in whole.splitlines(keepends=True)]
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(b"".join(lines if line in lines else [*lines, line]))
    new.replace(path)

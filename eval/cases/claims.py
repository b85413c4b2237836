"""Claims with their passages, as JSON lines: a claim a line, or a passage a line with its claims.

A claim is {"id", "passage", "claim", "supported", "kind"?, "question"?, "title"?}; where a line is a passage,
its "claims" hold what belongs to each claim. Kinds are listed in eval/train/claims/README.md.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rag.errors import CasesError


@dataclass(frozen=True, slots=True)
class GoldClaim:
    """A claim with its passage, and whether a careful reader calls it supported.

    `question`, `title` and `article` may be empty. `article`: the SQuAD article that the passage is from.
    """

    id: str
    passage: str
    claim: str
    supported: bool
    kind: str
    question: str = ""
    title: str = ""
    article: str = ""


def read_claims(path: Path) -> list[GoldClaim]:
    """The claims of a file. Raises CasesError where a line is not one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"{str(path)!r} cannot be read: {error}; give a file of claims, JSON lines") from None
    return [claim for number, line in enumerate(lines, 1) if line.strip() for claim in _claims(path, number, line)]


def _claims(path: Path, number: int, line: str) -> Iterator[GoldClaim]:
    try:
        record = json.loads(line)
        for one in record.get("claims", [record]):
            yield GoldClaim(
                str(one["id"]),
                str(record["passage"]),
                str(one["claim"]),
                bool(one["supported"]),
                str(one.get("kind", "")),
                str(one.get("question") or ""),
                str(record.get("title") or ""),
                str(record.get("article") or ""),
            )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CasesError(
            f"line {number} of {str(path)!r} is no claim ({type(error).__name__}: {error}); it needs"
            ' "id", "passage", "claim" and "supported" (eval/README.md)'
        ) from None

"""What of a Word document is not part of its stored text, and the notes that say so."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from index.parsers.content import left_out

Lost = Literal["struck", "deleted", "hidden"]
_NAMES: dict[Lost, tuple[str, str]] = {
    "struck": ("struck-out part", "struck-out parts"),
    "deleted": ("tracked deletion", "tracked deletions"),
    "hidden": ("hidden part", "hidden parts"),
}
_PARTS = {
    "chart": ("chart", "charts"),
    "object": ("embedded object", "embedded objects"),
    "equation": ("equation that is kept as a picture", "equations that are kept as pictures"),
    "file": ("inserted file", "inserted files"),
}


@dataclass(slots=True)
class Unread:
    """Texts that were left out, by the reason, and parts of other kinds, counted."""

    texts: dict[Lost, list[str]] = field(default_factory=lambda: {"struck": [], "deleted": [], "hidden": []})
    parts: Counter[str] = field(default_factory=Counter)

    def notes(self) -> tuple[str, ...]:
        """A sentence for each kind."""
        texts = {lost: [text for text in found if text.strip()] for lost, found in self.texts.items()}
        said = [left_out(*_NAMES[lost], found) for lost, found in texts.items() if found]
        for name, (one, many) in _PARTS.items():
            if count := self.parts[name]:
                said.append(f"1 {one} was not read." if count == 1 else f"{count} {many} were not read.")
        return tuple(said)

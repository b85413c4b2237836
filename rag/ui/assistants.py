"""The assistants of the page: opened when there is an index, one for each owner and model, sharing the networks."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from rag.assistant import Assistant
from rag.errors import IndexMissing, RagError
from rag.models.chat import chat_model, destination, models_available, ping
from rag.models.encoder import Encoder
from rag.settings import Settings

QUOTES = ""  # no model: answers are quoted


class Assistants:
    """Opens assistants and keeps them; safe to use from many threads.

    `unread`: tells how many files that an owner will see are still being read, None while that is unknown.
    """

    def __init__(
        self,
        settings: Settings,
        encoder: Encoder | None = None,
        unread: Callable[[str], int | None] | None = None,
    ):
        self.settings, self._encoder, self._unread = settings, encoder, unread
        self._quoting: dict[str, Assistant] = {}  # by owner
        self._writing: dict[tuple[str, str], Assistant] = {}  # by owner and model
        self._lock = threading.Lock()

    def assistant(self, owner: str, model: str = QUOTES) -> Assistant:
        """The assistant that answers an owner with a model. Raises IndexMissing while nothing is indexed."""
        with self._lock:
            if owner not in self._quoting:
                like = next(iter(self._quoting.values()), None)  # the networks are in memory once
                seen_by = owner if self.settings.auth else None
                self._quoting[owner] = Assistant(
                    self._with(QUOTES),
                    encoder=self._encoder,
                    owner=seen_by,
                    like=like,
                    unread=partial(self._unread, owner) if self._unread else None,
                )
            if model == QUOTES:
                return self._quoting[owner]
            if (owner, model) not in self._writing:
                self._writing[owner, model] = self._quoting[owner].answering_with(model)
            return self._writing[owner, model]

    def warm(self) -> None:
        """Load the models, so that the first question need not wait for them."""
        with suppress(RagError):  # whoever asks a question sees it
            self.assistant("").search("warm")

    def titles(self, owner: str) -> dict[str, str]:
        """The title of each document that an owner sees, by its source; none while nothing is indexed."""
        try:
            return {info.source: info.title for info in self.assistant(owner).sources()}
        except IndexMissing:
            return {}

    def models(self) -> Sequence[str]:
        """The models to answer with: that of the settings, quotes, and those of a running Ollama."""
        found = [f"ollama:{name}" for name in models_available(self.settings)]
        return list(dict.fromkeys([self.settings.chat_model, QUOTES, *found]))

    def offers(self, model: str) -> bool:
        """Whether a page may choose this model; any other would be asked with the keys of whoever runs the page."""
        return model in (QUOTES, self.settings.chat_model) or model in self.models()

    def destination(self, model: str) -> str | None:
        """The host that would receive passages, as `rag.models.chat.destination` says it."""
        return destination(self._with(model))

    def problem(self, model: str) -> str | None:
        """Why a model cannot be asked, None where it can."""
        if model == QUOTES:
            return None
        try:
            chat_model(self._with(model))  # a key or a package may be missing
        except RagError as error:
            return str(error)
        return ping(self._with(model))

    def close(self) -> None:
        """Close every assistant."""
        with self._lock:
            for assistant in self._quoting.values():
                assistant.close()
            self._quoting.clear()
            self._writing.clear()

    def _with(self, model: str) -> Settings:
        return self.settings.model_copy(update={"chat_model": model})

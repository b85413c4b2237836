"""The assistants behind the page: opened when there is an index, one for each owner and model, on the same networks."""

import threading
from collections.abc import Sequence
from contextlib import suppress

from rag.assistant import Assistant
from rag.errors import IndexMissing, RagError
from rag.models.chat import chat_model, destination, models_available, ping
from rag.models.encoder import Encoder
from rag.settings import Settings

QUOTES = ""  # the name of no model: answers are quoted


class Engine:
    """Gives out assistants; safe to use from many threads."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None):
        self.settings, self._encoder = settings, encoder
        self._open: dict[str, Assistant] = {}
        self._twins: dict[tuple[str, str], Assistant] = {}
        self._lock = threading.Lock()

    def assistant(self, owner: str, model: str = QUOTES) -> Assistant:
        """The assistant that answers an owner with a model. Raises IndexMissing while nothing is indexed."""
        with self._lock:
            if owner not in self._open:
                like = next(iter(self._open.values()), None)  # the networks are in memory once, whoever asks
                seen_by = owner if self.settings.auth else None
                self._open[owner] = Assistant(self._with(QUOTES), encoder=self._encoder, owner=seen_by, like=like)
            if model == QUOTES:
                return self._open[owner]
            if (owner, model) not in self._twins:
                self._twins[owner, model] = self._open[owner].answering_with(model)
            return self._twins[owner, model]

    def warm(self) -> None:
        """Load the models, so that the first question need not wait for them."""
        with suppress(RagError):  # whoever asks is told
            self.assistant("").search("warm")

    def titles(self, owner: str) -> dict[str, str]:
        """The title of each document that an owner sees, by its source; none while nothing is indexed."""
        try:
            return {info.source: info.title for info in self.assistant(owner).sources()}
        except IndexMissing:
            return {}

    def models(self) -> Sequence[str]:
        """What answers can be made with: quotes, the model of the settings, the models of a running Ollama."""
        found = [f"ollama:{name}" for name in models_available(self.settings)]
        return list(dict.fromkeys([self.settings.chat_model, QUOTES, *found]))

    def offers(self, model: str) -> bool:
        """Whether a page may have this model answer; others would be asked with the keys of who runs this."""
        return model in (QUOTES, self.settings.chat_model) or model in self.models()

    def destination(self, model: str) -> str | None:
        """The host that would receive passages."""
        return destination(self._with(model))

    def trouble(self, model: str) -> str | None:
        """Why a model cannot be asked, None where it can."""
        if model == QUOTES:
            return None
        try:
            chat_model(self._with(model))  # a key may be missing, or a package
        except RagError as error:
            return str(error)
        return ping(self._with(model))

    def close(self) -> None:
        """Close every assistant."""
        with self._lock:
            for assistant in self._open.values():
                assistant.close()
            self._open.clear()
            self._twins.clear()

    def _with(self, model: str) -> Settings:
        return self.settings.model_copy(update={"chat_model": model})

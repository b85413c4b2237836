"""An LLM judge: the connected chat model says whether an answer agrees with the gold answers.

Pass, fail or unscored. Only a verdict in the requested form counts, and of several the last one: the answer under
judgement comes before it and may contain a verdict of its own.
"""

import re
from typing import TYPE_CHECKING, Any

from eval.cases.gold import Case
from eval.metrics.answer import Score
from rag.errors import ModelUnavailable
from rag.models.chat import chat_model
from rag.schema import Answer
from rag.settings import Settings
from rag.text.normalize import strip_controls

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable

_VERDICT = re.compile(r"^[^\w\n]{0,10}verdict[^\w\n]{1,10}(pass|fail)[^\w\n]{0,10}$", re.IGNORECASE | re.MULTILINE)


class ChatJudge:
    """Judges answers by a chat model; a model that does not answer leaves the case unscored."""

    def __init__(self, model: "Runnable[Any, AIMessage]", settings: Settings):
        from rag.answer.prompt import load_prompt  # noqa: PLC0415 (LangChain takes a second to import)

        self._chain, self._settings = load_prompt("judge").chat | model, settings

    def __call__(self, case: Case, answer: Answer) -> Score:
        """1 for pass, 0 for fail, None with the reason where there is no verdict."""
        from rag.answer.prompt import fence  # noqa: PLC0415
        from rag.models.chat_errors import stream_reply  # noqa: PLC0415

        if answer.status == "failed":
            return Score(None, "failed")
        values = {
            "question": case.question,
            "answers": " | ".join(case.answers) or "none: the documents do not tell",
            "evidence": " | ".join(e.quote for e in case.evidence) or "none",
            "answer": answer.turn[1],  # what is claimed, without the sentences that an uncertain answer shows
        }
        values = {name: strip_controls(text) for name, text in values.items()}
        try:
            pieces = stream_reply(self._chain, values | {"fence": fence(*values.values())}, self._settings)
            return parse_verdict("".join(str(piece.text) for piece in pieces))
        except ModelUnavailable as error:
            return Score(None, str(error))


def chat_judge(settings: Settings) -> ChatJudge:
    """A judge with the chat model of the settings.

    Raises ConfigError where none is set or its name is invalid, ModelUnavailable where its key is missing.
    """
    return ChatJudge(chat_model(settings), settings)


def parse_verdict(reply: str) -> Score:
    """1 for pass, 0 for fail; None where the reply has neither on a line of its own."""
    verdicts = _VERDICT.findall(reply)
    if not verdicts:
        return Score(None, "the judge gave no verdict")
    return Score(float(verdicts[-1].lower() == "pass"))

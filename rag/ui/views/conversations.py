"""Conversations: the turns of one, the list of all, and what an empty one shows."""

from collections.abc import Mapping, Sequence

from rag.store.conversations import ConversationInfo, StoredTurn
from rag.ui.views.templates import Markup, render
from rag.ui.views.turns import Shown, turn

SEED = "ofsted-perry-inquest.txt"
EXAMPLES = (
    "what did the coroner conclude?",
    "Who will release a regulation 28 report?",
    "What did the unions demand?",
    "Who won the 1998 World Cup?",
)


def conversation(
    turns: Sequence[StoredTurn], key: str, titles: Mapping[str, str], *, changeable: bool = True
) -> Markup:
    """The finished turns; the last can be asked again where `changeable`."""
    shown = (
        turn(Shown(one.answer, f"{key}/{one.number}", changeable and one is turns[-1], one.rating), titles)
        for one in turns
    )
    return render("conversations.html", "conversation", key=key, turns=shown)


def welcome(titles: Mapping[str, str], *, local: bool = True) -> Markup:
    """What an empty conversation shows: questions to begin with, or how to add documents.

    `local`: the page runs on the reader's own computer.
    """
    if not titles:
        return render("conversations.html", "nothing_indexed", local=local)
    documents = f"{len(titles):,} documents are" if len(titles) > 1 else "One document is"
    return render("conversations.html", "welcome", documents=documents, examples=EXAMPLES if SEED in titles else ())


def conversations(found: Sequence[ConversationInfo], wanted: str = "") -> Markup:
    """The conversations, the newest first, or those found for what is `wanted`."""
    return render("conversations.html", "conversations", found=found, wanted=wanted)

"""Lists on the page as HTML: the turns of a conversation, the conversations, the welcome."""

from collections.abc import Sequence
from typing import LiteralString

from rag.store.conversations import ConversationInfo, StoredTurn
from rag.ui.markup import Markup, attributes, html, icon, join
from rag.ui.views.turns import Shown, turn

SEED = "ofsted-perry-inquest.txt"
EXAMPLES: tuple[LiteralString, ...] = (
    "what did the coroner conclude?",
    "Who will release a regulation 28 report?",
    "What did the unions demand?",
    "Who won the 1998 World Cup?",
)


def conversation(kept: Sequence[StoredTurn], key: str, titles: dict[str, str], *, changeable: bool = True) -> Markup:
    """The finished turns; the last can be asked again where `changeable`."""
    shown = (
        turn(Shown(one.answer, f"{key}/{one.number}", changeable and one is kept[-1], one.verdict), titles)
        for one in kept
    )
    return html('<div class="turns" data-conversation="{key}">{turns}</div>', key=key, turns=join(shown))


def welcome(titles: dict[str, str], *, local: bool = True) -> Markup:
    """What an empty conversation shows: questions to begin with, or how to add documents. `local`: it is their
    computer.
    """
    if not titles:
        by_hand = html(", or run <code>rag index FOLDER</code> in a terminal. They stay on this computer.")
        return html(
            '<div class="welcome turns" data-conversation=""><h2>Add your documents first</h2><p>Nothing is indexed '
            "yet. Drop files anywhere on this page{more}</p>"
            '<button type="button" class="plain" data-view="documents">Add documents</button></div>',
            more=by_hand if local else ". They are shown to you only.",
        )
    offered = EXAMPLES if SEED in titles else ()
    examples = join(
        html(
            '<li><button type="button" data-do="example_select"{more}>{question}{icon}</button></li>',
            more=attributes(data_question=question),
            question=question,
            icon=icon("right"),
        )
        for question in offered
    )
    return html(
        '<div class="welcome turns" data-conversation=""><h2>What would you like to know?</h2><p>{count} indexed. '
        "Every answer points to the words it rests on; what is not in them is not answered.</p>{examples}</div>",
        count=f"{len(titles):,} documents are" if len(titles) > 1 else "One document is",
        examples=html('<ul class="examples" aria-label="Examples">{rows}</ul>', rows=examples) if examples else "",
    )


def conversations(found: Sequence[ConversationInfo], wanted: str = "") -> Markup:
    """The conversations, newest first, or those found for what is `wanted`; the page marks the one that is open."""
    if not found:
        return html('<p class="none">{said}</p>', said="Nothing found." if wanted.strip() else "No conversations yet.")
    rows = join(
        html(
            '<li><button type="button" data-do="select"{more}><span class="title" dir="auto">{title}</span>'
            "<time{when}>{day}</time></button></li>",
            more=attributes(data_key=one.id),
            title=one.title or "Untitled",
            when=attributes(datetime=one.updated),
            day=one.updated[:10],
        )
        for one in found
    )
    return html('<ul class="conversations" aria-label="Conversations">{rows}</ul>', rows=rows)

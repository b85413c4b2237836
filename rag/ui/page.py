"""The page as Gradio Blocks: which parts there are, and which handler answers which event of which part."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from rag.ui.chat import Chat, Update
from rag.ui.handlers import Handlers
from rag.ui.services import Services
from rag.ui.views.controls import control, model_menu, privacy
from rag.ui.views.documents import library
from rag.ui.views.templates import Markup, render

PART = (Path(__file__).parent / "assets" / "part.js").read_text(encoding="utf-8")
THEME = gr.themes.Base(font=["IBM Plex Sans", "system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
STREAM: dict[str, Any] = {
    "show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None, "trigger_mode": "multiple",
}  # fmt: skip
AT_ONCE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the page that handlers read and fill.

    The first four are hidden: the browser holds the state, so that a page goes on after a restart of the server.
    """

    conversation: gr.Textbox
    mode: gr.Textbox
    scope: gr.Textbox
    model: gr.Textbox
    new: gr.Button
    find: gr.HTML
    listed: gr.HTML
    foot: gr.HTML
    heading: gr.HTML
    past: gr.HTML
    live: gr.HTML
    box: gr.Textbox
    scopes: gr.HTML
    models: gr.HTML
    send: gr.Button
    stop: gr.Button
    privacy: gr.HTML

    @property
    def shown(self) -> list[Any]:
        """The parts that show a conversation."""
        return [self.conversation, self.heading, self.past, self.live, self.listed]

    @property
    def opened(self) -> list[Any]:
        """The parts that change when another conversation is opened."""
        return [self.mode, *self.shown]


def build(services: Services) -> gr.Blocks:
    """The whole page."""
    blocks = gr.Blocks(title="Ask your documents", analytics_enabled=False, fill_width=True)
    with blocks:
        parts, chat = _layout(services), Chat(services)
        handlers = Handlers(services, chat)
        _wire_answering(parts, chat, handlers)
        _wire_conversations(parts, handlers)
        _wire_controls(parts, handlers)
        blocks.load(handlers.start, None, parts.opened, **AT_ONCE)
        blocks.load(handlers.setup, None, [parts.models, parts.foot], **AT_ONCE)
    return blocks


def _layout(services: Services) -> Parts:
    model = services.settings.chat_model
    values = {"conversation": "", "mode": "", "scope": "", "model": model}
    states = {name: gr.Textbox(value, visible="hidden") for name, value in values.items()}
    with gr.Row(elem_id="shell"):
        with gr.Column(elem_id="rail"):
            _part("brand", control("brand"))
            new = gr.Button("New conversation", elem_id="new")
            _part("nav", control("navigation"))
            find = _part("find", control("find"))
            listed = _part("listed")
            foot = _part("foot", control("foot"))
        with gr.Column(elem_id="main"):
            _part("top", control("top"))
            with gr.Column(elem_id="ask"):
                heading = _part("heading")
                with gr.Column(elem_id="talk"):
                    past, live = _part("past"), _part("live")
                with gr.Column(elem_id="composer"):
                    _part("restricted", control("restrictions"))
                    box = gr.Textbox(
                        placeholder="Ask a question", label="Question", show_label=False, lines=1, max_lines=8,
                        max_length=2000, elem_id="box", container=False,
                    )  # fmt: skip
                    with gr.Row(elem_id="tools"):
                        scopes, models = (
                            _part("scopes", control("scope_menu")),
                            _part("models", model_menu([model], model)),
                        )
                        send, stop = gr.Button("Ask", elem_id="send"), gr.Button("Stop", elem_id="stop")
                    privacy = _part("privacy", _privacy(services))
            _part("documents", library(services.settings, folders=services.is_local))
            _part("search", control("search_form"))
        _part("side", render("page.html", "pane"))
    return Parts(
        **states, new=new, find=find, listed=listed, foot=foot, heading=heading, past=past, live=live, box=box,
        scopes=scopes, models=models, send=send, stop=stop, privacy=privacy,
    )  # fmt: skip


def _privacy(services: Services) -> Markup:
    model = services.settings.chat_model
    return privacy(model, services.assistants.destination(model), local=services.is_local)


def _part(name: str, value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=name, js_on_load=PART, apply_default_css=False)


def _wire_answering(parts: Parts, chat: Chat, handlers: Handlers) -> None:
    update = [getattr(parts, name) for name in Update._fields]
    setup = [parts.conversation, parts.scope, parts.model]
    asked = [parts.box, parts.mode, *setup]
    gr.on([parts.send.click, parts.box.submit], chat.ask, asked, update, **STREAM)
    parts.past.example_select(handlers.example, None, parts.box, **AT_ONCE).then(chat.ask, asked, update, **STREAM)
    parts.past.retry(chat.ask_again, setup, update, **STREAM)
    parts.past.edit(chat.edit, parts.conversation, [parts.box, parts.mode, parts.live], **AT_ONCE)
    parts.live.undo(chat.undo, None, [parts.box, parts.mode, parts.live], **AT_ONCE)
    parts.live.submit(chat.follow, parts.conversation, update, **STREAM)
    parts.stop.click(chat.stop, None, None, **AT_ONCE)


def _wire_conversations(parts: Parts, handlers: Handlers) -> None:
    parts.new.click(handlers.begin, None, parts.opened, **AT_ONCE)
    parts.listed.select(handlers.open, None, parts.opened, **AT_ONCE)
    parts.find.input(handlers.find, None, parts.listed, **AT_ONCE)
    parts.heading.input(handlers.rename, parts.conversation, parts.listed, **AT_ONCE)
    parts.heading.delete(handlers.delete, parts.conversation, parts.opened, **AT_ONCE)


def _wire_controls(parts: Parts, handlers: Handlers) -> None:
    parts.scopes.select(
        None, None, parts.scope, js="() => window.page.chosen()", **AT_ONCE
    )  # known before any question
    parts.models.select(handlers.choose_model, None, [parts.model, parts.privacy], **AT_ONCE)
    parts.models.submit(handlers.test_model, parts.model, parts.privacy, **AT_ONCE)

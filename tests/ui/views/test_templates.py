"""The templates escape everything, and nothing gets round them."""

import ast
from pathlib import Path

import pytest
from jinja2 import UndefinedError, nodes

from rag.ui.views.templates import ENVIRONMENT, Markup, render, text

UI = Path(__file__).parents[3] / "rag" / "ui"
NAMES = sorted(path.name for path in (UI / "templates").iterdir())
FILTERS = {"format", "length", "replace", "urlencode"}  # none of them makes markup of a value
MARKS_SAFE: set[str] = set()  # templates that may use |safe
MAKES_MARKUP = {"templates.py"}


def parsed(name: str) -> nodes.Template:
    assert ENVIRONMENT.loader
    return ENVIRONMENT.parse(ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0])


@pytest.mark.parametrize("name", NAMES)
def test_no_template_lets_a_value_in_unescaped(name: str) -> None:
    assert ENVIRONMENT.autoescape is True
    tree = parsed(name)
    filters = {node.name for node in tree.find_all(nodes.Filter)}
    assert filters <= FILTERS | ({"safe"} if name in MARKS_SAFE else set())
    switches = (nodes.MarkSafe, nodes.MarkSafeIfAutoescape, nodes.ScopedEvalContextModifier, nodes.EvalContextModifier)
    assert not list(tree.find_all(switches))
    joined = (nodes.Concat, nodes.Add, nodes.Mod)
    assert not list(tree.find_all(joined)), "what is joined to markup is escaped, but keeps its unseen characters"


def test_only_the_templates_make_markup() -> None:
    calls = {
        path.name
        for path in UI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Markup"
        and not (len(node.args) == 1 and isinstance(node.args[0], ast.Constant))
    }
    assert calls == MAKES_MARKUP


HOSTILE = "<b> & \"double\" 'single' \u202egnp.exe\x00\u200b\r\n"


def test_values_are_escaped_and_lose_what_no_reader_can_see() -> None:
    shown = "&lt;b&gt; &amp; &#34;double&#34; &#39;single&#39; gnp.exe\n"
    assert text(HOSTILE) == shown
    assert shown in render("turn.html", "question", text=HOSTILE)
    assert f'title="{shown}"' in render("parts.html", "tool", action="close", drawing="close", label=HOSTILE)


def test_markup_of_a_template_enters_another_as_it_is() -> None:
    inner = render("turn.html", "editing")
    assert isinstance(inner, Markup)
    assert inner in render("turn.html", "working", text="q", stage="s", prose=inner, followed=True)


def test_a_value_that_is_missing_is_an_error_and_no_gap() -> None:
    with pytest.raises(UndefinedError):
        render("turn.html", "question")
    with pytest.raises(UndefinedError):
        render("parts.html", "tool", action="close", drawing="no such icon", label="Close")


def test_line_breaks_of_a_template_are_not_shown() -> None:
    assert "\n" not in render("turn.html", "actions", key="c/1", last=True)

"""The controls around a conversation whose values are known when the page is served; the others are templates alone."""

from collections.abc import Sequence

from rag.ui.views.templates import Markup, render


def control(name: str) -> Markup:
    """A control without values: a macro of controls.html."""
    return render("controls.html", name)


def foot(user: str) -> Markup:
    """The look, the keys, and who is signed in: "" where there are no users."""
    return render("controls.html", "foot", user=user)


def model_menu(models: Sequence[str], chosen: str) -> Markup:
    """The models to answer with, "" for quotes alone, and a test of the chosen one."""
    return render("controls.html", "model_menu", models=list(models), chosen=chosen)


def privacy(model: str, host: str | None, *, local: bool = True) -> Markup:
    """What would leave this computer; not `local`: the page runs on another one than the reader's."""
    computer = "this computer" if local else "the computer that runs this page"
    return render("controls.html", "privacy", model=model, host=host, computer=computer)


def model_tested(model: str, problem: str | None) -> Markup:
    """The result of testing a model."""
    return render("controls.html", "model_tested", model=model, problem=problem)


def heading(key: str, title: str) -> Markup:
    """The title of a conversation and what can be done with all of it; empty where none is open."""
    return render("controls.html", "heading", key=key, title=title)

"""The controls around a conversation as HTML: where to search, what answers, its name, what leaves this computer."""

from collections.abc import Sequence

from rag.ui.markup import Markup, attributes, html, icon, join
from rag.ui.views.templates import render


def top() -> Markup:
    """The line above everything on a narrow screen: it opens the rail."""
    return html(
        '<button type="button" class="quiet" data-go="rail" aria-label="Menu">{icon}</button><span>Ask your documents'
        "</span>",
        icon=icon("menu"),
    )


def navigation() -> Markup:
    """From one view of the page to another; assets/page.js switches."""
    views = (
        ("talk", "ask", "Conversation"),
        ("documents", "file", "Documents"),
        ("search", "search", "Search passages"),
    )
    buttons = join(
        html(
            '<li><button type="button" data-view="{name}">{icon}{label}</button></li>',
            name=name,
            icon=icon(drawing),
            label=label,
        )
        for name, drawing, label in views
    )
    return html('<nav aria-label="Views"><ul class="views">{buttons}</ul></nav>', buttons=buttons)


def foot(user: str = "") -> Markup:
    """The look, the keys, and who is signed in."""
    leave = html(
        '<form method="post" action="/logout" data-leave><button class="quiet" title="Sign out {user}">{icon}<span>'
        "Sign out</span></button></form>",
        user=user,
        icon=icon("leave"),
    )
    return html(
        '<div class="foot"><button type="button" class="quiet" data-go="theme">{moon}<span>Dark</span></button>'
        '<button type="button" class="quiet" data-go="keys">{keys}<span>Keys</span></button>{leave}</div>',
        moon=icon("moon"),
        keys=icon("keys"),
        leave=leave if user else "",
    )


def sign_in() -> Markup:
    """Who are you."""
    return html(
        '<form class="signin" method="post" action="/login" data-signin><h1>Ask your documents</h1><label '
        'class="field">Name<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" '
        'required autofocus></label><label class="field">Password<input name="password" type="password" '
        'autocomplete="current-password" required></label><p class="said" role="alert"></p>'
        "<button>Sign in</button></form>"
    )


def scope_menu() -> Markup:
    """Which documents are searched: all, or those that are ticked. The page fetches what there is when it opens."""
    return html(
        '<details class="menu" name="menu" data-fetch="/choices"><summary title="Where to search">{icon}<span '
        'class="chosen">All documents</span></summary><fieldset class="sheet"><legend>Search only in</legend><input '
        'type="search" class="narrow" placeholder="Find a document" aria-label="Find a document"><button type="button" '
        'class="quiet" data-all hidden>{cross}<span>Search all documents</span></button><div data-fetched></div>'
        "</fieldset></details>",
        icon=icon("folder"),
        cross=icon("close"),
    )


def search_form() -> Markup:
    """The search without an answer: passages and scores."""
    return html(
        '<form action="/search" class="searching" data-into="found"><h2>Search passages</h2><label class="field">'
        'What the documents say about something, without an answer<span class="line"><input type="search" name="q" '
        'required maxlength="2000" placeholder="Words or a question"><button class="plain">Search</button></span>'
        '</label></form><div id="found" aria-live="polite"></div>'
    )


def model_menu(models: Sequence[str], chosen: str) -> Markup:
    """What answers are made with, and a test of it; where there are only quotes, how there would be more."""
    options = [
        html("<option{more}>{label}</option>", more=_option(name, name == chosen), label=name or "Quotes, no model")
        for name in models
    ]
    if list(models) == [""]:
        options.append(html("<option disabled>To connect a model, start with RAG_CHAT_MODEL</option>"))
    test = html(
        '<button type="button" class="quiet" data-do="submit" title="See whether the model can be reached; no passage '
        'is sent">Test</button>'
    )
    return html(
        '<label class="pick"><span class="unseen">Answer with</span><select data-change="select">{options}</select>'
        "</label>{test}",
        options=join(options),
        test=test if list(models) != [""] else "",
    )


def _option(value: str, chosen: bool) -> Markup:
    return join([attributes(value=value), attributes(selected="") if chosen else Markup("")])


def privacy(model: str, host: str | None, *, local: bool = True) -> Markup:
    """What would leave this computer, said before the first question is asked; not `local`: it is another's."""
    computer = "this computer" if local else "the computer that runs this page"
    if not model:
        return html(
            "<p>{icon}Answering by quoting; nothing leaves {computer}.</p>", icon=icon("lock"), computer=computer
        )
    if host == "this computer":
        return html(
            "<p>{icon}{model} answers on {computer}; nothing leaves it.</p>",
            icon=icon("lock"),
            model=model,
            computer=computer,
        )
    return html(
        '<p class="leaves">{icon}{model} answers: your question and the passages found are sent to <b>{host}</b>.</p>',
        icon=icon("warning"),
        model=model,
        host=host or "",
    )


def checked(model: str, trouble: str | None) -> Markup:
    """What the test of a model found."""
    if trouble:
        return html('<p class="leaves" role="status">{icon}{trouble}</p>', icon=icon("warning"), trouble=trouble)
    said = f"{model} can be reached." if model else "Quotes need no model."
    return html('<p role="status">{said}</p>', said=said)


def heading(key: str, title: str) -> Markup:
    """The name of a conversation, to be changed in place, and what can be done with the whole of it."""
    if not key:
        return Markup("")
    return html(
        '<input class="title" data-change="input" aria-label="Name of this conversation" title="Rename" maxlength="70"'
        ' dir="auto"{value}>'
        '{exports}<details class="menu" name="menu"><summary class="quiet" title="Delete this conversation">{trash}'
        '<span>Delete</span></summary><div class="sheet"><p>Delete this conversation for good?</p>'
        '<button type="button" class="danger" data-do="delete"{key}>Delete</button></div></details>',
        value=attributes(value=title, data_key=key),
        exports=render("parts.html", "exports", key=key),
        trash=icon("trash"),
        key=attributes(data_key=key),
    )

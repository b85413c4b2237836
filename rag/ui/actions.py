"""What can be done with a turn, as HTML: copy, export, ask again, edit, and see how the answer was found."""

from rag.ui.markup import Markup, html, icon, join

FORMS = (("md", "Markdown with footnotes"), ("docx", "Word document"), ("json", "JSON, with everything"))


def actions(key: str, *, last: bool) -> Markup:
    """The row of actions below a turn; only the last turn can be asked again."""
    copy = html(
        '<button type="button" class="quiet" data-copy="/export/{key}.txt">{icon}<span>Copy</span></button>',
        key=key,
        icon=icon("copy"),
    )
    inspect = html(
        '<a class="quiet" href="/inspect/{key}">{icon}<span>How it was found</span></a>', key=key, icon=icon("eye")
    )
    again = [_again("retry", "Ask again", key), _again("edit", "Edit the question", key)] if last else []
    row = join([copy, exports(f"/export/{key}"), *again, inspect])
    return html('<div class="actions">{row}</div>', row=row)


def exports(address: str) -> Markup:
    """A menu of the forms in which an answer or a conversation can be taken away."""
    links = join(
        html('<a href="{address}.{form}" download>{label}</a>', address=address, form=form, label=label)
        for form, label in FORMS
    )
    return html(
        '<details class="menu" name="menu"><summary class="quiet" title="Export">{icon}<span>Export</span></summary>'
        '<div class="sheet links">{links}</div></details>',
        icon=icon("down"),
        links=links,
    )


def _again(event: str, label: str, key: str) -> Markup:
    return html(
        '<button type="button" class="quiet" data-do="{event}" data-key="{key}">{icon}<span>{label}</span></button>',
        event=event,
        key=key,
        icon=icon(event),
        label=label,
    )

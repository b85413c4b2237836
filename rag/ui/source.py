"""An open document as HTML: its head, and its text or pages, beside the conversation or in a page of its own."""

from collections.abc import Iterator

from rag.ui.document_view import TEXT, DocumentView
from rag.ui.markup import Markup, attributes, html, icon, join, source_url
from rag.ui.pictured import pictured
from rag.ui.written import written


def pane(view: DocumentView) -> Markup:
    """Head and body of an open document."""
    return html(
        '<div class="source" data-name="{name}">{head}{said}{body}</div>',
        name=view.info.source,
        head=_head(view),
        said=join(html('<p class="moved">{icon} {said}</p>', icon=icon("warning"), said=said) for said in _said(view)),
        body=pictured(view, view.drawing) if view.drawing else written(view),
    )


def _said(view: DocumentView) -> Iterator[str]:
    """What a reader has to know before reading."""
    if not view.is_intact:
        yield (
            "This document has changed since; the words that were cited no longer stand at their place, so nothing is "
            "marked."
        )
    if view.drawing:
        if view.marked[1] and not view.drawing.boxes:
            yield "The words could not be found on the drawn page; in the text they are marked."
    elif view.is_pdf and view.place.form != TEXT:
        yield "The file is no longer what was indexed, so its text is shown instead of its pages."


def _head(view: DocumentView) -> Markup:
    info = view.info
    facts = [info.source, *([_paged(view)] if info.pages else []), *([info.date] if info.date else [])]
    return html(
        '<header class="source-head"><div class="source-title"><h2 dir="auto">{title}</h2><p class="facts">{facts}</p>'
        '</div><div class="source-tools">{switch}<span class="at" data-at></span>{previous}{next}{whole}{close}</div>'
        "</header>",
        title=info.title,
        facts=join(html('<span dir="auto">{fact}</span>', fact=fact) for fact in facts),
        switch=_switch(view),
        previous=tool("previous", "left", "Previous citation (k)"),
        next=tool("next", "right", "Next citation (j)"),
        whole=html(
            '<a class="quiet" href="{at}" target="_blank" aria-label="Open in a window of its own" title="Open in a '
            'window of its own">{icon}</a>',
            at=_again(view, view.place.form),
            icon=icon("open"),
        ),
        close=tool("close", "close", "Close the source (Esc)"),
    )


def _paged(view: DocumentView) -> Markup:
    """The page of the mark; where pages are drawn, a field that leads to another."""
    pages = view.info.pages
    if not view.drawing:
        return (
            html("page {page} of {pages}", page=view.page, pages=pages)
            if view.marked[1]
            else html("{pages} pages", pages=pages)
        )
    return html(
        '<label>page <input type="number" class="to-page" min="1"{more}> of {pages}</label>',
        more=attributes(max=pages, value=view.page, data_address=_again(view, "")),
        pages=pages,
    )


def _again(view: DocumentView, form: str) -> str:
    place = view.place
    more = {"form": form} if form else {}
    return source_url(view.info.source, start=place.start, end=place.end, check=place.check, **more)


def tool(go: str, drawing: str, label: str) -> Markup:
    """A button of the head: what it does is in assets/page.js."""
    return html(
        '<button type="button" class="quiet" data-go="{go}" aria-label="{label}" title="{label}">{icon}</button>',
        go=go,
        label=label,
        icon=icon(drawing),
    )


def _switch(view: DocumentView) -> Markup:
    """From the drawn pages of a PDF to its text and back."""
    if not view.is_pdf:
        return Markup("")
    at = _again(view, TEXT if view.drawing else "")
    return html('<a class="quiet swap" href="{at}">{label}</a>', at=at, label="Text" if view.drawing else "Pages")

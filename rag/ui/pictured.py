"""The drawn pages of a document as HTML, with the lines of one span boxed."""

from rag.ui.document_view import DocumentView
from rag.ui.markup import Markup, attributes, html, join, page_url
from rag.ui.paper import Drawing
from rag.ui.pdfium import Box

PAGES = 300  # drawn pages at once; of a longer file, this many around the place


def pictured(view: DocumentView, drawing: Drawing) -> Markup:
    """The drawn pages with the span boxed; its words are there for those who cannot see the boxes."""
    total, at = len(drawing.sizes), view.page or 1
    first = max(1, min(at - PAGES // 2, total - PAGES + 1))
    last = min(total, first + PAGES - 1)
    pages = join(_page(view, drawing, number, at) for number in range(first, last + 1))
    cut = html('<p class="cut">Pages {first} to {last} of {total}</p>', first=first, last=last, total=total)
    return html(
        '<div class="pictured" tabindex="0" role="region" aria-label="Pages of the document">{cut}{pages}</div>',
        cut=cut if (first, last) != (1, total) else "",
        pages=pages,
    )


def _page(view: DocumentView, drawing: Drawing, number: int, at: int) -> Markup:
    """One page, as large as it will be before its picture is there."""
    width, height = drawing.sizes[number - 1]
    boxes = [box for box in drawing.boxes if box.page == number]
    words = view.document.text[slice(*view.marked)] if boxes and number == drawing.boxes[0].page else ""
    return html(
        '<figure class="paper" id="page-{number}"{more}><img src="{picture}" loading="lazy" decoding="async" '
        'alt="Page {number} of {title}">{boxes}{words}</figure>',
        number=number,
        more=attributes(style=f"aspect-ratio:{width:.1f}/{height:.1f}", **({"data_open": ""} if number == at else {})),
        picture=page_url(view.info.source, number, view.info.digest),
        title=view.info.title,
        boxes=join(map(_boxed, boxes)),
        words=html('<figcaption class="unseen">Marked: {words}</figcaption>', words=words) if words else "",
    )


def _boxed(box: Box) -> Markup:
    style = ";".join(f"{side}:{100 * getattr(box, side):.3f}%" for side in ("left", "top", "width", "height"))
    return html('<mark class="cited box"{more}></mark>', more=attributes(style=style))

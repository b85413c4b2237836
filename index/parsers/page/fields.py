"""The fields of a form on a PDF page: what is filled in and what is ticked, as words at their place."""

import ctypes
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pypdfium2
from pypdfium2 import raw

from index.parsers.page.words import Box, Word

TICKED, UNTICKED = "☒", "☐"
MAX_FIELDS = 2_000  # of a page
LINE = 12.0  # points; the height of a line in a field
_TICKS = (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
_TEXTS = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)
_HIDDEN = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
_PASSWORD = 1 << 13


def open_forms(pdf: pypdfium2.PdfDocument) -> None:
    """Make the fields of a form readable, before any of its pages is opened."""
    if pdf.get_formtype():
        logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it tells users to build pdfium anew for XFA
        pdf.init_forms()


def fields(page: pypdfium2.PdfPage) -> tuple[list[Word], list[Box]]:
    """The words of the fields of a page, and the box of each field. The word's `first` is -2 for the first box, -3 ...

    Typed text that was put on the page as a note ("free text") counts as a field.
    """
    words: list[Word] = []
    boxes: list[Box] = []
    for text, box in _annotations(page):
        boxes.append(box)
        top = (box[1] + box[3] + LINE) / 2 if box[3] - box[1] < 2 * LINE else box[3]
        for number, line in enumerate(filter(str.strip, text.splitlines())):
            height = min(LINE, box[3] - box[1])
            high = top - number * LINE if height == LINE else box[3]
            place = (box[0], high - height, box[2], high)
            words.append(Word(" ".join(line.split()), -1 - len(boxes), place, " " if number == 0 else "\n"))
    return words, boxes


def placed(words: Sequence[Word], filled: Sequence[Word]) -> list[Word]:
    """The words of a page with those of its fields among them, each behind what stands left of it or above it."""
    placed = list(words)
    for field in filled:
        placed.insert(_place(placed, field), field)
    return placed


def _place(words: Sequence[Word], field: Word) -> int:
    left, middle = field.box[0], (field.box[1] + field.box[3]) / 2
    beside = [(i, word) for i, word in enumerate(words) if word.box[1] <= middle <= word.box[3]]
    if before := [(word.box[2], i) for i, word in beside if word.box[0] < left]:
        return max(before)[1] + 1
    if after := [(word.box[0], i) for i, word in beside if word.box[0] >= left]:
        return min(after)[1]
    above = [(word.box[1] + 0.5 * abs(word.box[0] - left), i) for i, word in enumerate(words) if word.box[1] > middle]
    return min(above)[1] + 1 if above else len(words)


def _annotations(page: pypdfium2.PdfPage) -> Iterator[tuple[str, Box]]:
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), MAX_FIELDS)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        try:
            if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
                continue
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            rectangle = raw.FS_RECTF()
            if not raw.FPDFAnnot_GetRect(annotation, ctypes.byref(rectangle)):
                continue
            text = ""
            if kind == raw.FPDF_ANNOT_FREETEXT:
                text = _string(lambda *to: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", *to))  # noqa: B023
            elif kind == raw.FPDF_ANNOT_WIDGET and page.formenv:
                text = _value(page.formenv, annotation)
            if text.strip():
                edges = (rectangle.left, rectangle.right), (rectangle.bottom, rectangle.top)
                (left, right), (bottom, top) = map(sorted, edges)
                yield text, (left, bottom, right, top)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)


def _value(form: Any, annotation: Any) -> str:
    """What a field holds, nothing for buttons, signatures and passwords."""
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _TICKS:
        return TICKED if raw.FPDFAnnot_IsChecked(form, annotation) else UNTICKED
    if kind not in _TEXTS or raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
        return ""
    return _string(lambda *to: raw.FPDFAnnot_GetFormFieldValue(form, annotation, *to))


def _string(get: Callable[[Any, int], int]) -> str:
    """The string that a function of pdfium writes into a buffer, whose size it returns in bytes."""
    size = get(None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    get(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")

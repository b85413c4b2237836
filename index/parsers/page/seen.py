"""Which words of a PDF page can be seen: not invisible ink, not white on white, not under a filled rectangle.

Text that stands askew and large across a page is a watermark.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pypdfium2
from pypdfium2 import raw

from index.parsers.page.words import Box, Word, address, quick

PALE = 250  # of 255: from here a colour is white on paper
WATERMARK = 24.0  # points; askew text of a drawing is smaller
INVISIBLE_MODES = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
FILLED_MODES = (raw.FPDF_TEXTRENDERMODE_FILL, raw.FPDF_TEXTRENDERMODE_FILL_CLIP)
STRIP, MAX_HEIGHT = 20.0, 20_000.0  # points
THIN = 3.0  # points; thinner paths are rules, which cover no word
MAX_PATHS = 5_000  # of a page that are looked at

_count = quick(raw.FPDFPage_CountObjects, ctypes.c_int, ctypes.c_void_p)
_object = quick(raw.FPDFPage_GetObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_type = quick(raw.FPDFPageObj_GetType, ctypes.c_int, ctypes.c_void_p)
_mode = quick(raw.FPDFTextObj_GetTextRenderMode, ctypes.c_int, ctypes.c_void_p)
_colour = quick(raw.FPDFPageObj_GetFillColor, ctypes.c_int, ctypes.c_void_p, *[ctypes.c_void_p] * 4)
_bounds = quick(raw.FPDFPageObj_GetBounds, ctypes.c_int, ctypes.c_void_p, *[ctypes.c_void_p] * 4)
_is_clear = quick(raw.FPDFPageObj_HasTransparency, ctypes.c_int, ctypes.c_void_p)
_segments = quick(raw.FPDFPath_CountSegments, ctypes.c_int, ctypes.c_void_p)
_segment = quick(raw.FPDFPath_GetPathSegment, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_kind = quick(raw.FPDFPathSegment_GetType, ctypes.c_int, ctypes.c_void_p)
_drawn = quick(raw.FPDFPath_GetDrawMode, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_COLOURS, _EDGES = (ctypes.c_uint * 4)(), (ctypes.c_float * 4)()
_COLOUR_AT, _EDGES_AT = ([ctypes.addressof(to) + 4 * i for i in range(4)] for to in (_COLOURS, _EDGES))


@dataclass(slots=True)
class Seen:
    """The words of a page that can be seen, and the texts of those that cannot and of watermarks."""

    words: list[Word] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    watermarks: list[str] = field(default_factory=list)


def seen(page: pypdfium2.PdfPage, words: Sequence[Word]) -> Seen:
    """The words in order, by whether they can be seen; those outside the page's crop box are nowhere."""
    left, bottom, right, top = page.get_bbox()
    drawn = _Drawn(address(page.raw))
    found = Seen()
    last: tuple[list[str], int] | None = None
    for word in words:
        box = word.box
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if not (left <= x <= right and bottom <= y <= top):
            continue
        if word.angle is None and box[3] - box[1] >= WATERMARK:
            texts = found.watermarks
        elif word.key and drawn.hides(word, x, y) and any(map(str.isalnum, word.text)):
            texts = found.hidden
        else:
            found.words.append(word)
            last = None
            continue
        if last == (texts, word.key):
            texts[-1] += word.before + word.text
        else:
            texts.append(word.text)
        last = texts, word.key
    return found


class _Drawn:
    """What is drawn on a page, in the order of drawing. The colours of paths are asked for where they matter only."""

    def __init__(self, page: int) -> None:
        self._pictures: list[tuple[int, Box]] = []
        self._paths: list[tuple[int, int, Box]] = []
        self._strips: dict[int, list[tuple[int, int, Box]]] = {}  # paths by strip of the page
        self._plain: set[int] = set()  # text objects in visible ink
        self._opaque: dict[int, bool] = {}
        self._keys = [_object(page, number) for number in range(_count(page))]
        for number, kind in enumerate(map(_type, self._keys)):
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                continue
            key = self._keys[number]
            if kind != raw.FPDF_PAGEOBJ_PATH:
                self._pictures.append((number, _box(key)))  # a scan may be within a form
            elif len(self._paths) < MAX_PATHS:
                self._add(number, key)

    @cached_property
    def _numbers(self) -> dict[int, int]:
        """The number of each object, by its key."""
        return {key: number for number, key in enumerate(self._keys)}

    def _add(self, number: int, key: int) -> None:
        box = _box(key)
        self._paths.append((number, key, box))
        if box[3] - box[1] < THIN or box[2] - box[0] < THIN:
            return
        for strip in range(int(max(box[1], 0) / STRIP), int(min(box[3], MAX_HEIGHT) / STRIP) + 1):
            self._strips.setdefault(strip, []).append((number, key, box))

    def hides(self, word: Word, x: float, y: float) -> bool:
        """Whether a word with its middle at (x, y) cannot be seen."""
        around = self._strips.get(int(y / STRIP), ())
        pale = False
        if word.key not in self._plain:
            mode, ink = _mode(word.key), _ink(word.key)
            filled = mode in FILLED_MODES
            if mode in INVISIBLE_MODES or (ink < 0 and filled):
                # the text of a scan lies over its picture, that of a drawn sign or tick over its lines
                return not any(_holds(box, x, y) for _, box in self._pictures) and not self._is_traced(word.box)
            pale = ink >= PALE and filled
            if not pale:
                self._plain.add(word.key)
        if not pale and not any(_covers(box, word.box) for _, _, box in around):
            return False
        at = self._numbers.get(word.key)
        if at is None:
            return False  # drawn within another object: where on the page is not known
        if pale and not any(n < at and _holds(box, x, y) for n, box in self._pictures):
            return not any(n < at and _holds(box, x, y) and _is_dark(key) for n, key, box in around)
        return any(n > at and _covers(box, word.box) and self._is_opaque(key) for n, key, box in around)

    def _is_traced(self, box: Box) -> bool:
        """Whether lines of about the size of a word are drawn where it stands."""
        high, wide = box[3] - box[1], box[2] - box[0]
        return any(
            path[3] - path[1] < 2 * high
            and 0.3 * wide < path[2] - path[0] < 2 * max(wide, high)
            and min(path[2], box[2]) - max(path[0], box[0]) > 0.3 * wide
            and path[1] <= box[3]
            and path[3] >= box[1]
            for _, _, path in self._paths
        )

    def _is_opaque(self, key: int) -> bool:
        """Whether a path is a filled rectangle that nothing shines through."""
        if key not in self._opaque:
            solid = _is_filled(key) and _ink(key) >= 0 and not _is_clear(key)
            self._opaque[key] = solid and _is_rectangle(key)
        return self._opaque[key]


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _covers(box: Box, word: Box) -> bool:
    """Whether a rectangle is over the letters of a word: the upper and lower fifth of its box are mostly empty."""
    rim = 0.2 * (word[3] - word[1])
    return box[0] <= word[0] + rim and box[1] <= word[1] + rim and box[2] >= word[2] - rim and box[3] >= word[3] - rim


def _is_filled(key: int) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(_drawn(key, ctypes.addressof(fill), ctypes.addressof(stroke))) and fill.value != 0


def _is_dark(key: int) -> bool:
    """Whether a path fills its inside with a colour other than white."""
    return _is_filled(key) and 0 <= _ink(key) < PALE


def _is_rectangle(key: int) -> bool:
    count = _segments(key)
    kinds = [_kind(_segment(key, i)) for i in range(count)] if count in (4, 5, 6) else []
    return bool(kinds) and raw.FPDF_SEGMENT_BEZIERTO not in kinds and kinds.count(raw.FPDF_SEGMENT_MOVETO) == 1


def _ink(key: int) -> int:
    """The darkest of red, green and blue, of 255; -1 where nothing is drawn, 0 where the colour is not known."""
    if not _colour(key, *_COLOUR_AT):
        return 0
    red, green, blue, alpha = _COLOURS
    return -1 if alpha == 0 else min(red, green, blue)


def _box(key: int) -> Box:
    if not _bounds(key, *_EDGES_AT):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = _EDGES
    return left, bottom, right, top

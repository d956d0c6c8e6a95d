"""Takes down what the pages of a PDF draw, as pdfminer's interpreter comes upon it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdffont import PDFFont, PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import resolve1
from pdfminer.utils import apply_matrix_pt

from indexer.pdf.shapes import Glyph, Rule, Sheet, Style
from indexer.records import Drop

if TYPE_CHECKING:
    from pdfminer.pdfcolor import PDFColorSpace
    from pdfminer.pdfinterp import PDFGraphicState, PDFTextState
    from pdfminer.utils import Matrix, PathSegment

_MOST_GLYPHS = 2_000_000  # of one document: far more than the longest booklet has
_MOST_RULES = 20_000  # of one page; a drawing may have millions, and none of them is a table's
_INVISIBLE = 3  # a text rendering mode: what a scan's text recognition lies in
_OUTLINED = 2  # filled and stroked: how a font without a bold one is made bold
_FORCED_BOLD = 1 << 18
_BOLD_WEIGHT = 600
# Codes that the usual encoding leaves free are bullets (ISO 32000-1, annex D.2, note 3).
_UNUSED = frozenset({127, 129, 141, 143, 144, 157})
_PICTURES = re.compile(r"wingdings|webdings", re.IGNORECASE)
_WHITE = "1.0,1.0,1.0"


class RefusedError(Exception):
    """A PDF that is not read, with the name of the reason."""

    def __init__(self, drop: Drop, detail: str) -> None:
        super().__init__(detail)
        self.drop = drop
        self.detail = detail


class Device(PDFTextDevice):
    """Takes down what a page draws."""

    def __init__(
        self, resources: PDFResourceManager, levels: Mapping[tuple[object, int], int]
    ) -> None:
        super().__init__(resources)
        self._levels = levels
        self._styles: dict[tuple[int, str, bool], Style] = {}
        self._fonts: dict[int, PDFFont] = {}  # kept, so that no two have one identity
        self._glyphs_left = _MOST_GLYPHS
        self.unknown = 0
        self._start(None)

    def _start(self, page: PDFPage | None) -> None:
        self._page = page
        self._tags: list[tuple[int, bool]] = []
        self._glyphs: list[tuple[int, Glyph, tuple[float, ...], bool]] = []
        self._rules: list[tuple[float, float, float, float, bool]] = []
        self._pictures = 0
        self._mode = 0
        self._crop = (-math.inf, -math.inf, math.inf, math.inf)
        self._width = self._height = 0.0

    def begin_page(self, page: PDFPage, ctm: Matrix) -> None:
        self._start(page)
        self._crop = _corners(page.cropbox, ctm)
        x0, y0, x1, y1 = _corners(page.mediabox, ctm)
        self._width, self._height = x1 - x0, y1 - y0

    def begin_tag(self, tag: Any, props: Any = None) -> None:
        level, artifact = self._tags[-1] if self._tags else (0, False)
        props = resolve1(props)
        number = props.get("MCID") if isinstance(props, dict) else None
        if self._page is not None and isinstance(number, int):
            level = self._levels.get((self._page.pageid, number), level)
        self._tags.append((level, artifact or getattr(tag, "name", "") == "Artifact"))

    def end_tag(self) -> None:
        if self._tags:
            self._tags.pop()

    def render_image(self, name: str, stream: Any) -> None:  # noqa: ARG002 - pdfminer's names
        self._pictures += 1

    def render_string(
        self,
        textstate: PDFTextState,
        seq: Any,
        ncs: PDFColorSpace,
        graphicstate: PDFGraphicState,
    ) -> None:
        self._mode = int(textstate.render)
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(  # noqa: PLR0913, PLR0917 - pdfminer's call
        self,
        matrix: Matrix,
        font: PDFFont,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: PDFColorSpace,  # noqa: ARG002
        graphicstate: PDFGraphicState,
    ) -> float:
        advance: float = font.char_width(cid) * fontsize * scaling
        text = self._letter(font, cid)
        self._glyphs_left -= 1
        if self._glyphs_left < 0:
            raise RefusedError(Drop.TOO_LARGE, f"more than {_MOST_GLYPHS:,} letters")
        a, b, c, d, _, _ = matrix
        start = apply_matrix_pt(matrix, (0, rise))
        end = apply_matrix_pt(matrix, (advance, rise))
        size = abs(fontsize) * math.hypot(c, d)
        x0, y0, x1, y1 = self._crop
        if size <= 0 or not (x0 - 1 <= start[0] <= x1 + 1 and y0 - 1 <= start[1] <= y1 + 1):
            return advance  # not on the page that is shown
        # Which way it runs: 0 as usual, then by quarter turns.
        way = (0 if a >= 0 else 2) if abs(a) >= abs(b) else (1 if b > 0 else 3)
        level, artifact = self._tags[-1] if self._tags else (0, False)
        style = self._style(font, _colour(graphicstate.ncolor))
        glyph = Glyph(text, 0, 0, 0, size, style, level, artifact)
        self._glyphs.append((way, glyph, (*start, *end), self._mode == _INVISIBLE))
        return advance

    def _letter(self, font: PDFFont, cid: int) -> str:
        if _PICTURES.search(str(getattr(font, "fontname", ""))):
            return "•"  # whatever letter it is drawn in the place of
        try:
            return font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            if cid in _UNUSED and not font.is_multibyte():
                return "•"
            self.unknown += 1
            return "\ufffd"

    def paint_path(
        self,
        graphicstate: PDFGraphicState,
        stroke: bool,  # noqa: FBT001
        fill: bool,  # noqa: FBT001
        evenodd: bool,  # noqa: ARG002, FBT001
        path: Sequence[PathSegment],
    ) -> None:
        seen = stroke or _colour(graphicstate.ncolor) != _WHITE
        if not seen or len(self._rules) > _MOST_RULES or self.ctm is None:
            return
        piece: list[tuple[float, float]] = []
        for segment in [*path, ("m",)]:
            if segment[0] == "m" and piece:
                xs, ys = zip(*(apply_matrix_pt(self.ctm, each) for each in piece), strict=True)
                self._rules.append((min(xs), min(ys), max(xs), max(ys), fill and not stroke))
                piece = []
            numbers = [each for each in segment[1:] if isinstance(each, int | float)]
            piece += zip(numbers[::2], numbers[1::2], strict=False)

    def sheet(self, number: int) -> Sheet:
        """The page that was drawn last."""
        seen = [each for each in self._glyphs if not each[3]] or self._glyphs
        ways = [way for way, *_ in seen]
        most = max(range(4), key=ways.count)
        width, height = (
            (self._width, self._height) if most % 2 == 0 else (self._height, self._width)
        )
        glyphs, turned = [], []
        for way, glyph, (ax, ay, bx, by), _ in seen:
            if way != most:
                turned.append(glyph.text)
                continue
            (glyph.x0, glyph.y), (glyph.x1, _) = self._seen(most, ax, ay), self._seen(most, bx, by)
            glyphs.append(glyph)
        rules = []
        for ax, ay, bx, by, filled in self._rules:
            (x0, y0), (x1, y1) = self._seen(most, ax, ay), self._seen(most, bx, by)
            rules.append(Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), filled))
        return Sheet(
            number,
            width,
            height,
            tuple(glyphs),
            tuple(rules),
            "".join(turned).strip(),
            self._pictures,
        )

    def _seen(self, way: int, x: float, y: float) -> tuple[float, float]:
        """A place of the page as it is read when its text runs this way, from the top left."""
        return (
            (x, self._height - y),
            (y, x),
            (self._width - x, y),
            (self._height - y, self._width - x),
        )[way]

    def _style(self, font: PDFFont, colour: str) -> Style:
        outlined = self._mode == _OUTLINED
        key = (id(font), colour, outlined)
        if key not in self._styles:
            self._fonts[id(font)] = font
            name = str(getattr(font, "fontname", "") or "").rpartition("+")[2]
            low = name.lower()
            described = getattr(font, "descriptor", {}) or {}
            flags, weight = described.get("Flags"), resolve1(described.get("FontWeight"))
            bold = (
                outlined
                or any(each in low for each in ("bold", "black", "heavy", "demi"))
                or bool(isinstance(flags, int) and flags & _FORCED_BOLD)
                or bool(isinstance(weight, int | float) and weight >= _BOLD_WEIGHT)
            )
            italic = any(each in low for each in ("italic", "oblique"))
            self._styles[key] = Style(name, bold, italic, colour)
        return self._styles[key]


def _colour(value: Any) -> str:
    """A colour as red, green and blue in tenths: black is written in several ways."""
    values = value if isinstance(value, list | tuple) else (value,)
    numbers = [float(each) for each in values if isinstance(each, int | float)]
    match numbers:
        case [grey]:
            numbers = [grey] * 3
        case [cyan, magenta, yellow, black]:
            numbers = [1 - min(1.0, each + black) for each in (cyan, magenta, yellow)]
    return ",".join(f"{each:.1f}" for each in numbers)


def _corners(box: Sequence[float], ctm: Matrix) -> tuple[float, float, float, float]:
    (ax, ay), (bx, by) = (apply_matrix_pt(ctm, (box[i], box[i + 1])) for i in (0, 2))
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

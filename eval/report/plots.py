"""Draw the plots of a run as SVG text, for the HTML report and for docs/; the same run gives the same bytes."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from eval.metrics.calibration import Bin, Point

INK = "#010203"  # a colour used for nothing else, replaced by the page's text colour
BLUE, ORANGE = "#3b82f6", "#d97706"  # legible on light and dark pages
_STYLE: dict[RcKeyType, Any] = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


def risk_coverage_plot(points: Sequence[Point]) -> str:
    """Share of wrong answers against the share of answered questions, over all thresholds."""
    with _axes("risk-coverage") as (axes, figure):
        if points:
            axes.plot([p.coverage for p in points], [p.risk for p in points], color=BLUE, drawstyle="steps-post")
            axes.plot(points[-1].coverage, points[-1].risk, "o", color=BLUE)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="coverage: share of questions answered", ylabel="risk: share wrong")
        return _svg(figure)


def reliability_plot(bins: Sequence[Bin]) -> str:
    """Share right against mean confidence; the area of a dot is the number of answers, the diagonal is perfect."""
    with _axes("reliability") as (axes, figure):
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        if bins:
            largest = max(b.count for b in bins)
            sizes = [20 + 180 * b.count / largest for b in bins]
            axes.plot([b.confidence for b in bins], [b.right for b in bins], color=BLUE, linewidth=1)
            axes.scatter([b.confidence for b in bins], [b.right for b in bins], s=sizes, color=BLUE, alpha=0.8)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="confidence", ylabel="share right")
        return _svg(figure)


def recall_plot(hit: Sequence[float], recall: Sequence[float]) -> str:
    """hit@k and recall@k for k = 1, 2, ... (mean over the cases with gold quotes)."""
    with _axes("recall") as (axes, figure):
        ranks = list(range(1, len(hit) + 1))
        axes.plot(ranks, hit, marker="o", color=BLUE, label="hit@k")
        axes.plot(ranks, recall, marker="s", color=ORANGE, label="recall@k")
        axes.set(ylim=(0, 1.02), xlabel="k: passages looked at", xticks=ranks)
        axes.legend(loc="lower right")
        return _svg(figure)


def latency_plot(seconds: Sequence[float], p50: float | None, p95: float | None) -> str:
    """Histogram of the seconds of an answer, with median and 95th percentile."""
    with _axes("latency") as (axes, figure):
        if seconds:
            axes.hist(seconds, bins=min(30, len(seconds)), color=BLUE, alpha=0.8)
        for value, label, style in ((p50, "median", "-"), (p95, "95th percentile", "--")):
            if value is not None:
                axes.axvline(value, color=ORANGE, linestyle=style, label=f"{label} {value:.2f} s")
        axes.set(xlabel="seconds for an answer", ylabel="cases")
        if seconds:
            axes.set_xlim(left=0)
            axes.legend(loc="upper right")
        return _svg(figure)


@contextmanager
def _axes(name: str) -> Iterator[tuple[Axes, Figure]]:
    # the style has to last until the figure is drawn; the salt makes ids unique on a page with several plots
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(4.6, 3.2), layout="constrained")
        yield figure.add_subplot(), figure


def _svg(figure: Figure) -> str:
    buffer = io.StringIO()
    metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", transparent=True, metadata=metadata)
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :].replace(INK, "currentColor")
    # only the ids made from the salt are referred to; the others are the same in every plot
    drawn = re.sub(r' id="(?![mp][0-9a-f]{10}")[^"]*"', "", drawn)
    return re.sub(r"<style.*?</style>", "", drawn, flags=re.DOTALL)

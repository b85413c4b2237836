"""Plot the growth of an index on logarithmic axes; the same figures give the same bytes."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from eval.bench.scale import IndexSize

LINES = (
    ("p50", "query p50, ms", "#3b82f6"),
    ("p95", "query p95, ms", "#93c5fd"),
    ("ms_per_chunk", "index, ms a chunk", "#d97706"),
    ("memory", "rag serve, MB (PSS)", "#16a34a"),
    ("disk", "disk, MB", "#6b7280"),
)


def scale_plot(sizes: Sequence["IndexSize"]) -> str:
    """Query time, time per chunk, memory and disk against the number of chunks, as SVG on white."""
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "scale", "font.size": 10}):
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        axes = figure.add_subplot()
        for name, label, colour in LINES:
            axes.plot([s.chunks for s in sizes], [getattr(s, name) for s in sizes], "o-", color=colour, label=label)
        axes.set(xscale="log", yscale="log", xlabel="chunks in the index")
        axes.grid(visible=True, which="major", linewidth=0.4)
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", facecolor="white", metadata=dict.fromkeys(("Date", "Creator")))
    return buffer.getvalue()

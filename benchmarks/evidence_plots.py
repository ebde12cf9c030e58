"""The plots of the page of evidence, as SVG: the same figures give the same file."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "evidence", "font.size": 9, "axes.spines.top": False,
    "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "legend.frameon": False,
}  # fmt: skip
WIDTH = 8.0  # inches


def drawn(height: float, draw: Callable[[Figure], None]) -> str:
    """The SVG of a figure."""
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # its names are a Literal of hundreds
        figure = Figure((WIDTH, height), layout="constrained")
        draw(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def bars(axes: Axes, names: Sequence[str], values: Sequence[Mapping[str, float]], title: str) -> None:
    """Medians, with lines from the lower to the upper quartile."""
    upwards = list(values)[::-1]
    medians = [each["median"] for each in upwards]
    below = [each["median"] - each["q1"] for each in upwards]
    above = [each["q3"] - each["median"] for each in upwards]
    axes.barh(list(names)[::-1], medians, xerr=[below, above], color="#4477aa", ecolor="black", capsize=2)
    axes.set_title(title, fontsize=9)
    axes.grid(axis="y", visible=False)


def start_up(figures: Mapping[str, Any]) -> str:
    subjects = [each for each in figures["warm"] if each != "ratio"]

    def draw(figure: Figure) -> None:
        for axes, (state, row) in zip(figure.subplots(1, 2), figures.items(), strict=True):
            bars(axes, subjects, [row[each] for each in subjects], f"{state}: processor time, ms")

    return drawn(1.6, draw)


def ingestion(figures: Mapping[str, Any]) -> str:
    titles = {"seconds": "seconds", "refused": "calls refused with 429", "tokens": "tokens", "lost": "photos lost"}
    names = [way["way"] for way in figures["ways"]]

    def draw(figure: Figure) -> None:
        for axes, (measure, title) in zip(figure.subplots(2, 2, sharey=True).flat, titles.items(), strict=True):
            bars(axes, names, [way[measure] for way in figures["ways"]], title)
            axes.set_xlim(left=0)

    return drawn(3.6, draw)


def chat(figures: Mapping[str, Any]) -> str:
    rows = figures["streams"]
    streams = [row["streams"] for row in rows]

    def draw(figure: Figure) -> None:
        labels = {"first_word_ms": "first word, ms", "total_ms": "whole answer, ms"}
        for axes, (label, title) in zip(figure.subplots(1, 2), labels.items(), strict=True):
            for way in ("app", "direct"):
                line_with_p95(axes, streams, [row[label][way] for row in rows], way)
            logarithmic(axes, streams, "streams at once")
            axes.set_title(f"{title}: median, and up to p95", fontsize=9)
            axes.legend()

    return drawn(3.0, draw)


def search(figures: Mapping[str, Any]) -> str:
    rows = figures["sizes"]
    sizes = [row["documents"] for row in rows]

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        for kind in rows[0]["queries"]:
            queries = [row["queries"][kind] for row in rows]
            line_with_p95(left, sizes, [each["ms"] for each in queries], kind)
            right.plot(sizes, [each["processor_ms"] for each in queries], marker="o", markersize=3, label=kind)
        for axes, title in ((left, "a query, ms: median, and up to p95"), (right, "processor time of a query, ms")):
            logarithmic(axes, sizes, "documents")
            axes.set_title(title, fontsize=9)
        figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3)

    return drawn(3.8, draw)


def relevance(figures: Mapping[str, Any]) -> str:
    kinds = figures["kinds"]
    ways = list(kinds[0]["ways"])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for number, way in enumerate(ways):
            gains = [kind["ways"][way]["ndcg_10"] for kind in kinds]
            places = [row + 0.16 * (number - (len(ways) - 1) / 2) for row in range(len(kinds))]
            means = [gain["mean"] for gain in gains]
            low = [gain["mean"] - gain["low"] for gain in gains]
            high = [gain["high"] - gain["mean"] for gain in gains]
            axes.errorbar(means, places, xerr=[low, high], fmt="o", markersize=3, capsize=2, label=way)
        axes.set_yticks(range(len(kinds)), [f"{kind['kind']} ({kind['questions']})" for kind in kinds])
        axes.invert_yaxis()
        axes.set_title("nDCG@10 with 95 % intervals", fontsize=9)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return drawn(0.8 + 0.42 * len(kinds), draw)


def line_with_p95(axes: Axes, places: Sequence[float], values: Sequence[Mapping[str, float]], label: str) -> None:
    medians = [each["median"] for each in values]
    above = [each["p95"] - each["median"] for each in values]
    axes.errorbar(
        places, medians, yerr=[[0.0] * len(above), above], marker="o", markersize=3, capsize=2, elinewidth=0.7,
        label=label,
    )  # fmt: skip


def logarithmic(axes: Axes, places: Sequence[float], label: str) -> None:
    """Both axes, with the places that were measured as ticks."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(list(places), [f"{each:,}" for each in places])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel(label)


PLOTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "imports": start_up,
    "ingest_ways": ingestion,
    "chat_load": chat,
    "search": search,
    "retrieval": relevance,
}

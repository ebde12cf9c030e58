"""The page of what was measured: tables and plots, made from `evidence.json` alone."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.evidence_plots import PLOTS
from benchmarks.search_table import shown, table

QUIET = 0.1  # of the machine, which may be busy before a part without a warning
Lines = list[str]


def write_page(folder: Path) -> None:
    """Make `evidence.md` and its plots from the `evidence.json` of a folder."""
    report = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    (folder / "evidence.md").write_text(page(report), encoding="utf-8")
    for part, plot in PLOTS.items():
        file = folder / f"{part}.svg"
        if figures := report["parts"].get(part, {}).get("figures"):
            file.write_text(plot(figures), encoding="utf-8")
        else:
            file.unlink(missing_ok=True)


def page(report: Mapping[str, Any]) -> str:
    """Every part of the report as Markdown: its figures, or why there are none."""
    lines = ["# What was measured", "", *_circumstances(report)]
    for part, result in report["parts"].items():
        title, says, tables = SECTIONS[part]
        lines += ["", f"## {title}", "", says]
        if "failure" in result:
            lines += ["", f"**Not measured: the part {result['failure']}.**"]
        else:
            lines += ["", f"![{title}]({part}.svg)"] if part in PLOTS else []
            lines += tables(result["figures"])
    return "\n".join([*lines, ""])


def _circumstances(report: Mapping[str, Any]) -> Lines:
    """The command, the machine, the versions, and how long each part took on how busy a machine."""
    machine, results = report["machine"], report["parts"]
    command = "make bench" + (" ARGS=--large" if report["large"] else "")
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    lines = [
        f"`{command}` made this page and its plots from [evidence.json](evidence.json), which it measured on "
        f"{report['measured'][:10]} in {report['seconds'] / 60:.1f} minutes.",
        "",
        f"* Machine: {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB of memory, "
        f"{machine['system']}. Models, search and storage are the stand-ins, on the same machine.",
        f"* Versions: {versions}.",
    ]
    if busy := [part for part, result in results.items() if result["before"]["busy"] > QUIET]:
        lines += [
            "",
            f"**Other work kept the machine busy before these parts: {', '.join(busy)}.** Their times are longer than "
            "on a quiet machine.",
        ]
    rows = [
        (
            part, f"{result['seconds']:.0f}", f"{result['before']['busy']:.0%}", f"{result['before']['load']:.1f}",
            f"{result['after']['load']:.1f}",
        )
        for part, result in results.items()
    ]  # fmt: skip
    return lines + markdown(("part", "seconds", "busy before", "load before", "load after"), rows)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Lines:
    """A table whose first column is text and whose others are numbers, after an empty line."""
    return [
        "",
        f"| {' | '.join(head)} |",
        "|---|" + "---:|" * (len(head) - 1),
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def between(values: Mapping[str, float], digits: int = 0) -> str:
    """The median, with the quartiles in brackets."""
    return f"{values['median']:,.{digits}f} ({values['q1']:,.{digits}f} to {values['q3']:,.{digits}f})"


def start_up(figures: Mapping[str, Any]) -> Lines:
    rows = [
        (state, *(between(row[subject]) for subject in row if subject != "ratio"), f"{row['ratio']:.2f}")
        for state, row in figures.items()
    ]
    subjects = [subject for subject in figures["warm"] if subject != "ratio"]
    return markdown(("", *(f"{each}, ms" for each in subjects), "ratio"), rows)


def ingestion(figures: Mapping[str, Any]) -> Lines:
    said = (
        f"{figures['photos']} photos, {figures['tokens_per_minute']:,} tokens a minute, {figures['model_seconds']:g} s "
        f"for a description, {figures['rounds']} rounds: median and quartiles."
    )
    rows = [
        (
            way["way"], between(way["seconds"], 1), between(way["calls"]), between(way["refused"]),
            between(way["tokens"]), between(way["lost"]),
        )
        for way in figures["ways"]
    ]  # fmt: skip
    head = ("way", "seconds", "calls", "refused with 429", "tokens", "photos lost")
    return ["", said, *markdown(head, rows)]


def chat(figures: Mapping[str, Any]) -> Lines:
    rows = [
        (
            f"{row['streams']}", f"{row['turns']}",
            *(shown(row[label][way]) for label in ("first_word_ms", "total_ms") for way in ("app", "direct")),
            f"{row['first_word_ms']['ratio']}",
        )
        for row in figures["streams"]
    ]  # fmt: skip
    head = ("streams", "turns", "first word, app", "direct", "whole answer, app", "direct", "ratio of first words")
    parts = [(role, f"{spent}") for role, spent in sorted(figures["processor_ms_per_turn"].items())]
    used = figures["memory"]
    return [
        "",
        "Milliseconds, median / p95.",
        *markdown(head, rows),
        *markdown(("process", "processor time of a turn, ms"), parts),
        "",
        f"Memory of the app's worker over {used['requests']:,} requests: {used['start_mb']} MB at the start, "
        f"{used['warm_mb']} after a fifth of them, {used['end_mb']} at the end; fitted to what comes after that fifth, "
        f"{used['growth_mb_per_1000']:+} MB per 1,000 requests.",
    ]


def search(figures: Mapping[str, Any]) -> Lines:
    sizes = figures["sizes"]
    lines = ["", "Milliseconds, median / p95; in brackets the server's processor time per query, a mean."]
    lines += markdown(
        ("documents", *(f"{row['documents']:,}" for row in sizes)),
        ((name, *cells) for name, cells in table(sizes).items()),
    )
    for each in figures["left_out"]:
        lines += ["", f"{each['documents']:,} documents were left out: it {each['reason']}."]
    if factors := figures["per_doubling"]:
        rows = [(kind, f"{each['ms']}", f"{each['processor_ms'] or '-'}") for kind, each in factors.items()]
        lines += [
            "",
            "By which factor a query grows when the documents double, fitted to all sizes (1 does not grow, 2 is in "
            "proportion). What a call costs with few documents is in the times, so the processor's grow faster.",
            *markdown(("query", "time", "processor time"), rows),
        ]
    return lines


def relevance(figures: Mapping[str, Any]) -> Lines:
    ways = list(figures["kinds"][0]["ways"])
    rows = []
    for kind in figures["kinds"]:
        gains = [kind["ways"][way]["ndcg_10"] for way in ways]
        cells = [f"{gain['mean']:.3f} ({gain['low']:.3f} to {gain['high']:.3f})" for gain in gains]
        rows.append((kind["kind"], f"{kind['questions']}", *cells))
    return [
        "",
        f"{figures['photos']} photos, {figures['questions']} questions; nDCG@10 with its 95 % interval by bootstrap.",
        *markdown(("questions", "how many", *ways), rows),
        "",
        *(
            f"* Of {share['questions']} questions that no photo answers, a share of {share['mean']:.3f} "
            f"({share['low']:.3f} to {share['high']:.3f}) gets likely hits with {way}."
            for way, share in figures["false_alarms"].items()
        ),
    ]


# Title, what is measured, and the tables of each part.
SECTIONS: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any]], Lines]]] = {
    "imports": (
        "Start-up",
        "Processor time until the app is indexed by a new worker, beside the three packages that any such app imports: "
        "cold without compiled code, warm with it (`python -m benchmarks imports`).",
        start_up,
    ),
    "ingest_ways": (
        "Ingestion under a quota",
        "The same photos into the index through a model that refuses with 429 what is beyond its quota: this app, a "
        "script with one loop, the same with a pool of threads, and a blob function that leaves retries to the host "
        "(`python -m benchmarks ingest_ways`).",
        ingestion,
    ),
    "chat_load": (
        "Chat beside its upstream",
        "The same questions through the app, and as the three calls that an answer takes sent directly to the same "
        "services (`python -m benchmarks chat_load`).",
        chat,
    ),
    "search": (
        "Search by the number of documents",
        "The search stand-in through HTTP and the SDK (`python -m benchmarks search`).",
        search,
    ),
    "retrieval": (
        "Relevance",
        "Captions that people wrote are indexed and asked for by other captions of the same images, by nouns and in "
        "other languages (`python -m benchmarks retrieval`; [retrieval.md](../retrieval.md) says more).",
        relevance,
    ),
}

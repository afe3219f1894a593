"""Labels and reports as lines of text."""

import csv
import io
from collections.abc import Iterator

from marketplace.quality.aggregation import WHY, aggregate, serving
from marketplace.quality.benchmark import Report, Result
from marketplace.quality.labels import Labels

COLUMNS = ("task", "label", "confidence", "votes")


def table_of(report: Report, *, numeric: bool) -> Iterator[str]:
    """Give a report line by line; the method that serves managers is marked."""
    labels = report.labels
    yield (
        f"{len(labels.tasks):,} tasks, {len(labels.workers):,} people, {len(labels.task_of):,} answers"
        f"{'' if numeric else f', {len(labels.classes):,} classes'}; the truth of {report.known:,} is known"
    )
    if report.alpha is not None:
        yield f"Krippendorff's alpha {'(interval)' if numeric else '(nominal)'}: {report.alpha}"
    yield ""
    yield f"  {'method':<22} {'Pearson' if numeric else 'accuracy'}{'':<36}{'MAE' if numeric else ''}".rstrip()
    yield from (_line(one, serves=one.method is report.serving) for one in report.results)
    yield ""
    yield f"* serves managers. {WHY[report.serving]}"


def _line(one: Result, *, serves: bool) -> str:
    mark = "*" if serves else " "
    if one.accuracy is not None:
        return f"{mark} {one.method:<22} {one.accuracy}"
    found = str(one.pearson) if one.pearson is not None else "one side does not vary"
    return f"{mark} {one.method:<22} {found:<42}  {one.mae:.4g}"


def lines_of(labels: Labels, *, numeric: bool) -> Iterator[str]:
    """Give the labels that managers would get as lines of CSV: task, label, confidence or standard error, votes."""
    yield ",".join(COLUMNS) + "\n"
    for one in aggregate(labels, serving(labels, numeric=numeric)):
        sure = one.error if numeric else one.confidence
        line = io.StringIO()
        votes = "; ".join(f"{label}: {count}" for label, count in one.votes.items())
        csv.writer(line, lineterminator="\n").writerow(
            (one.task, one.label, "" if sure is None else f"{sure:.6f}", votes)
        )
        yield line.getvalue()

"""How good the matching is, in one table."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from matching.evaluation.benchmarks import METRICS, PRODUCT, Result
from matching.evaluation.metrics import Estimate

WIDTH = 130


def table_of(results: Sequence[Result]) -> Table:
    """Return what every system makes of every benchmark, with the 95 % intervals; the main metric is marked."""
    table = Table(title="How good the matching is", caption="* the metric that decides; in brackets: 95 % of resamples")
    for heading in ("benchmark", "system", *METRICS):
        table.add_column(heading, justify="left" if heading in {"benchmark", "system"} else "right", no_wrap=True)
    for result in results:
        for system, found in result.systems.items():
            cells = (f"{_interval(found[metric])}{'*' if metric == result.main else ' '}" for metric in METRICS)
            first = system == PRODUCT
            table.add_row(result.name if first else "", system, *cells, style="bold" if first else "")
        table.add_section()
    return table


def _interval(found: Estimate) -> str:
    return f"{found.mean:.3f} [{found.low:.3f}, {found.high:.3f}]"


def verdicts(results: Sequence[Result]) -> Iterator[str]:
    """Yield a sentence for each benchmark: what the product gains on the best baseline, and whether it is enough."""
    for result in results:
        reached = result.systems[PRODUCT][result.main].mean
        gains = result.gains
        said = (
            f"{result.name}: {result.main} {reached:.3f}, {gains.mean:+.3f} [{gains.low:+.3f}, {gains.high:+.3f}] "
            f"on the best baseline ({result.best})"
        )
        if result.target is not None:
            said += f"; target {result.target:.2f} {'met' if result.met else 'NOT met'}"
        yield f"{said}."

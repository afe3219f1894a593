"""`python -m bench`: every benchmark one after the other, one table, and var/bench.json."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, read

BENCHMARKS = ("embedding", "search", "answer", "pages", "money")
MILLION = frozenset({"search", "answer"})


def main() -> None:
    """Run the benchmarks named (all where none is), each in a process of its own, and print what they measured."""
    options = _options()
    folder = options.folder / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    failed = [name for name in options.names if not _run(name, folder / f"{name}.json", million=options.million)]
    figures = [figure for name in BENCHMARKS for figure in read(folder / f"{name}.json")]
    everything = options.folder / "bench.json"
    everything.write_text(json.dumps([figure.spec() for figure in figures], indent=1) + "\n")
    Console().print(_table(figures))
    print(f"Written to {everything}")
    if failed:
        sys.exit(f"These benchmarks failed: {', '.join(failed)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], default=BENCHMARKS)
    parser.add_argument("--folder", type=Path, default=Path("var"), help="where bench.json goes")
    parser.add_argument("--million", action="store_true", help="measure at a million people too (8 GB of disk)")
    return parser.parse_args()


def _run(name: str, out: Path, *, million: bool) -> bool:
    print(f"Measuring {name} …", flush=True)
    more = ["--million"] if million and name in MILLION else []
    command = [sys.executable, "-m", f"bench.{name}", "--out", str(out), *more]
    return subprocess.run(command, check=False).returncode == 0


def _table(figures: list[Figure]) -> Table:
    table = Table(title="Each figure beside its reference of the same run")
    for heading in ("what", "measured", "reference", "ratio", "wanted", "met"):
        table.add_column(heading, justify="left" if heading == "what" else "right", overflow="fold")
    for figure in figures:
        table.add_row(*figure.cells())
    return table


if __name__ == "__main__":
    main()

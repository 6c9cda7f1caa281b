"""How fast logs load against the engine's own typed load of the same file, which checks nothing.

A million lines per format, whole processes in turns: `routecli ingest` into a new store against `CREATE TABLE AS SELECT
FROM read_json(typed columns)` into a new database, and `routecli ingest` of the same file again. Exits 1 over a limit.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.logs import FORMATS, write
from benchmarks.typed import load_script

LINES, ROUNDS = 1_000_000, 3
LEAST, LEAST_OF_OTHERS = 0.6, 0.4
"""Of the typed load's throughput: for the product's own schema, and for anything else."""
MOST_MB, MOST_SECONDS_AGAIN = 1_000, 1.0
TEXT = 120
"""Bytes of prompt in a record of another format, as they are in real ones."""


@dataclass(frozen=True, slots=True)
class Run:
    """One whole process."""

    seconds: float
    cpu: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Case:
    """One file: its format, lines, and bytes of prompt in each."""

    format: str
    lines: int
    text: int

    @property
    def least(self) -> float:
        """The least share of the typed load's throughput."""
        return LEAST_OF_OTHERS if self.text or self.format != "native" else LEAST


def timed(words: list[str], folder: Path, **more: str) -> Run:
    """A whole process, run from compiled bytecode as pip leaves it."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), **more}
    start = time.perf_counter()
    child = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(words)[:500]}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure(case: Case, rounds: int, memory: str | None) -> bool:
    """Print the case's figures; whether it keeps its limits."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("ROUTECLI_BENCH_DIR")) as name:
        folder = Path(name)
        log = folder / "log.jsonl"
        write(log, case.format, case.lines, case.text)
        size, load = log.stat().st_size / case.lines, load_script(log, case.format)
        asked = ["--memory", memory] if memory else []
        raw, own, again = [], [], []
        for number in range(rounds):
            raw.append(timed([sys.executable, "-c", load, log.name, f"raw{number}.duckdb"], folder))
            ingest = [
                sys.executable,
                "-P",
                "-m",
                "routecli",
                "ingest",
                log.name,
                "-q",
                "--db",
                f"own{number}.duckdb",
                *asked,
            ]
            own.append(timed(ingest, folder))
            again.append(timed(ingest, folder))
            for made in folder.glob("*.duckdb"):
                made.unlink()
    print(f"{case.format}, {case.lines:,} lines of {size:.0f} bytes, medians of {rounds}")
    for label, runs in (("typed load, nothing checked", raw), ("routecli ingest", own), ("the same file again", again)):
        print(f"  {label:<28} {_row(runs)}")
    pairs = list(zip(raw, own, strict=True))
    wall, cpu = median(r.seconds / o.seconds for r, o in pairs), median(r.cpu / o.cpu for r, o in pairs)
    peak, second = max(run.peak_mb for run in own), median(run.seconds for run in again)
    print(f"  throughput against the typed load: {wall:.2f} by wall, {cpu:.2f} by CPU (at least {case.least})")
    failed = list(_failed(wall, case.least, peak, second))
    for one in failed:
        print(f"  over the limit: {one}")
    sys.stdout.flush()
    return not failed


def _row(runs: list[Run]) -> str:
    seconds, cpu = median(run.seconds for run in runs), median(run.cpu for run in runs)
    return f"{seconds:6.2f} s  {cpu:6.2f} s of CPU  {max(run.peak_mb for run in runs):6.0f} MB at the peak"


def _failed(wall: float, least: float, peak: float, second: float) -> Iterator[str]:
    if wall < least:
        yield f"throughput {wall:.2f}"
    if peak > MOST_MB:
        yield f"{peak:.0f} MB"
    if second > MOST_SECONDS_AGAIN:
        yield f"{second:.2f} s for a file that did not change"


def main() -> None:
    """Print the figures of every case asked for; exit 1 where one is over a limit."""
    options = argparse.ArgumentParser()
    options.add_argument("--format", action="append", choices=[*FORMATS, "all"], help="default: native")
    options.add_argument("--lines", type=int, default=LINES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--text", type=int, help=f"bytes of prompt per record; default {TEXT}, native 0")
    options.add_argument("--memory", help="the --memory of routecli ingest")
    asked = options.parse_args()
    formats = [*FORMATS] if "all" in (asked.format or ()) else asked.format or ["native"]
    kept = True
    for format in formats:
        text = asked.text if asked.text is not None else 0 if format == "native" else TEXT
        kept &= measure(Case(format, asked.lines, text), asked.rounds, asked.memory)
    sys.exit(not kept)


if __name__ == "__main__":
    main()

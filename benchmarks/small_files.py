"""How much longer a folder of many small files takes to load than one file with the same lines.

Sessions of Claude Code, or logs of any other format read as JSON lines; whole processes in turns, and the folder
once more. Exits 1 over a limit.
"""

import argparse
import os
import sys
import tempfile
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.ingest import TEXT, Run, timed
from benchmarks.logs import FORMATS, lines

FILES, LINES, ROUNDS = 1_000, 60, 3
MOST, MOST_AGAIN = 6.0, 1.0
"""Times the one file: the folder at first, and the folder when nothing has changed."""


def _write(folder: Path, format: str, files: int, each: int) -> None:
    logs = folder / "logs"
    logs.mkdir()
    made = lines(format, files * each, TEXT)
    with (folder / "whole.jsonl").open("w", encoding="utf-8") as whole:
        for number in range(files):
            text = "".join(islice(made, each))
            whole.write(text)
            (logs / f"{number:05d}.jsonl").write_text(text, encoding="utf-8")


def main() -> None:
    """Print the times and their ratios; exit 1 where one is over its limit."""
    options = argparse.ArgumentParser()
    options.add_argument("--format", choices=[*FORMATS], default="claude_code")
    options.add_argument("--files", type=int, default=FILES)
    options.add_argument("--lines", type=int, default=LINES, help="in each file")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    asked = options.parse_args()
    runs: dict[str, list[Run]] = {"one file": [], "the folder": [], "the folder again": []}
    with tempfile.TemporaryDirectory(dir=os.environ.get("ROUTECLI_BENCH_DIR")) as name:
        folder = Path(name)
        _write(folder, asked.format, asked.files, asked.lines)
        for number in range(asked.rounds):
            for label, log, db in zip(runs, ("whole.jsonl", "logs", "logs"), ("whole", "parts", "parts"), strict=True):
                words = [sys.executable, "-P", "-m", "routecli", "ingest", log, "-q", "--db", f"{db}{number}.duckdb"]
                runs[label].append(timed(words, folder))
    print(f"{asked.format}, {asked.files:,} files of {asked.lines} lines, medians of {asked.rounds}")
    for label, found in runs.items():
        seconds, cpu = median(run.seconds for run in found), median(run.cpu for run in found)
        peak = max(run.peak_mb for run in found)
        print(f"  {label:<17} {seconds:6.2f} s  {cpu:6.2f} s of CPU  {peak:4.0f} MB at the peak")
    whole, parts, again = runs.values()
    first, second = (
        median(many.seconds / one.seconds for many, one in zip(found, whole, strict=True)) for found in (parts, again)
    )
    print(f"  times the one file: {first:.1f} (at most {MOST}), again {second:.1f} (at most {MOST_AGAIN})")
    sys.exit(first > MOST or second > MOST_AGAIN)


if __name__ == "__main__":
    main()

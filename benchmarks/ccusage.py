"""How fast Claude Code's sessions load against ccusage, which reads the same files anew for each of its reports.

A million lines in ten sessions, whole processes in turns: `routecli ingest` into a new store against `ccusage daily`
without network. Skipped where there is no ccusage (`npm install ccusage`, then name it with --ccusage). Exits 1 under
the limit.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.ingest import TEXT, timed
from benchmarks.logs import lines

LINES, SESSIONS, ROUNDS = 1_000_000, 10, 3
LEAST = 20


def write_sessions(folder: Path, count: int, sessions: int) -> None:
    """So many lines, in as many files of about the same length."""
    folder.mkdir(parents=True)
    made = lines("claude_code", count, TEXT)
    share = -(-count // sessions)
    for number in range(sessions):
        with (folder / f"session-{number}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(line for _, line in zip(range(share), made, strict=False))


def main() -> None:
    """Print both times and their ratio; exit 1 where it is under the limit."""
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=LINES)
    options.add_argument("--sessions", type=int, default=SESSIONS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--ccusage", default="ccusage", help="the program, where it is not on the path")
    asked = options.parse_args()
    program = shutil.which(asked.ccusage)
    if program is None:
        print("skipped: there is no ccusage here")
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("ROUTECLI_BENCH_DIR")) as name:
        folder = Path(name)
        logs = folder / "projects" / "made"
        write_sessions(logs, asked.lines, asked.sessions)
        theirs, own = [], []
        for number in range(asked.rounds):
            words = [program, "daily", "--json", "--offline"]
            theirs.append(timed(words, folder, CLAUDE_CONFIG_DIR=str(folder), TZ="UTC"))
            ingest = [sys.executable, "-P", "-m", "routecli", "ingest", str(logs), "-q", "--db", f"{number}.duckdb"]
            own.append(timed(ingest, folder))
    print(f"{asked.lines:,} lines in {asked.sessions:,} sessions, medians of {asked.rounds}")
    for label, runs in (("ccusage daily", theirs), ("routecli ingest", own)):
        seconds, cpu = median(run.seconds for run in runs), median(run.cpu for run in runs)
        peak = max(run.peak_mb for run in runs)
        print(f"  {label:<16} {seconds:7.2f} s  {cpu:7.2f} s of CPU  {peak:6.0f} MB at the peak")
    ratio = median(t.seconds / o.seconds for t, o in zip(theirs, own, strict=True))
    print(f"  {ratio:.1f} times as fast (at least {LEAST})")
    sys.exit(ratio < LEAST)


if __name__ == "__main__":
    main()

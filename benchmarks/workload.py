"""`workload build` on generated Parquet files against the bare GROUP BYs, and what comes after it at any size.

Rows are made by DuckDB from their own number, so a size is the same table every time. Whole processes in turns: bare
queries (one GROUP BY for the cells' columns, one for the latencies) against `workload build --engine duckdb`, then
`simulate` on the workload of the smallest and of the largest size. Exits 1 over a limit.

    python -m benchmarks.workload --rows 1M,10M            # 100M needs about 6 GB of disk
    python -m benchmarks.workload --rows 10M --spark       # also on Spark, which must write the same file
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import duckdb

MOST, MOST_MB, ROUNDS = 1.3, 2048, 3
MADE = """
COPY (SELECT
  TIMESTAMP '2026-10-01' + INTERVAL (CAST(i AS HUGEINT) * 2_419_200_000_000 // {rows}) MICROSECOND AS ts,
  ['claude-sonnet-4-6', 'claude-haiku-4-5', 'gpt-5-mini', 'deepseek-v4-pro'][1 + h % 4] AS model,
  ['anthropic', 'anthropic', 'openai', 'deepseek'][1 + h % 4] AS provider,
  CASE WHEN h % 97 = 0 AND h % 4 < 3 THEN 'batch' END AS service_tier,
  ['faq', 'code', 'summary', 'chat', 'search', 'draft', 'plan', 'label'][1 + (h >> 8) % 8] AS query_type,
  ['free', 'paid', 'team'][1 + (h >> 16) % 3] AS user_tier,
  ['/a', '/b', '/c', '/d', '/e'][1 + (h >> 20) % 5] AS endpoint,
  CASE WHEN h % 50 = 0 THEN 'error' ELSE 'success' END AS status,
  CAST(100 + (h >> 24) % 9000 + CASE WHEN h % 301 = 0 THEN 250000 ELSE 0 END AS BIGINT) AS input_tokens,
  CAST((h >> 24) % 90 AS BIGINT) AS cache_read_tokens,
  CAST(5 + (h >> 40) % 900 AS BIGINT) AS output_tokens,
  200 + (h >> 30) % 30000 + 0.5 AS latency_ms
FROM (SELECT i, CAST(hash(i) >> 2 AS BIGINT) AS h FROM range({rows}) AS t(i)))
TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 500000)
"""
BARE = """
import duckdb, sys
con = duckdb.connect()
con.execute(
    "SELECT model, provider, service_tier, query_type, user_tier, endpoint, status, "
    "CASE WHEN input_tokens > 272000 THEN 2 WHEN input_tokens > 200000 THEN 1 ELSE 0 END AS band, "
    "CASE WHEN ts >= TIMESTAMP '2026-10-20' THEN 2 WHEN ts >= TIMESTAMP '2026-10-07' THEN 1 ELSE 0 END AS epoch, "
    "hour(ts) IN (1, 2, 3, 6, 7, 8, 9) AS hours, isodow(ts) < 6 AS workday, "
    "count(*), sum(input_tokens), sum(cache_read_tokens), sum(output_tokens), min(input_tokens), max(input_tokens) "
    "FROM read_parquet($1) GROUP BY ALL", [sys.argv[1]]).fetchall()
con.execute(
    "SELECT model, query_type, CAST(floor(ln(latency_ms) / ln(1.01)) AS INTEGER) AS bucket, count(*), "
    "sum(CAST(latency_ms * 1000 AS BIGINT)) FROM read_parquet($1) WHERE status = 'success' GROUP BY ALL",
    [sys.argv[1]]).fetchall()
"""
ROUTECLI = "from routecli.__main__ import main; main()"


class Run(NamedTuple):
    """A whole process."""

    seconds: float
    cpu: float
    peak_mb: float


def timed(words: list[str], folder: Path) -> Run:
    """A whole process, run from compiled bytecode."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    start = time.perf_counter()
    child = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(words)}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def python(code: str, *words: str) -> list[str]:
    """A command line that runs `code`."""
    return [sys.executable, "-P", "-c", code, *words]


def measured(folder: Path, rows: int, rounds: int) -> bool:
    """Build the workload of one size; whether its limits hold."""
    path = folder / f"{rows}.parquet"
    began = time.perf_counter()
    with duckdb.connect() as con:
        con.execute(MADE.format(rows=rows, path=path))
    size = path.stat().st_size / 1e6
    print(f"{rows:,} rows, {size:,.0f} MB of Parquet, made in {time.perf_counter() - began:.0f} s", flush=True)
    build = ["workload", "build", "--engine", "duckdb", "--source", path.name, "-o", f"{rows}.json", "-q"]
    bare, own = [], []
    for _ in range(rounds):
        bare.append(timed(python(BARE, path.name), folder))
        own.append(timed(python(ROUTECLI, *build), folder))
    for label, runs in (("bare GROUP BYs", bare), ("workload build", own)):
        seconds, cpu = median(run.seconds for run in runs), median(run.cpu for run in runs)
        print(f"  {label} {seconds:.2f} s, {cpu:.2f} s of CPU, peak {max(run.peak_mb for run in runs):.0f} MB")
    pairs, peak = list(zip(own, bare, strict=True)), max(run.peak_mb for run in own)
    ratio, of_cpu = median(a.seconds / b.seconds for a, b in pairs), median(a.cpu / b.cpu for a, b in pairs)
    print(f"  ratio {ratio:.2f} (limit {MOST}), of CPU {of_cpu:.2f}; peak limit {MOST_MB} MB", flush=True)
    return ratio <= MOST and peak <= MOST_MB


def on_spark(folder: Path, rows: int) -> bool:
    """The same build on Spark; whether the file is the same."""
    build = ["workload", "build", "--engine", "spark", "--source", f"{rows}.parquet", "-o", "spark.json", "-q"]
    seconds = timed(python(ROUTECLI, *build), folder).seconds
    same = (folder / "spark.json").read_bytes() == (folder / f"{rows}.json").read_bytes()
    print(f"  on Spark, this machine: {seconds:.1f} s, {'the same file' if same else 'ANOTHER FILE'}")
    return same


def main() -> None:
    """Print every figure; exit 1 over a limit."""
    options = argparse.ArgumentParser()
    options.add_argument("--rows", default="1M,10M")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--spark", action="store_true")
    asked = options.parse_args()
    sizes = [int(text.upper().removesuffix("M")) * 1_000_000 for text in asked.rows.split(",")]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        held = [measured(folder, rows, asked.rounds) for rows in sizes]
        if asked.spark:
            held.append(on_spark(folder, sizes[0]))
        words = ("simulate", "--cascade", "haiku:sonnet", "--success", "0.7", "-q")
        for rows in (min(sizes), max(sizes)):
            runs = [timed(python(ROUTECLI, *words, "--workload", f"{rows}.json"), folder) for _ in range(asked.rounds)]
            kilobytes = (folder / f"{rows}.json").stat().st_size / 1000
            print(
                f"simulate after {rows:,} rows: {median(run.seconds for run in runs):.2f} s ({kilobytes:.0f} kB file)"
            )
    sys.exit(not all(held))


if __name__ == "__main__":
    main()

"""How fast logs load against the engine's own typed load of the same file, which checks nothing.

One million lines of about 330 bytes in the product's own schema, whole processes in turns: `routecli ingest` into a new
store against `CREATE TABLE AS SELECT FROM read_json(typed columns)` into a new file. Exits 1 under the limit.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

LINES, ROUNDS, LEAST = 1_000_000, 3, 0.4
_TYPES = {
    "request_id": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "model": "VARCHAR",
    "provider": "VARCHAR",
    "input_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "latency_ms": "DOUBLE",
    "ttft_ms": "DOUBLE",
    "status": "VARCHAR",
    "query_type": "VARCHAR",
    "user_tier": "VARCHAR",
    "user_id": "VARCHAR",
    "session_id": "VARCHAR",
    "cost_usd": "DOUBLE",
}
_RAW = """
import duckdb, sys
con = duckdb.connect(sys.argv[2])
con.execute(
    "CREATE TABLE requests AS SELECT * FROM read_json($log, format = 'newline_delimited', columns = %s)",
    {"log": sys.argv[1]},
)
con.close()
"""


def write(path: Path, lines: int) -> None:
    """A log of so many lines, the same every time."""
    draw = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            second = number // 12
            day, rest = divmod(second, 86_400)
            when = (
                f"2026-10-{1 + day % 28:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{number % 1000:03}Z"
            )
            tokens, latency = draw.randint(100, 9_000), draw.randint(200, 30_000)
            record = {
                "request_id": f"{draw.getrandbits(128):032x}",
                "timestamp": when,
                "model": ("claude-sonnet-4-6", "claude-haiku-4-5", "gpt-5-mini")[number % 3],
                "provider": ("anthropic", "anthropic", "openai")[number % 3],
                "input_tokens": tokens,
                "cache_read_tokens": tokens // 3,
                "output_tokens": draw.randint(5, 900),
                "latency_ms": latency + 0.5,
                "ttft_ms": latency / 4,
                "status": "success" if number % 50 else "error",
                "query_type": ("faq", "code", "summary", "chat")[number % 4],
                "user_tier": ("free", "paid")[number % 2],
                "user_id": f"user-{number % 5_003}",
                "session_id": f"session-{number // 7}",
                "cost_usd": round(tokens * 3e-6, 8),
            }
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def _timed(words: list[str], folder: Path) -> tuple[float, float, float]:
    """(seconds, CPU seconds, peak MB) of a whole process, run from compiled bytecode as pip leaves it."""
    start = time.perf_counter()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    child = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(words)}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print medians, peaks and the ratio; exit 1 under the limit."""
    options = argparse.ArgumentParser()
    options.add_argument("--lines", type=int, default=LINES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "log.jsonl", asked.lines)
        size = (folder / "log.jsonl").stat().st_size / asked.lines
        raw, own, again = [], [], []
        for number in range(asked.rounds):
            raw.append(_timed([sys.executable, "-c", _RAW % _TYPES, "log.jsonl", f"raw{number}.duckdb"], folder))
            ingest = [sys.executable, "-m", "routecli", "ingest", "log.jsonl", "-q", "--db", f"own{number}.duckdb"]
            own.append(_timed(ingest, folder))
            again.append(_timed(ingest, folder))
            (folder / f"raw{number}.duckdb").unlink()
            (folder / f"own{number}.duckdb").unlink()
    print(f"{asked.lines:,} lines of {size:.0f} bytes, medians of {asked.rounds}")
    for label, runs in (("typed load, nothing checked", raw), ("routecli ingest", own), ("the same file again", again)):
        seconds, cpu = (median(run[i] for run in runs) for i in range(2))
        print(f"{label}: {seconds:.2f} s ({cpu:.2f} s of CPU), peak {max(run[2] for run in runs):.0f} MB")
    ratio = median(r[0] for r in raw) / median(r[0] for r in own)
    print(f"throughput against the typed load: {ratio:.2f} (at least {LEAST})")
    sys.exit(ratio < LEAST)


if __name__ == "__main__":
    main()

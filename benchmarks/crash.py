"""Kill -9 at seeded moments of `routecli ingest`, then ingest again: the store must equal that of one clean run.

Each repeat has a folder of logs of several formats and a new store. The ingest is killed up to three times, at moments
drawn from the length of a clean run; in half of the repeats the logs have grown before the last run. After every kill
the store must be readable (or not exist yet) and hold whole files only. Exits 1 at the first difference.
"""

import argparse
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

REPEATS, LINES, MOST_KILLS = 50, 60_000, 3
_SESSIONS = 12
Content = dict[str, list[tuple[Any, ...]]]
_QUERIES = {
    "requests": "SELECT count(*), count(DISTINCT dedup_key), sum(input_tokens), sum(cache_read_tokens), "
    "sum(output_tokens), sum(cost_usd), sum(hash(requests)::HUGEINT) FROM "
    "(SELECT * EXCLUDE (ingest_id) FROM requests) AS requests",
    "formats": "SELECT source_format, source_file, count(*) FROM requests GROUP BY ALL ORDER BY ALL",
    "quarantine": "SELECT file, line, reason, sentence, excerpt FROM quarantine ORDER BY ALL",
}


def _request(number: int) -> bytes:
    """A line of the product's own schema; one in ten repeats an earlier request."""
    own = number - 7 if number % 10 == 9 else number
    draw = random.Random(own)
    record = {
        "request_id": f"{draw.getrandbits(128):032x}",
        "timestamp": 1793491200 + own,
        "model": draw.choice(["claude-haiku-4-5", "claude-sonnet-4-6"]),
        "input_tokens": draw.randint(100, 9_000),
        "output_tokens": draw.randint(5, 900),
        "latency_ms": draw.randint(200, 30_000) / 2,
        "session_id": f"session-{own // 7}",
        "cost_usd": draw.randint(1, 10**6) / 10**8,
    }
    return json.dumps(record).encode() + b"\n"


def _message(number: int, output: int) -> dict[str, Any]:
    usage = {"input_tokens": number, "cache_read_input_tokens": 7, "output_tokens": output}
    return {
        "type": "assistant",
        "sessionId": f"s{number % 97}",
        "timestamp": "2026-11-01T00:00:00Z",
        "requestId": f"req-{number}",
        "message": {"id": f"msg-{number}", "role": "assistant", "model": "claude-haiku-4-5", "usage": usage},
    }


def _spans(number: int) -> dict[str, Any]:
    def span(part: int) -> dict[str, Any]:
        values = {"gen_ai.operation.name": {"stringValue": "chat"}, "gen_ai.request.model": {"stringValue": "gpt-5"}}
        values |= {"gen_ai.usage.input_tokens": {"intValue": str(number)}}
        return {
            "traceId": f"{number:032x}",
            "spanId": f"{part:016x}",
            "startTimeUnixNano": "1793491200000000000",
            "attributes": [{"key": key, "value": value} for key, value in values.items()],
        }

    return {"resourceSpans": [{"scopeSpans": [{"spans": [span(part) for part in range(3)]}]}]}


def _lines(path: Path, documents: list[dict[str, Any]], *, more: bytes = b"") -> None:
    path.write_bytes(b"".join(json.dumps(one).encode() + b"\n" for one in documents) + more)


def write_logs(folder: Path, lines: int, *, grown: bool = False) -> None:
    """Logs of several formats, with repeats and bad lines; `grown` has more of everything, and fuller messages."""
    folder.mkdir(exist_ok=True)
    size = lines * 5 // 4 if grown else lines
    bad = b'{"model": "m", "input_tokens": -1, "timestamp": 1793491200}\nbroken\n' * 50
    (folder / "app.jsonl").write_bytes(bad + b"".join(_request(i) for i in range(size)))
    plain = [{"timestamp": 1793491200 + i, "model": "m", "input_tokens": i} for i in range(size // 3)]
    _lines(folder / "plain.jsonl", plain)
    packed = folder / "zipped.jsonl.gz"
    packed.write_bytes(gzip.compress((folder / "plain.jsonl").read_bytes(), 1, mtime=0))
    messages = [_message(i // 2, 5 + i % 2 * 400) for i in range(size // 3)]
    if grown:
        messages += [_message(i, 999) for i in range(0, lines // 6, 5)]
    _lines(folder / "session.jsonl", messages, more=b'{"cut": ')
    _lines(folder / "spans.jsonl", [_spans(i) for i in range(size // 9)])
    _sessions(folder / "sessions", size // 30)
    rows = "".join(f"r{i},2026-11-01T00:00:00Z,m,{i}\n" for i in range(size // 3))
    (folder / "table.csv").write_text(f"request_id,timestamp,model,input_tokens\n{rows}short,row\n")


def _sessions(folder: Path, messages: int) -> None:
    """Small files, which are loaded together; each has a fuller copy of a message of the one before it."""
    folder.mkdir(exist_ok=True)
    for number in range(_SESSIONS):
        first = 10**6 * (number + 1)
        own = [_message(first + i, 5 + i % 400) for i in range(messages // _SESSIONS)]
        _lines(folder / f"{number:02d}.jsonl", [*own, _message(first - 10**6, 1000 + number)])


def command(logs: Path, db: Path) -> list[str]:
    """The ingest of a folder of logs, as a user would type it."""
    return [sys.executable, "-m", "routecli", "ingest", str(logs), "-q", "--db", str(db)]


def content(db: Path) -> Content:
    """What a store holds, without the numbers of its ingests: sums, a digest of every row, the quarantine."""
    import duckdb

    with duckdb.connect(str(db), read_only=True) as con:
        return {name: con.execute(sql).fetchall() for name, sql in _QUERIES.items()}


def broken_state(db: Path) -> str:
    """What is wrong with a store whose ingest was killed, or an empty string."""
    import duckdb

    if not db.exists():
        return ""
    try:
        with duckdb.connect(str(db), read_only=True) as con:
            tables = {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            if not tables:
                return ""
            counted = con.execute("SELECT coalesce(sum(rows_new), 0) FROM ingests").fetchall()[0][0]
            stored = con.execute("SELECT count(*) FROM requests").fetchall()[0][0]
    except duckdb.Error as fault:
        return f"it cannot be read: {fault}"
    # Messages that grew replace a stored row and are not counted as new.
    return "" if counted == stored else f"it has {stored} rows, and its ingests speak of {counted}"


class Crashes:
    """One folder of logs (and what they grow into), and how long and with what result a clean ingest of them runs."""

    def __init__(self, folder: Path, lines: int) -> None:
        self.folder, self.logs, self.later = folder, folder / "logs", folder / "later"
        write_logs(self.logs, lines)
        write_logs(self.later, lines, grown=True)
        self.killed: Counter[str] = Counter()
        start = time.monotonic()
        self.clean = self._clean(self.logs, folder / "clean.duckdb")
        self.seconds = time.monotonic() - start
        self.clean_later = self._clean(self.later, folder / "clean.duckdb")

    def _clean(self, source: Path, db: Path) -> Content:
        """What one ingest leaves, after an earlier one of the shorter logs where `db` has that."""
        self._place(source)
        subprocess.run(command(self.folder / "now", db), check=True, stdout=subprocess.DEVNULL)
        return content(db)

    def _place(self, source: Path) -> None:
        """The logs under the same path whatever state they are in, as on a disk."""
        now = self.folder / "now"
        shutil.rmtree(now, ignore_errors=True)
        shutil.copytree(source, now)

    def repeat(self, seed: int) -> str:
        """Kill, look, ingest again; what is wrong, or an empty string."""
        draw = random.Random(seed)
        home = self.folder / f"seed{seed}"
        home.mkdir()
        db = home / "store.duckdb"
        self._place(self.logs)
        for _ in range(draw.randint(1, MOST_KILLS)):
            self._kill(db, draw.uniform(0, self.seconds * 1.1))
            wrong = broken_state(db)
            if wrong:
                return f"seed {seed}: after a kill {wrong}"
        last = [self.logs, self.later] if draw.random() < 0.5 else [self.logs]
        for source in last:
            self._place(source)
            done = subprocess.run(command(self.folder / "now", db), capture_output=True, text=True, check=False)
            if done.returncode:
                return f"seed {seed}: exit {done.returncode}: {done.stderr}"
        wanted = self.clean_later if len(last) == 2 else self.clean
        found = content(db)
        differs = [name for name in wanted if wanted[name] != found[name]]
        left = sorted(path.name for path in home.iterdir())
        shutil.rmtree(home)
        if differs:
            shown = "; ".join(f"{name}: {str(wanted[name])[:300]} became {str(found[name])[:300]}" for name in differs)
            return f"seed {seed}: {shown}"
        return f"seed {seed}: left behind {left}" if left != ["store.duckdb"] else ""

    def _kill(self, db: Path, after: float) -> None:
        child = subprocess.Popen(command(self.folder / "now", db), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(after)
            self.killed["had ended"] += 1
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            self.killed["before the store was there" if not db.exists() else "with a store"] += 1


def main() -> None:
    """Run the repeats; exit 1 at the first difference."""
    options = argparse.ArgumentParser()
    options.add_argument("--repeats", type=int, default=REPEATS)
    options.add_argument("--lines", type=int, default=LINES)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    os.environ.setdefault("ROUTECLI_TODAY", "2026-11-24")
    with tempfile.TemporaryDirectory() as name:
        crashes = Crashes(Path(name), asked.lines)
        rows = crashes.clean["requests"][0][0]
        print(f"a clean ingest: {rows:,} requests in {crashes.seconds:.1f} s")
        for seed in range(asked.seed, asked.seed + asked.repeats):
            wrong = crashes.repeat(seed)
            if wrong:
                sys.exit(wrong)
    kills = ", ".join(f"{count} {where}" for where, count in sorted(crashes.killed.items()))
    print(f"{asked.repeats} repeats equal the clean run; killed: {kills}")


if __name__ == "__main__":
    main()

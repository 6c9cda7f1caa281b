"""What pricing requests one by one costs inside the engine, against adding their tokens up; and loading the card.

Ten million requests of ten models in a store: cached reads, regions, batch and flex, long prompts, DeepSeek's peak
hours and three months of price changes. In one process and in turns: `SELECT sum(input_tokens), sum(output_tokens)`
over the table, and the query that `bill --by request_id` prices with (its groups left out: one total), which must equal
the cost from the cells to the pico-dollar. Whole processes are timed too, both starting alike: the same imports, the
same store opened the same way. Exits 1 over a limit.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from statistics import median

from benchmarks.measure import Case, Limit, in_turns, is_over, python, table

REQUESTS, ROUNDS = 10_000_000, 5
MOST = 3.0
"""How many times as long as adding the tokens up a whole process that prices every request may take."""
CARD_CPU_MS = 150

MODELS = (
    "claude-sonnet-4-6", "claude-haiku-4-5-20251001", "gpt-5-mini-2025-08-07", "gpt-5.5", "gpt-5.6-sol",
    "deepseek-v4-pro", "gemini-3.1-pro-preview", "claude-sonnet-5-5", "grok-4.7", "mistral-large-4",
)  # fmt: skip
PLAIN = "SELECT sum(input_tokens), sum(output_tokens) FROM requests"
_BARE = f"""
import duckdb, sys
print(duckdb.connect(sys.argv[1], read_only=True).execute("{PLAIN}").fetchall())
"""
_START = """
import pickle, sys
from pathlib import Path
from routecli.data.request_prices import price_requests
from routecli.data.store import connect
cuts, keys, question, present, names = pickle.loads(Path(sys.argv[2]).read_bytes())
"""
_PLAIN = f"""{_START}
with connect(Path(sys.argv[1]), write=False) as con:
    print(con.execute("{PLAIN}").fetchall())
"""
_PRICED = f"""{_START}
print(price_requests(Path(sys.argv[1]), cuts, keys, question, present, names))
"""


def fill(db: Path, requests: int) -> None:
    """A store of so many requests, the same every time, written without a log."""
    from routecli.data.request_rows import widen
    from routecli.data.store import connect, initialise

    columns = {
        "ts": f"TIMESTAMP '2026-08-10' + INTERVAL (i * 7776000 // {requests}) SECOND",
        "model_served": f"[{', '.join(repr(name) for name in MODELS)}][1 + (hash(i) % {len(MODELS)})::INT]",
        "service_tier": "CASE WHEN hash(i * 3) % 20 = 0 THEN 'flex' END",
        "is_batch": "CASE WHEN hash(i * 3) % 20 = 1 THEN TRUE END",
        "region": "CASE WHEN hash(i * 5) % 10 = 0 THEN 'us' END",
        "input_tokens": "CASE WHEN hash(i * 13) % 50 = 0 THEN 250000 ELSE (hash(i * 7) % 9000)::BIGINT END",
        "output_tokens": "(hash(i * 11) % 900)::BIGINT",
        "cache_read_tokens": "CASE WHEN hash(i * 17) % 2 = 0 THEN (hash(i * 7) % 9000)::BIGINT // 2 END",
    }
    # Only models with both modes are asked for them.
    for column in ("service_tier", "is_batch"):
        columns[column] = f"CASE WHEN (hash(i) % {len(MODELS)}) IN (2, 3) THEN {columns[column]} END"
    with connect(db, write=True) as con:
        con.execute("BEGIN")
        initialise(con)
        widen(con, columns)
        names = ("source_format", "source_file", "ingest_id", "ts_basis", "status", "call_role", "record", "request_id")
        stored = {row[0]: row[1] for row in con.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'request_rows' AND NOT is_nullable"
        ).fetchall()}  # fmt: skip
        required = {
            "source_format": "'routecli'", "source_file": "'made.jsonl'", "ingest_id": "1", "ts_basis": "'start'",
            "status": "'success'", "call_role": "'user'", "record": "i + 1", "request_id": "'r' || i",
        }  # fmt: skip
        every = {**{name: required[name] for name in names if name in stored or name == "request_id"}, **columns}
        sql = ", ".join(f"{value} AS {name}" for name, value in every.items())
        con.execute(f"INSERT INTO request_rows BY NAME SELECT {sql} FROM range({requests}) t(i)")
        con.execute("COMMIT")


def prepared(db: Path) -> tuple[object, ...]:
    """What the command line hands to the query: cuts, keys, question, what is present, names."""
    from routecli.actions import request_prices
    from routecli.actions.bill import load_bill, total
    from routecli.actions.question import Question
    from routecli.data import request_prices as engine

    asked = Question(today=date(2026, 11, 23), db=db)
    loaded, _ = load_bill(asked, ("request_id",))
    caught: list[tuple[object, ...]] = []

    def keep(path: Path, *rest: object) -> object:
        caught.append(rest)
        return found(path, *rest)  # type: ignore[arg-type]

    found, engine.price_requests = engine.price_requests, keep  # type: ignore[assignment]
    try:
        groups, scale = request_prices.priced_groups(loaded, (), total(loaded.cells, loaded))
    finally:
        engine.price_requests = found
    print(f"{groups[0].requests:,} requests, ${float(Fraction(groups[0].cost, scale) / 10**12):,.2f}, as by cell")
    return caught[0]


def in_one_process(db: Path, asked: tuple[object, ...]) -> float:
    """The ratio of the two queries' medians, in turns over one open store."""
    from routecli.data.price_table import price_table
    from routecli.data.request_prices import group_sql
    from routecli.data.store import connect

    cuts, keys, _, present, _ = asked
    sql = group_sql(cuts, price_table(keys), [], "", present)  # type: ignore[arg-type]
    with connect(db, write=False) as con:
        took: dict[str, list[tuple[float, float]]] = {"plain": [], "priced": []}
        for _ in range(ROUNDS + 1):
            for name, text in (("plain", PLAIN), ("priced", sql)):
                wall, cpu = time.perf_counter(), time.process_time()
                con.execute(text).fetchall()
                took[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    walls = {name: median(one for one, _ in times[1:]) for name, times in took.items()}
    cpus = {name: median(one for _, one in times[1:]) for name, times in took.items()}
    for name in took:
        print(f"query alone, {name:<7} {1000 * walls[name]:6.0f} ms, CPU {1000 * cpus[name]:6.0f} ms")
    return walls["priced"] / walls["plain"]


def card_cpu_ms(load: Callable[[], object]) -> float:
    """CPU of loading the whole shipped card once, in ms, after the imports it needs."""
    start = time.process_time()
    load()
    return 1000 * (time.process_time() - start)


def main() -> int:
    """Print the figures; 1 where one is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--db", type=Path, help="keep the store here and use it again")
    options = parser.parse_args()
    from routecli.data import cards

    cpu = card_cpu_ms(lambda: cards.load_card(None))
    print(f"loading the card of {len(cards.load_card(None).models)} models: {cpu:.0f} ms of CPU (limit {CARD_CPU_MS})")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db = options.db or folder / "made.duckdb"
        if not db.exists():
            fill(db, options.requests)
        asked = prepared(db)
        print(f"query alone, ratio {in_one_process(db, asked):.1f}")
        import pickle

        (folder / "asked").write_bytes(pickle.dumps(asked))
        arguments = str(db), str(folder / "asked")
        cases = [
            Case("add the tokens up", python(_PLAIN, *arguments), folder),
            Case("price every request", python(_PRICED, *arguments), folder),
            Case("add up without routecli", python(_BARE, str(db)), folder),
        ]
        limits = [Limit("price every request", "add the tokens up", MOST)]
        timings = in_turns(cases, ROUNDS)
    print(table(timings, limits))
    return int(any(is_over(timings, limit) for limit in limits) or cpu > CARD_CPU_MS)


if __name__ == "__main__":
    sys.exit(main())

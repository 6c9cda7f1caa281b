"""Writes the sample log: two weeks of a made-up customer-support assistant, in the product's own log schema.

    python sample_logs/generate.py [--out PATH]

Everything is drawn from one seeded generator, so every run writes the same bytes. It holds no prompt, no answer and
no real person; the lines that are wrong on purpose are listed in README.md.
"""

import argparse
import gzip
import json
import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, TypeVar

SEED = 20261102
START = datetime(2026, 11, 2, tzinfo=UTC)
DAYS = 14
END = START + timedelta(days=DAYS)
SESSIONS = 8_580
USERS = 3_000
DUPLICATES = 25
JUDGED_PER_NIGHT = 10
LONGEST_INPUT = 185_000
LONGEST_ANSWER = 4_096
CACHE_LIFETIME = timedelta(minutes=5)

SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"

HOURS = (3, 2, 2, 2, 3, 5, 9, 16, 26, 34, 38, 38, 36, 40, 44, 46, 46, 42, 36, 30, 24, 17, 10, 6)
"""Sessions by hour of the day in UTC, relative to each other: a European and American customer base."""

WEEKDAYS = (110, 104, 100, 99, 94, 58, 49)

Row = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Engine:
    """How fast a model is, and its list price in USD per 1M tokens (input, cache write, cache read, output)."""

    ttft_ms: float
    tokens_per_second: float
    rates: tuple[Decimal, Decimal, Decimal, Decimal]
    reask_share: float


ENGINES = {
    SONNET: Engine(880, 62, (Decimal("3"), Decimal("3.75"), Decimal("0.3"), Decimal("15")), 0.020),
    HAIKU: Engine(410, 145, (Decimal("1"), Decimal("1.25"), Decimal("0.1"), Decimal("5")), 0.035),
}


@dataclass(frozen=True)
class Shape:
    """What conversations of one query type look like; token figures are medians.

    `instructions` is the system prompt with the customer's record, cached for the session (`cached`); `retrieved` is
    what is looked up for each turn. `pilot` is the share of sessions on the small model, `attachment` the share that
    starts with a long document.
    """

    query_type: str
    share: float
    endpoint: str
    more_turns: float
    instructions: int
    question: int
    retrieved: int
    answer: int
    cached: bool = True
    pilot: float = 0.0
    attachment: float = 0.0


SHAPES = (
    Shape("faq", 0.24, "/v1/chat", 0.38, 2300, 45, 1400, 170, pilot=0.46),
    Shape("order_status", 0.19, "/v1/chat", 0.48, 2500, 35, 500, 120, pilot=0.46),
    Shape("billing", 0.13, "/v1/chat", 0.66, 3400, 75, 1700, 310),
    Shape("returns", 0.11, "/v1/chat", 0.60, 3000, 85, 1300, 270),
    Shape("account", 0.09, "/v1/chat", 0.57, 2700, 55, 900, 220),
    Shape("product_question", 0.11, "/v1/assist", 0.64, 3600, 95, 4600, 430, attachment=0.008),
    Shape("complaint", 0.06, "/v1/email", 0.20, 2100, 1100, 2600, 720, cached=False, attachment=0.03),
    Shape("troubleshooting", 0.07, "/v1/assist", 0.80, 4300, 190, 3300, 760, attachment=0.03),
)

METERED_ENDPOINTS = ("/v1/email", "/v1/assist")
"""The services that log what they were charged (`cost_usd`); the chat service does not."""


@dataclass
class Session:
    """One conversation as it unfolds."""

    shape: Shape
    model: str
    user: Row
    id: str
    now: datetime
    history: int
    cached: int = 0
    cached_at: datetime | None = None
    requests: int = 0


def main() -> None:
    """Write the log where the command line says."""
    parser = argparse.ArgumentParser(description="Write the sample log (the same bytes every time).")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("support.jsonl.gz"))
    out: Path = parser.parse_args().out
    lines = sample_lines()
    write(out, lines)
    print(f"{out}: {len(lines):,} lines, {out.stat().st_size:,} bytes")


def write(out: Path, lines: list[str]) -> None:
    """Compress the lines; no clock and no file name go into the header."""
    with (
        out.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed,
    ):
        packed.write(("\n".join(lines) + "\n").encode())


def sample_lines() -> list[str]:
    """Every line of the log, in the order in which it was written: by time, then what the log shipper sent twice."""
    random = Random(SEED)
    users = [person(random) for _ in range(USERS)]
    rows = [row for _ in range(SESSIONS) for row in conversation(random, users)]
    rows += [row for day in range(DAYS) for row in nightly_review(random, day)]
    rows.sort(key=lambda row: (row["timestamp"], row["request_id"]))
    lines = [as_json(row) for row in rows]
    add_duplicates(random, lines)
    for line in bad_lines(random, rows):
        lines.insert(random.randrange(100, len(lines)), line)
    return lines


def person(random: Random) -> Row:
    """A customer: a pseudonym and a plan."""
    tier = pick(random, {"free": 0.62, "pro": 0.30, "enterprise": 0.08})
    return {"user_id": f"usr_{random.getrandbits(40):010x}", "user_tier": tier}


def conversation(random: Random, users: list[Row]) -> Iterator[Row]:
    """One to eight questions, each asked after the last answer has been read."""
    session = opened(random, users)
    turns = 1
    while turns < 8 and random.random() < session.shape.more_turns:
        turns += 1
    reask = False
    for turn in range(turns):
        arrived = yield from exchange(random, session, first=turn == 0, reask=reask)
        if not arrived or session.now >= END:
            return
        reask = random.random() < ENGINES[session.model].reask_share


def opened(random: Random, users: list[Row]) -> Session:
    """A new session: who, about what, when and on which model."""
    day = pick(random, {day: WEEKDAYS[(START + timedelta(days=day)).weekday()] for day in range(DAYS)})
    hour = pick(random, dict(enumerate(HOURS)))
    start = START + timedelta(days=day, hours=hour, milliseconds=int(random.random() * 3_600_000))
    shape = pick(random, {shape: shape.share for shape in SHAPES})
    # Squaring makes regulars: a few customers write often, most write once or twice.
    user = users[int(random.random() ** 2 * USERS)]
    model = HAIKU if random.random() < shape.pilot else SONNET
    return Session(
        shape, model, user, f"{random.getrandbits(48):012x}", start, around(random, shape.instructions, 0.12)
    )


def exchange(random: Random, session: Session, *, first: bool, reask: bool) -> Generator[Row, None, bool]:
    """One question: the request, and its second attempt where the first failed. Returns whether an answer arrived."""
    shape = session.shape
    asked = around(random, shape.question, 0.6) + around(random, shape.retrieved, 0.45)
    if first and random.random() < shape.attachment:
        asked += int(18_000 * (145_000 / 18_000) ** random.random())
    asked = min(asked, LONGEST_INPUT - session.history)
    answer = min(around(random, shape.answer, 0.55), LONGEST_ANSWER)
    for attempt in (1, 2):
        if session.now >= END:
            return False
        row = request(session, attempt=attempt, retry_count=int(reask))
        if random.random() < 0.0145:
            row |= failure(random)
            yield row
            session.now += timedelta(milliseconds=row["latency_ms"] + 500 + int(random.random() * 1500))
            continue
        complete(random, session, row, asked, answer, first=first)
        yield row
        session.now += timedelta(milliseconds=row["latency_ms"] + 1000 * around(random, 75, 0.9))
        return True
    return False


def request(session: Session, *, attempt: int, retry_count: int) -> Row:
    """What is known of a request before it is answered."""
    session.requests += 1
    return {
        "timestamp": instant(session.now),
        "request_id": f"req_{session.id}_{session.requests}",
        "session_id": f"ses_{session.id}",
        **session.user,
        "endpoint": session.shape.endpoint,
        "query_type": session.shape.query_type,
        "provider": "anthropic",
        "model": session.model,
        "attempt": attempt,
        "retry_count": retry_count,
        "call_role": "user",
        "status": "success",
    }


def failure(random: Random) -> Row:
    """A call that brought nothing back: overloaded at once, or given up after a minute. No usage is reported."""
    slow = random.random() < 0.3
    return {"status": "error", "latency_ms": 60_000 + int(random.random() * 40) if slow else around(random, 320, 0.5)}


def complete(random: Random, session: Session, row: Row, asked: int, answer: int, *, first: bool) -> None:
    """Fill in usage and timing of an answered request, and move the conversation on."""
    if random.random() < 0.005:
        row["status"] = "partial"
        answer = max(1, int(answer * random.random()))
    read, written = cache_use(session)
    row |= usage(session.history + asked, read, written, answer)
    if first and session.shape.query_type == "faq" and random.random() < 0.06 and row["status"] == "success":
        # The gateway answered from its own store: the usage is that of the answer it had kept, no provider was called.
        row |= {"gateway_cache_hit": True, "latency_ms": around(random, 14, 0.4), "ttft_ms": 3}
    else:
        row |= timing(random, session.model, row["input_tokens"] - read, answer)
        if session.shape.cached:
            session.cached, session.cached_at = session.history, session.now
        if session.shape.endpoint in METERED_ENDPOINTS:
            row["cost_usd"] = charge(session.model, row)
    session.history += asked + answer


def cache_use(session: Session) -> tuple[int, int]:
    """Tokens read from and written to the provider's prompt cache, which forgets a prefix after five minutes."""
    if not session.shape.cached:
        return 0, 0
    warm = session.cached_at is not None and session.now - session.cached_at < CACHE_LIFETIME
    read = session.cached if warm else 0
    return read, session.history - read


def usage(input_tokens: int, read: int, written: int, output_tokens: int) -> Row:
    """The token columns; `input_tokens` is the whole prompt, cache reads and writes included."""
    return {
        "input_tokens": input_tokens,
        "cache_read_tokens": read,
        "cache_write_tokens": written,
        "output_tokens": output_tokens,
    }


def timing(random: Random, model: str, uncached: int, answer: int) -> Row:
    """Time to the first token grows with what must be read afresh, the rest with the length of the answer."""
    engine = ENGINES[model]
    first = around(random, engine.ttft_ms + 0.012 * uncached, 0.32)
    rest = around(random, 1000 * answer / engine.tokens_per_second, 0.2)
    return {"latency_ms": first + rest, "ttft_ms": first}


def charge(model: str, row: Row) -> Decimal:
    """Tokens times list price in USD, exact."""
    plain, write, read, output = ENGINES[model].rates
    fresh = row["input_tokens"] - row["cache_read_tokens"] - row["cache_write_tokens"]
    prompt: Decimal = fresh * plain + row["cache_write_tokens"] * write + row["cache_read_tokens"] * read
    answer: Decimal = row["output_tokens"] * output
    return (prompt + answer) / 1_000_000


def nightly_review(random: Random, day: int) -> Iterator[Row]:
    """A judge model grades a few answers of the day before, at two in the morning."""
    now = START + timedelta(days=day, hours=2)
    for number in range(1, JUDGED_PER_NIGHT + 1):
        now += timedelta(milliseconds=4000 + int(random.random() * 6000))
        shape = pick(random, {shape: shape.share for shape in SHAPES})
        row = {
            "timestamp": instant(now),
            "request_id": f"review_{now:%m%d}_{number}",
            "endpoint": "/internal/review",
            "query_type": shape.query_type,
            "provider": "anthropic",
            "model": SONNET,
            "attempt": 1,
            "retry_count": 0,
            "call_role": "judge",
            "status": "success",
        }
        tokens = around(random, 900 + shape.question + shape.retrieved + shape.answer, 0.3)
        verdict = around(random, 60, 0.3)
        yield row | usage(tokens, 0, 0, verdict) | timing(random, SONNET, tokens, verdict)


def add_duplicates(random: Random, lines: list[str]) -> None:
    """The log shipper sent some lines twice, the second time a little later."""
    for place in sorted(random.sample(range(len(lines) - 200), DUPLICATES), reverse=True):
        lines.insert(place + 2 + int(random.random() * 120), lines[place])


def bad_lines(random: Random, rows: list[Row]) -> list[str]:
    """Lines that must not be counted, each with a request id of its own."""
    faults: dict[str, Row] = {
        "model": {"model": None},
        "negative": {"output_tokens": -1},
        "cache": {"cache_read_tokens": 9_000_000},
        "1970": {"timestamp": "1970-01-01T00:00:00.000Z"},
        "latency": {"latency_ms": -250},
        "fraction": {"output_tokens": 87.5},
    }
    whole = [row for row in rows if row["status"] == "success" and "cost_usd" not in row]
    lines = []
    for fault in ("cut", "cut", "cut", "cut", "cut", *(name for name in faults for _ in range(3))):
        row = {**random.choice(whole), "request_id": f"req_{random.getrandbits(48):012x}_1"} | faults.get(fault, {})
        line = as_json({key: value for key, value in row.items() if value is not None})
        lines.append(line[: 60 + int(random.random() * 200)] if fault == "cut" else line)
    return lines


def as_json(row: Row) -> str:
    """One line; a cost is written as a plain decimal number with all its digits."""
    text = json.dumps({key: value for key, value in row.items() if key != "cost_usd"}, separators=(",", ":"))
    return f'{text[:-1]},"cost_usd":{row["cost_usd"]:f}}}' if "cost_usd" in row else text


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def around(random: Random, median: float, sigma: float) -> int:
    """A log-normal whole number, 1 or more."""
    return max(1, round(median * math.exp(random.normalvariate(0.0, sigma))))


def pick(random: Random, weights: Mapping[T, float]) -> T:
    """One of the keys, with a chance in proportion to its weight."""
    return random.choices(list(weights), list(weights.values()))[0]


if __name__ == "__main__":
    main()

"""The shipped sample log is what its README and its generator say. Shares no code with either, nor with the reader."""

import gzip
import hashlib
import json
import re
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent / "sample_logs"
LOG = FOLDER / "support.jsonl.gz"
SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5"

REQUIRED = {"timestamp", "request_id", "endpoint", "query_type", "provider", "model", "latency_ms", "status"} | {
    "attempt",
    "retry_count",
    "call_role",
}
USAGE = {"input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "ttft_ms"}
OPTIONAL = {"session_id", "user_id", "user_tier", "gateway_cache_hit", "cost_usd"}

Row = dict[str, Any]


@dataclass(frozen=True)
class Log:
    lines: int
    requests: list[Row]
    duplicates: list[Row]
    faults: dict[str, list[int]]

    def where(self, **wanted: object) -> list[Row]:
        return [row for row in self.requests if all(row.get(key) == value for key, value in wanted.items())]

    @property
    def metered(self) -> list[Row]:
        return [row for row in self.requests if "input_tokens" in row]


def fault_of(row: Row) -> str | None:
    """The README's name of what is wrong with a line that is JSON, or None."""
    if "model" not in row:
        return "no `model`"
    if row["timestamp"].startswith("1970"):
        return "a timestamp in 1970"
    if row["latency_ms"] < 0:
        return "negative `latency_ms`"
    if row.get("output_tokens", 0) < 0:
        return "negative `output_tokens`"
    if row.get("output_tokens", 0) % 1:
        return "fractional `output_tokens`"
    if row.get("cache_read_tokens", 0) > row.get("input_tokens", 0):
        return "more cache reads than input"
    return None


@pytest.fixture(scope="module")
def log() -> Log:
    requests: dict[str, Row] = {}
    duplicates, faults = [], defaultdict(list)
    lines = gzip.decompress(LOG.read_bytes()).decode().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line, parse_float=Decimal)
        except ValueError:
            faults["broken JSON, cut off in the middle"].append(number)
            continue
        fault = fault_of(row)
        if fault:
            faults[fault].append(number)
        elif row["request_id"] in requests:
            assert row == requests[row["request_id"]]
            duplicates.append(row)
        else:
            requests[row["request_id"]] = row
    return Log(len(lines), list(requests.values()), duplicates, dict(faults))


def list_price(row: Row) -> Decimal:
    """USD at list price, by hand: input, cache write, cache read and output per 1M tokens."""
    if row["status"] == "error" or row.get("gateway_cache_hit"):
        return Decimal(0)
    rates = {SONNET: ("3", "3.75", "0.3", "15"), HAIKU: ("1", "1.25", "0.1", "5")}[row["model"]]
    read, written = row["cache_read_tokens"], row["cache_write_tokens"]
    tokens = (row["input_tokens"] - read - written, written, read, row["output_tokens"])
    return sum((Decimal(rate) * n for rate, n in zip(rates, tokens, strict=True)), start=Decimal(0)) / 10**6


def moment(row: Row) -> datetime:
    return datetime.strptime(row["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ")


def readme_table(heading: str) -> dict[str, list[int]]:
    """The rows of a README table whose second heading is the given one: label -> the numbers of the second column."""
    text = (FOLDER / "README.md").read_text()
    found = {}
    for table in re.findall(rf"\| \w+ \| {heading} \|\n\|---\|---\|\n((?:\|.*\|\n)+)", text):
        for label, figures in re.findall(r"\| (.*) \| (.*) \|\n", table):
            thousands = re.sub(r"(?<=\d),(?=\d{3}\b)", "", figures)
            found[label] = [int(figure) for figure in thousands.split(", ")]
    return found


# Made again


def test_a_fresh_run_writes_the_committed_lines_twice_over(tmp_path: Path) -> None:
    packed = []
    for name in ("first.gz", "second.gz"):
        command = [sys.executable, str(FOLDER / "generate.py"), "--out", str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True)
        packed.append((tmp_path / name).read_bytes())
    assert packed[0] == packed[1]
    # The lines, not the packed bytes: those depend on the build of the compression library.
    committed, fresh = (hashlib.sha256(gzip.decompress(data)).hexdigest() for data in (LOG.read_bytes(), packed[0]))
    assert committed == fresh


def test_the_file_is_small_and_carries_no_clock_and_no_name() -> None:
    packed = LOG.read_bytes()
    assert len(packed) < 900_000
    # gzip header: magic, deflate, no flags (so no file name), modification time 0.
    assert packed[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


# Counts, as the README states them


def test_the_readme_counts_the_lines(log: Log) -> None:
    bad = sum(len(numbers) for numbers in log.faults.values())
    assert readme_table("lines") == {
        "all lines": [log.lines],
        "distinct good requests": [len(log.requests)],
        "the same request a second time (sent twice by the log shipper)": [len(log.duplicates)],
        "bad lines": [bad],
        **log.faults,
    }
    assert log.lines == len(log.requests) + len(log.duplicates) + bad
    assert len(log.duplicates) == 25
    assert 19_000 <= len(log.requests) <= 21_000


def test_the_readme_counts_the_requests(log: Log) -> None:
    counts = [
        log.where(model=SONNET),
        log.where(model=HAIKU),
        log.where(status="error"),
        log.where(status="partial"),
        log.where(attempt=2),
        log.where(retry_count=1),
        log.where(gateway_cache_hit=True),
        log.where(call_role="judge"),
        [row for row in log.requests if "cost_usd" in row],
    ]
    assert list(readme_table("requests").values()) == [[len(rows)] for rows in counts]


def test_the_readme_states_the_bill(log: Log) -> None:
    bill = sum((list_price(row) for row in log.requests), start=Decimal(0))
    monthly = bill / 14 * Decimal("30.4375")
    assert 800 <= monthly <= 2500
    text = " ".join((FOLDER / "README.md").read_text().split())
    assert f"cost ${bill:,.2f} in the 14 days, which is ${monthly:,.2f} a month" in text
    longest = max(row["input_tokens"] for row in log.metered)
    assert f"up to {longest:,} input tokens in one request" in text


def test_every_kind_of_bad_line_is_there(log: Log) -> None:
    assert {fault: len(numbers) for fault, numbers in log.faults.items()} == {
        "broken JSON, cut off in the middle": 5,
        "no `model`": 3,
        "a timestamp in 1970": 3,
        "negative `latency_ms`": 3,
        "negative `output_tokens`": 3,
        "fractional `output_tokens`": 3,
        "more cache reads than input": 3,
    }


# The schema


def test_fields_are_the_documented_ones(log: Log) -> None:
    for row in log.requests:
        missing = REQUIRED - row.keys()
        usage = USAGE & row.keys()
        assert not missing
        assert not row.keys() - REQUIRED - USAGE - OPTIONAL
        assert usage == (set() if row["status"] == "error" else USAGE)
        assert ("session_id" in row) == ("user_id" in row) == (row["call_role"] == "user")
    documented = re.findall(r"^\| (`.*?) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert {name for cell in documented for name in re.findall(r"`(\w+)`", cell)} == REQUIRED | USAGE | OPTIONAL


def test_values_are_in_range(log: Log) -> None:
    for row in log.metered:
        assert all(type(row[field]) is int for field in USAGE)
        assert row["input_tokens"] > 0
        assert row["output_tokens"] > 0
        assert row["cache_read_tokens"] >= 0
        assert row["cache_write_tokens"] >= 0
        assert row["cache_read_tokens"] + row["cache_write_tokens"] <= row["input_tokens"]
        assert 0 < row["ttft_ms"] < row["latency_ms"]
        assert row["input_tokens"] + row["output_tokens"] <= 200_000
    assert {row["status"] for row in log.requests} == {"success", "error", "partial"}
    assert {row["user_tier"] for row in log.where(call_role="user")} == {"free", "pro", "enterprise"}
    assert {row["provider"] for row in log.requests} == {"anthropic"}
    assert len({row["query_type"] for row in log.requests}) == 8


def test_every_day_of_the_two_weeks_and_no_other(log: Log) -> None:
    days = Counter(moment(row).date() for row in log.requests)
    assert sorted(days) == [date(2026, 11, 2) + timedelta(days=day) for day in range(14)]
    weekend = [n for day, n in days.items() if day.weekday() >= 5]
    weekdays = [n for day, n in days.items() if day.weekday() < 5]
    assert max(weekend) < min(weekdays)
    hours = Counter(moment(row).hour for row in log.where(call_role="user"))
    assert hours[15] > 5 * hours[4]


def test_lines_stand_in_order_of_time(log: Log) -> None:
    stamps = [row["timestamp"] for row in log.requests]
    assert stamps == sorted(stamps)


# Shares and shapes


def test_the_shares_hold(log: Log) -> None:
    total = len(log.requests)
    assert len(log.where(model=SONNET)) / total == pytest.approx(0.85, abs=0.01)
    assert {row["query_type"] for row in log.where(model=HAIKU)} == {"faq", "order_status"}
    assert len(log.where(status="error")) / total == pytest.approx(0.015, abs=0.002)
    assert len(log.where(status="partial")) / total == pytest.approx(0.005, abs=0.001)
    assert len(log.where(gateway_cache_hit=True)) > 100
    assert 5 <= sum(row["input_tokens"] > 100_000 for row in log.metered) <= 60


def test_a_failure_is_followed_by_a_second_attempt(log: Log) -> None:
    sessions = by_session(log)
    pairs = 0
    for rows in sessions.values():
        for row, following in pairwise(rows):
            if row["status"] == "error" and row["attempt"] == 1:
                assert following["attempt"] == 2
                assert following["request_id"] != row["request_id"]
                assert moment(following) > moment(row)
                pairs += 1
    assert pairs == len(log.where(attempt=2))


def by_session(log: Log) -> dict[str, list[Row]]:
    sessions: dict[str, list[Row]] = defaultdict(list)
    for row in log.where(call_role="user"):
        sessions[row["session_id"]].append(row)
    return sessions


def test_sessions_have_one_to_eight_questions_of_one_user_that_grow(log: Log) -> None:
    questions = []
    for rows in by_session(log).values():
        assert len({(row["user_id"], row["model"], row["query_type"], row["endpoint"]) for row in rows}) == 1
        answered = [row["input_tokens"] for row in rows if row["status"] != "error"]
        assert answered == sorted(answered)
        questions.append(sum(row["attempt"] == 1 for row in rows))
    assert set(questions) == set(range(1, 9))


def test_first_questions_write_the_cache_and_later_ones_read_it(log: Log) -> None:
    reading = later = 0
    for rows in by_session(log).values():
        cached = [row for row in rows if row["status"] != "error" and row["query_type"] != "complaint"]
        if not cached or rows[0]["status"] == "error":
            continue
        assert cached[0]["cache_read_tokens"] == 0
        assert cached[0]["cache_write_tokens"] > 0
        later += len(cached) - 1
        reading += sum(row["cache_read_tokens"] > 0 for row in cached[1:])
    assert 0.8 < reading / later < 1
    assert all(row["cache_write_tokens"] == 0 for row in log.where(query_type="complaint") if "input_tokens" in row)


def test_query_types_have_shapes_of_their_own(log: Log) -> None:
    answers = {
        kind: statistics.median(row["output_tokens"] for row in log.metered if row["query_type"] == kind)
        for kind in {row["query_type"] for row in log.metered}
    }
    assert answers["order_status"] < answers["faq"] < answers["billing"] < answers["troubleshooting"]
    assert answers["troubleshooting"] > 5 * answers["order_status"]


def test_the_small_model_is_faster_and_long_answers_are_slower(log: Log) -> None:
    called = [row for row in log.metered if row["query_type"] == "faq" and not row.get("gateway_cache_hit")]
    median = {
        model: statistics.median(row["latency_ms"] for row in called if row["model"] == model)
        for model in (SONNET, HAIKU)
    }
    assert median[HAIKU] < 0.6 * median[SONNET]
    sonnet = [row for row in log.metered if row["model"] == SONNET and not row.get("gateway_cache_hit")]
    lengths, times = zip(*((row["output_tokens"], row["latency_ms"]) for row in sonnet), strict=True)
    assert statistics.correlation(lengths, times) > 0.8


def test_logged_costs_are_tokens_times_list_price_to_the_last_digit(log: Log) -> None:
    priced = [row for row in log.requests if "cost_usd" in row]
    assert {row["endpoint"] for row in priced} == {"/v1/assist", "/v1/email"}
    assert all(row["cost_usd"] == list_price(row) for row in priced)


def test_no_text_of_any_prompt_or_person(log: Log) -> None:
    for row in log.requests:
        words = [value for value in row.values() if isinstance(value, str)]
        assert all(re.fullmatch(r"[\w/:.-]{1,40}", word) for word in words)

"""The shipped sample evaluation is what its README and its generator say."""

import csv
import gzip
import io
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "sample_logs"
ANSWERS = FOLDER / "answers.csv.gz"
MODELS = {"gpt-5-nano", "claude-haiku-4-5", "claude-sonnet-4-6"}


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(gzip.decompress(ANSWERS.read_bytes()).decode())))


def test_a_fresh_run_writes_the_committed_lines(tmp_path: Path) -> None:
    out = tmp_path / "again.gz"
    command = [sys.executable, str(FOLDER / "generate_answers.py"), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    assert gzip.decompress(out.read_bytes()) == gzip.decompress(ANSWERS.read_bytes())
    assert ANSWERS.stat().st_size < 100_000


def test_every_question_is_answered_by_every_model() -> None:
    found = rows()
    assert len(found) == 3_600 and len({row["query_id"] for row in found}) == 1_200
    assert Counter(row["model"] for row in found) == dict.fromkeys(MODELS, 1_200)


def test_failures_go_together_and_gates_err() -> None:
    by_query: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in rows():
        by_query[row["query_id"]][row["model"]] = row
    strong = [int(one["claude-sonnet-4-6"]["passed"]) for one in by_query.values()]
    after = [int(one["claude-sonnet-4-6"]["passed"]) for one in by_query.values() if one["gpt-5-nano"]["passed"] == "0"]
    assert sum(after) / len(after) < sum(strong) / len(strong) - 0.03
    accepted = [one["gpt-5-nano"] for one in by_query.values() if float(one["gpt-5-nano"]["gate_score"]) >= 0.9]
    assert 0.02 < sum(row["passed"] == "0" for row in accepted) / len(accepted) < 0.2

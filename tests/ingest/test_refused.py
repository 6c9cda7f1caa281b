"""What a user is told of files that are refused, and of formats named by the id their rows carry."""

import json
from pathlib import Path

from samples import DOCUMENTS

from routecli.data.logs.formats import FORMATS
from tests.inprocess import run


def test_every_refused_file_is_named_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_text(json.dumps(DOCUMENTS["native"]) + "\n", encoding="utf-8")
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("broken\n", encoding="utf-8")
    outcome = run(tmp_path, "ingest", "a.jsonl", "good.jsonl", "b.jsonl", "none.jsonl")
    assert outcome.code == 4
    first, *others = outcome.stderr.splitlines()
    assert "none.jsonl" in first and "no-such-file" in first
    assert [line.strip().split(":")[0] for line in others] == ["a.jsonl", "b.jsonl"]


def test_a_format_may_be_named_as_its_rows_name_it(tmp_path: Path) -> None:
    for name in ("openai_batch", "openai_responses", "anthropic_batch"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(DOCUMENTS[name]) + "\n", encoding="utf-8")
        outcome = run(tmp_path, "ingest", f"{name}.jsonl", "--input-format", name, "--json")
        assert (outcome.code, outcome.document["totals"]["rows_new"]) == (0, 1), outcome.stderr


def test_records_without_any_field(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text("{}", encoding="utf-8")
    outcome = run(tmp_path, "ingest", "log.json")
    assert (outcome.code, "its records have no field at all" in outcome.stderr) == (3, True)


def test_no_record_of_a_named_format_can_be_read(tmp_path: Path) -> None:
    for format in FORMATS:
        (tmp_path / "log.jsonl").write_text("broken\n", encoding="utf-8")
        outcome = run(tmp_path, "ingest", "log.jsonl", "--input-format", format.id)
        assert (outcome.code, "[nothing-to-load]" in outcome.stderr) == (3, True), outcome.stderr

"""No text of a prompt, an answer, a tool call or a person reaches the store, the quarantine or anything printed."""

import json
from pathlib import Path
from typing import Any

from fuzzed import marked
from samples import DOCUMENTS, SECRET, TABLES

from tests.inprocess import run


def spoiled(document: dict[str, Any]) -> list[bytes]:
    """The document whole, cut in the middle of its texts, with a word too many, and with a secret for a number."""
    line = json.dumps(document).encode()
    cut = line[: line.index(b"SECRET") + len(SECRET) // 2] if b"SECRET" in line else line[:-1]
    numbers = line.replace(b'_tokens": 100', b'_tokens": ["' + SECRET.encode() + b'"]')
    return [line, cut, line + b" " + SECRET.encode(), line.replace(b"SECRET", b"\xffSECRET", 1), numbers]


def test_no_planted_secret_is_found_anywhere(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, document in DOCUMENTS.items():
        (logs / f"{name}.jsonl").write_bytes(b"\n".join(spoiled(document)) + b"\n")
        (logs / f"{name}-cut.json").write_bytes(json.dumps([document, document], indent=1).encode()[:-30])
    for name in ("claude_code", "codex", "native", "openai_chat", "otlp_gen_ai"):
        # Small sound files, which are loaded together.
        for part in "ab":
            lines = [json.dumps(marked(name, DOCUMENTS[name], f"{part}{i}aaaaaa")) for i in range(3)]
            (logs / f"together-{name}-{part}.jsonl").write_text("\n".join(lines) + "\n")
    for name, (header, row) in TABLES.items():
        quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in row)
        more = f'{quoted},"{SECRET}"\n"{SECRET}"\n{quoted}"{SECRET}\n'
        (logs / f"{name}.csv").write_text(f"{header}\n{quoted}\n{more}", encoding="utf-8")
    outcomes = [run(tmp_path, "ingest", "logs", "--json"), run(tmp_path, "ingest", "logs", "-f", "csv", "-v")]
    outcomes += [run(tmp_path, "quarantine", "show", "--limit", "10000", *words) for words in ([], ["--json"])]
    together = [file for file in outcomes[0].document["files"] if "together-" in file["path"]]
    assert [bool(file["rows_new"] + file["rows_skipped"]) for file in together] == [True] * 10
    loaded = {file["format"] for file in outcomes[0].document["files"] if file["rows_new"]}
    assert len(loaded) >= 20
    assert outcomes[0].document["totals"]["rows_quarantined"] > 3 * len(DOCUMENTS)
    for outcome in outcomes:
        assert outcome.code in (0, 3)
        assert "SECRET" not in outcome.stdout + outcome.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != logs]
    assert [path.name for path in files] == ["routecli.duckdb"]
    assert b"SECRET" not in files[0].read_bytes()

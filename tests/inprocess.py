"""The real command line, run inside the test's own process: the same entry point, argv, exit code and streams."""

import contextlib
import io
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from routecli.cli.app import app
from routecli.diagnostics import run_app


@dataclass(frozen=True)
class Outcome:
    """What a command answered."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """stdout as JSON."""
        assert self.stdout, f"exit {self.code} and nothing on stdout; stderr: {self.stderr}"
        found: dict[str, Any] = json.loads(self.stdout)
        return found


def run(folder: Path, *argv: str) -> Outcome:
    """Run `routecli ARGV` with `folder` as the working directory; one string is split like a shell would."""
    words = shlex.split(argv[0]) if len(argv) == 1 else list(argv)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_app(app, words)
    return Outcome(code, out.getvalue(), err.getvalue())


def log_lines(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the product's own log: one JSON line each; a key with None is left out, as a logger would."""
    return "".join(json.dumps({key: value for key, value in row.items() if value is not None}) + "\n" for row in rows)


def ingested(folder: Path, rows: Sequence[Mapping[str, Any]], db: str = "routecli.duckdb") -> Outcome:
    """Put rows into a store through `ingest`, which must take every one of them."""
    log = folder / f"{db}.jsonl"
    log.write_text(log_lines(rows), encoding="utf-8")
    outcome = run(folder, "ingest", log.name, "--db", db, "--json")
    assert outcome.code == 0, outcome.stderr
    totals = outcome.document["totals"]
    assert (totals["rows_new"], totals["rows_quarantined"]) == (len(rows), 0), outcome.stdout
    return outcome

"""How long `routecli gate` takes on a committed workload of 2,000 cells and two full rate cards, one price changed.

Whole processes, in turns with one empty command of a Typer app. The limit is 400 ms of wall time on an idle machine of
two cores, for a CSV and a JSON workload; nothing heavy may be loaded, which a test checks. Exits 1 over the limit.
"""

import argparse
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from benchmarks.measure import Case, in_turns, python, table
from benchmarks.policies import cells_of
from routecli.data.cards import load_card
from routecli.data.shipped import shipped, template
from routecli.data.workload import cuts_for
from routecli.data.workload_files import encoded
from routecli.model.workload import Provenance, Span, Workload

LIMIT_S, ROUNDS = 0.4, 7
GATE = "from routecli.__main__ import main; main()"
EMPTY = "import typer\napp = typer.Typer()\n@app.command()\ndef command(): pass\napp()"


def prepare(folder: Path) -> None:
    """Two cards that differ in one rate, the budgets of `init`, and the workload in two formats."""
    for name in ("base", "head"):
        shutil.copytree(shipped("pricing"), folder / name, ignore=shutil.ignore_patterns("schema"))
    card = folder / "head" / "anthropic.yaml"
    text = card.read_text(encoding="utf-8")
    changed = text.replace("base: {input: 3, ", "base: {input: 3.1, ")
    if changed == text:
        sys.exit("the card has no rate that this benchmark changes")
    card.write_text(changed, encoding="utf-8")
    # History is edited too, which the gate would refuse; only bills are judged here.
    (folder / "routecli.yaml").write_text("budgets: {bill_increase: {error: 50%}, rate_jump: {error: 5}}\n")
    (folder / "all.yaml").write_bytes(template("routecli.yaml").replace(b"history_edit: error", b"history_edit: warn"))
    cuts = cuts_for(load_card(None))
    span = Span(date(2026, 11, 2), date(2026, 11, 15), Fraction(14))
    workload = Workload("benchmark", tuple(cells_of(cuts)), cuts, span, provenance=Provenance())
    workload = replace(workload, cells=tuple({cell.key: cell for cell in workload.cells}.values()))
    for name in ("w.csv", "w.json"):
        (folder / name).write_bytes(encoded(workload, folder / name))


def main() -> None:
    """Print medians; exit 1 over the limit."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        words = ("gate", "--base", "base", "--head", "head", "--budgets", "all.yaml", "-q", "--at", "2026-11-23")
        cases = [
            Case("empty app, one command", python(EMPTY), folder),
            Case("gate, CSV workload", python(GATE, *words, "--workload", "w.csv"), folder),
            Case("gate, JSON workload", python(GATE, *words, "--workload", "w.json"), folder),
            Case(
                "gate, one policy",
                python(GATE, *words, "--workload", "w.json", "--cascade", "haiku:sonnet", "--success", "0.7"),
                folder,
            ),
        ]
        timings = in_turns(cases, rounds)
    print(table(timings, []))
    judged = [timings[one].median for one in ("gate, CSV workload", "gate, JSON workload")]
    print(f"slowest median {1000 * max(judged):.0f} ms (limit {1000 * LIMIT_S:.0f} ms)")
    sys.exit(max(judged) > LIMIT_S)


if __name__ == "__main__":
    main()

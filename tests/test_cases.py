"""Hand-worked cases through the real command line: `cases/*.yaml` hold the question, the figures and the arithmetic.

A case: `argv` (`--json` is added), `rows` (a CSV log, ingested first; without one the workload is assumed), `card`
(a name under `cards`), `files` (policy files by name), `exit` (default 0), `expect` (path in the JSON document ->
figure) and `says` (sentences that must be printed). A figure written with decimals is compared at those decimals
(`36.67` holds 36.6666...), quoted digits and whole numbers are compared exactly.
"""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from inprocess import run

CASES = Path(__file__).parent / "cases"
OTHERS = {"card_changes", "card_checks", "gate", "model_names"}
"""Books whose cases have another shape, each with a test of its own; so have books that hold no `cases`."""


def _load() -> list[Any]:
    found = []
    for path in sorted(path for path in CASES.glob("*.yaml") if path.stem not in OTHERS):
        # As text: 36.67 keeps its decimals, and no figure passes through a float.
        book = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        if "cases" not in book:
            continue
        assert set(book) <= {"cards", "logs", "cases"}, f"{path.name}: unknown key"
        for case in book["cases"]:
            known = {"name", "argv", "rows", "log", "card", "files", "exit", "expect", "says"}
            assert set(case) <= known, f"{path.name}: {case['name']}: {sorted(set(case) - known)}"
            found.append(pytest.param(book, case, id=f"{path.stem}: {case['name']}"))
    return found


@pytest.mark.parametrize(("book", "case"), _load())
def test_case(book: dict[str, Any], case: dict[str, Any], tmp_path: Path) -> None:
    for name, text in case.get("files", {}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    argv = case["argv"]
    if "card" in case:
        (tmp_path / "card.yaml").write_text(book["cards"][case["card"]], encoding="utf-8")
        argv += " --rates card.yaml"
    rows = book["logs"][case["log"]] if "log" in case else case.get("rows")
    if rows is not None:
        _ingest(tmp_path, rows)
    outcome = run(tmp_path, f"{argv} --json")
    assert outcome.code == int(case.get("exit", "0")), outcome.stderr or outcome.stdout
    said = outcome.stdout + outcome.stderr
    for words in case.get("says", []):
        assert words in said, f"{words!r} is not said in: {said}"
    if case.get("expect"):
        document = outcome.document
        wrong = [text for path, wanted in case["expect"].items() if (text := _difference(document, path, wanted))]
        assert not wrong, "\n".join(wrong)


def _ingest(folder: Path, rows: str) -> None:
    lines = [",".join(cell.strip() for cell in line.split(",")) for line in rows.strip().splitlines()]
    (folder / "log.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    outcome = run(folder, "ingest log.csv --json")
    assert outcome.code == 0, outcome.stderr
    totals = outcome.document["totals"]
    assert (totals["rows_new"], totals["rows_quarantined"]) == (len(lines) - 1, 0), outcome.stdout


def _difference(document: Any, path: str, wanted: Any) -> str:
    """Empty where the document holds the figure, else a line that says what it holds."""
    found = _at(document, path)
    if isinstance(wanted, list):
        same = [str(one) for one in found] == wanted if isinstance(found, list) else False
    else:
        same = _equal(found, wanted)
    return "" if same else f"{path}: wanted {wanted}, found {found!r}"


def _equal(found: Any, wanted: str) -> bool:
    if found is None or isinstance(found, bool):
        return wanted == {None: "null", True: "true", False: "false"}[found]
    if isinstance(found, str):
        return found == wanted
    try:
        figure = Decimal(wanted)
    except ArithmeticError:
        return False
    exact = Decimal(repr(found))
    if figure == figure.to_integral_value() and "." not in wanted:
        return exact == figure
    return exact.quantize(figure, rounding=ROUND_HALF_UP) == figure


def _at(document: Any, path: str) -> Any:
    """`groups.model=gpt-5.usd`: a key, a position, `key=value` of one row, or `length`."""
    here = document
    steps = [step.replace("~1", "/") for step in path.split("/")]  # ~1 is a slash within a step
    for step in steps:
        if isinstance(here, list):
            if step == "length":
                here = len(here)
            elif "=" in step:
                key, _, value = step.partition("=")
                matches = [row for row in here if str(row[key]) == value]
                assert len(matches) == 1, f"{path}: {len(matches)} rows have {step} in {here}"
                here = matches[0]
            else:
                here = here[int(step)]
        else:
            assert step in here, f"{path}: no key {step!r}, there are {list(here)}"
            here = here[step]
    return here

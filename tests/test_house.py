"""The rules of the house that a linter does not know."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "routecli").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 320, 60
# One id still stands for a missing right here and for unfit data there; no second may join it.
SHARED_IDS = {"unreadable-file"}
ERRORS = {"UsageError", "DataError", "EnvironmentFault", "ProblemsError", "RoutecliError"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(source):
    text = source.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name]


def tracked_texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        if path.suffix not in {".gz", ".zst", ".parquet", ".png"} and path.exists():
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="replace")


def test_no_file_names_a_machine():
    # Spelled in parts so that this file does not find itself.
    folders = "|".join(("wo" + "rk", "fa" + "rm", "ro" + "ot", "tm" + "p", "ho" + "me", "Us" + "ers"))
    machine = re.compile(rf"(?<![\w.~*-])/({folders})(?![\w-])")
    found = [f"{name}: {line}" for name, text in tracked_texts() for line in text.splitlines() if machine.search(line)]
    assert not found


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
    found = [f"{name}: {line}" for name, text in tracked_texts() for line in text.splitlines() if later.search(line)]
    assert not found


def raised() -> dict[str, dict[str, list[str]]]:
    """Every error id with the classes it is raised as, and where."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            if name in ERRORS:
                place = f"{source.relative_to(ROOT)}:{node.lineno}"
                first = node.args[0]
                assert isinstance(first, ast.Constant), f"{place}: an error id is spelled out where it is raised"
                found[str(first.value)][name].append(place)
    return found


def test_error_ids_are_lower_case_words_with_hyphens():
    found = raised()
    assert len(found) > 40
    assert not [name for name in found if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)]


def test_an_error_id_has_one_exit_code():
    """One id, one meaning: what is raised under it is never usage here and bad data there."""
    mixed = {name: {kind: list(at) for kind, at in kinds.items()} for name, kinds in raised().items() if len(kinds) > 1}
    assert mixed.keys() == SHARED_IDS, mixed


def test_imports_flow_one_way():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout

"""The rules of the house that a linter does not know."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "routecli").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 320, 60
ERRORS = {"UsageError", "DataError", "EnvironmentFault", "ProblemsError", "RoutecliError"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(source):
    text = source.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name]


def test_no_file_names_a_machine():
    # Spelled in parts so that this file does not find itself.
    machine = re.compile("/" + "(" + "|".join(("wo" + "rk", "fa" + "rm", "ro" + "ot")) + ")/")
    for path in tracked():
        if path.suffix in {".gz", ".zst", ".parquet", ".png"} or not path.exists():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not machine.search(text), path


def test_error_ids_are_lower_case_words_with_hyphens():
    found = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(first.value)
    assert len(found) > 40
    assert not [name for name in found if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)]


def test_imports_flow_one_way():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout

"""What a command does not import it does not wait for."""

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "sample_logs" / "support.jsonl.gz"
HEAVY = {"pandas", "pyarrow", "scipy", "duckdb", "numpy", "sqlglot"}
RUN = """
import sys
sys.argv = ["routecli", *{words!r}]
from routecli.cli.app import app
from routecli.diagnostics import run_app
import io
out, sys.stdout = sys.stdout, io.StringIO()
code = run_app(app)
said, sys.stdout = sys.stdout.getvalue(), out
print(code, len(said) > 100, *sorted({{name.partition(".")[0] for name in sys.modules}}))
"""


def modules_after(words: list[str], folder) -> set[str]:
    code = RUN.format(words=words)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    status, spoke, *modules = done.stdout.split()
    assert (status, spoke) == ("0", "True"), done.stderr
    return set(modules)


@pytest.mark.parametrize(
    ("words", "besides"),
    [
        (["--help"], {"yaml", "rich"}),
        (["simulate", "--help"], {"yaml", "rich"}),
        (["simulate", "--cascade", "haiku:sonnet", "--success", "0.7"], set()),
        (["simulate", "--cascade", "haiku:sonnet", "--success", "0.7", "--json"], {"rich"}),
        (["breakeven"], set()),
        (["rates", "diff", "shipped", "shipped", "--json"], {"rich"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_nothing_heavy_is_imported(words, besides, tmp_path):
    assert not modules_after(words, tmp_path) & (HEAVY | besides)


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_a_workload_file_needs_no_engine(suffix, tmp_path):
    subprocess.run([sys.executable, "-m", "routecli", "ingest", str(SAMPLE), "-q"], cwd=tmp_path, check=True)
    name = f"w.{suffix}"
    subprocess.run([sys.executable, "-m", "routecli", "workload", "build", "-o", name, "-q"], cwd=tmp_path, check=True)
    (tmp_path / "routecli.duckdb").unlink()
    found = modules_after(["bill", "--workload", name], tmp_path)
    assert not found & HEAVY


def test_importing_the_package_imports_almost_nothing(tmp_path):
    code = "import sys; before = set(sys.modules); import routecli; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["routecli"]

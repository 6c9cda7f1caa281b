"""The built wheel, installed in a fresh environment and used from an empty folder."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The programs of a fresh environment with the wheel; its dependencies are this environment's: no download."""
    place = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    (site,) = place.glob("lib/python*/site-packages")
    # The dependencies come last on the path, and the checkout's own editable install is not followed from there.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return place / "bin"


def run(program: Path, folder: Path, *words: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [str(program), *words],
        cwd=folder,
        env={**environment, "ROUTECLI_TODAY": "2026-11-23"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_cards_samples_and_types(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    cards = sorted((ROOT / "pricing").glob("*.yaml"))
    assert len(cards) >= 5
    for source in (*cards, ROOT / "sample_logs" / "support.jsonl.gz"):
        assert held[f"routecli/_shipped/{source.parent.name}/{source.name}"] == source.read_bytes()
    assert "routecli/py.typed" in held
    tops = {name.partition("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"routecli"}


def test_it_simulates_from_an_empty_folder(installed, tmp_path):
    where = Path(run(installed / "python", tmp_path, "-c", "import routecli; print(routecli.__file__)").strip())
    assert where.is_relative_to(installed.parent)
    said = run(installed / "routecli", tmp_path, "simulate", "--cascade", "haiku:sonnet", "--success", "0.7")
    assert "$540.00 -> $342.00 a month, saving $198.00 (36.7 %); break-even success 33.3 %" in said
    assert "assumed workload" in said.splitlines()[0]
    assert list(tmp_path.iterdir()) == []


def test_the_demo_runs_end_to_end(installed, tmp_path):
    said = run(installed / "routecli", tmp_path, "demo")
    for step in ("ingest", "baseline", "breakeven", "simulate", "latency"):
        assert f"$ routecli {step}" in said
    assert "20,034 new requests" in said
    assert list(tmp_path.iterdir()) == []

"""What every command prints, to the byte: `goldens/*.txt` (see goldens/README.md for how to update them)."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from inprocess import Outcome, run

HERE = Path(__file__).parent / "goldens"
GOLDENS = sorted(HERE.glob("*.txt"))
COMMANDS = (
    "ingest",
    "baseline",
    "bill",
    "simulate",
    "breakeven",
    "latency",
    "quarantine",
    "doctor",
    "rates show",
    "evidence import",
    "evidence show",
    "optimize",
    "rates check",
    "rates diff",
    "rates refresh",
)
WORLDS = ("empty", "log", "store", "evidence", "costs")

_DIGEST = re.compile(r'(?<="sha256": ")[0-9a-f]{64}|(?<=sha256 )[0-9a-f]{12}\b|(?<=\()[0-9a-f]{12}(?=\))')
_OWN = re.compile(r'(?<="routecli": ")[^"]+')
_PACKAGES = re.compile(
    r"\b(duckdb|pyarrow|pandas|numpy|pydantic|pyyaml|rich|typer|Python) \d[\w.]*|\b\d+\.\d+[\w.]*(?= on Python)"
)


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The three folders, made once; every golden works in a copy of its own."""
    root = tmp_path_factory.mktemp("worlds")
    (root / "empty").mkdir()
    for name in ("log", "store"):
        shutil.copytree(HERE / "world", root / name)
    assert run(root / "store", "ingest log.jsonl").code == 0
    shutil.copytree(root / "store", root / "evidence")
    shutil.copytree(HERE / "world", root / "costs")
    assert run(root / "costs", "ingest costs.jsonl").code == 0
    assert run(root / "evidence", "evidence import answers.csv --as support").code == 0
    yield root


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden(path: Path, worlds: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kept = path.read_text(encoding="utf-8")
    world, argv = _head(path, kept)
    folder = tmp_path / "here"
    shutil.copytree(worlds / world, folder)
    outcome = run(folder, argv)
    found = _text(world, argv, outcome, tmp_path)
    if request.config.getoption("--update-goldens"):
        path.write_text(found, encoding="utf-8")
        return
    assert found == kept, f"{path.name}: if this change is meant, see goldens/README.md"


def _head(path: Path, text: str) -> tuple[str, str]:
    world, typed = text.splitlines()[:2]
    assert world.startswith("world: ") and world[7:] in WORLDS, f"{path.name}: the first line names a world: {world}"
    assert typed.startswith("$ routecli "), f"{path.name}: the second line is the command: {typed}"
    return world[7:], typed[len("$ routecli ") :]


def _text(world: str, argv: str, outcome: Outcome, temporary: Path) -> str:
    streams = "".join(
        f"--- {name}\n{_same_everywhere(text, temporary)}"
        for name, text in (("stdout", outcome.stdout), ("stderr", outcome.stderr))
    )
    return f"world: {world}\n$ routecli {argv}\nexit {outcome.code}\n{streams}"


def _same_everywhere(text: str, temporary: Path) -> str:
    assert not text or text.endswith("\n"), f"a stream ends with a line break: {text[-80:]!r}"
    text = text.replace(str(temporary), "TMP")
    text = _OWN.sub("VERSION", _DIGEST.sub("SHA256", text))
    return _PACKAGES.sub(lambda match: f"{match[1]} VERSION" if match[1] else "VERSION", text)


def test_there_is_a_golden_of_every_command_in_every_format() -> None:
    typed = [_head(path, path.read_text(encoding="utf-8"))[1].split() for path in GOLDENS]
    for command in (
        "ingest",
        "baseline",
        "bill",
        "simulate",
        "breakeven",
        "latency",
        "quarantine",
        "doctor",
        "rates diff",
    ):
        begun = command.split()
        formats = {words[words.index("-f") + 1] for words in typed if words[: len(begun)] == begun and "-f" in words}
        assert formats - {"patch"} == {"table", "json", "csv", "markdown"}, command


def test_goldens_hold_no_machine_and_no_prompt() -> None:
    for path in GOLDENS:
        text = path.read_text(encoding="utf-8")
        assert "never to be shown" not in text, path.name
        assert "\x1b" not in text and "Traceback" not in text, path.name
        assert str(Path.home()) + "/" not in text, path.name

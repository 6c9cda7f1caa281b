"""What a user waits for before anything is read: `--help`, and the first answer on a fresh install.

Both are held against an empty Typer app of as many commands, run in turns in the same minutes; a busy machine slows
both, so only the ratios are judged. Exits 1 over a limit.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import typer

from benchmarks.measure import Case, Limit, in_turns, is_over, python, table
from routecli.cli.app import app

SIMULATE = ("simulate", "--cascade", "haiku:sonnet", "--success", "0.7")
LIMITS = (
    Limit("routecli --help", "empty app --help", 2.0),
    Limit("routecli simulate, no store", "empty app, one command", 2.5),
)

SETTINGS = "no_args_is_help=True, rich_markup_mode=None"
"""How the empty app is set up: as the real one, but for what only errors see."""

LOAD_CARD = """
import time
began = time.process_time()
from routecli.data.cards import load_card
imported = time.process_time()
load_card(None)
loaded = time.process_time()
print((imported - began) * 1000, (loaded - imported) * 1000)
"""


def empty_app(real: typer.Typer) -> str:
    """Source of an app with the commands of the real one, none of which takes an option or does anything."""
    lines = ["import typer", "", f"app = typer.Typer({SETTINGS}, pretty_exceptions_enable=False)"]
    lines += _empty_commands(real, "app", [0])
    return "\n".join(lines) + "\n"


def _empty_commands(real: typer.Typer, name: str, groups: list[int]) -> list[str]:
    lines = []
    for command in real.registered_commands:
        lines += ["", "", f'@{name}.command("{command.name}")', "def command():", "    pass"]
    for group in real.registered_groups:
        groups[0] += 1
        inner = f"group_{groups[0]}"
        lines += ["", "", f"{inner} = typer.Typer({SETTINGS})"]
        if group.typer_instance is not None:
            lines += _empty_commands(group.typer_instance, inner, groups)
        lines += ["", "", f'{name}.add_typer({inner}, name="{group.name}")']
    return lines


def card_milliseconds(folder: Path, rounds: int) -> tuple[float, float]:
    """CPU ms of importing what reads rate cards, and of reading the shipped one; each the least of some runs."""
    runs = []
    for _ in range(rounds):
        done = subprocess.run(python(LOAD_CARD), cwd=folder, capture_output=True, text=True, check=True)
        runs.append([float(word) for word in done.stdout.split()])
    return min(run[0] for run in runs), min(run[1] for run in runs)


def main() -> int:
    """Measure, print, and answer 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    real = "from routecli.__main__ import main; main()"
    empty = "from empty_app import app; app()"
    with tempfile.TemporaryDirectory() as name:
        # Two folders, so that the real app finds nothing in the folder it runs in, as on a fresh install.
        library, folder = Path(name, "library"), Path(name, "work")
        library.mkdir()
        folder.mkdir()
        (library / "empty_app.py").write_text(empty_app(app), encoding="utf-8")
        path = {"PYTHONPATH": str(library)}
        first = app.registered_commands[0].name or ""
        cases = [
            Case("routecli --help", python(real, "--help"), folder, path),
            Case("empty app --help", python(empty, "--help"), folder, path),
            Case("routecli simulate, no store", python(real, *SIMULATE), folder, path),
            Case("empty app, one command", python(empty, first), folder, path),
        ]
        timings = in_turns(cases, rounds)
        imported, loaded = card_milliseconds(folder, rounds)
    print(table(timings, LIMITS))
    print(f"shipped rate card: {loaded:.0f} ms of CPU to load, after {imported:.0f} ms of imports (pydantic, yaml)")
    return int(any(is_over(timings, limit) for limit in LIMITS))


if __name__ == "__main__":
    sys.exit(main())

"""Wall time of whole processes, taken in turns so that a busy machine slows every case alike."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Case:
    """One command to time: its name in the table, what is run, where, and what is added to the environment."""

    name: str
    argv: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of every run of a case."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median in seconds."""
        return median(self.seconds)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many times as long as `against` a case may take."""

    name: str
    against: str
    most: float


def python(code: str, *arguments: str) -> tuple[str, ...]:
    """The command line that runs `code` in this interpreter, the folder it runs in not on its import path."""
    return (sys.executable, "-P", "-c", code, *arguments)


def wall(case: Case) -> float:
    """Seconds one run takes; a run that fails ends the benchmark with what it said."""
    environment = {**os.environ, **case.environment}
    start = time.perf_counter()
    done = subprocess.run(case.argv, cwd=case.folder, env=environment, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{case.name} exited with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return seconds


def in_turns(cases: Sequence[Case], rounds: int, *, warm_ups: int = 1) -> dict[str, Timing]:
    """Every case once a round, A B C A B C; the first `warm_ups` rounds fill caches and are not counted.

    All cases run from compiled bytecode, as an installed program does, kept in a folder of this measurement's own.
    """
    seconds: dict[str, list[float]] = {case.name: [] for case in cases}
    with tempfile.TemporaryDirectory() as bytecode:
        compiled = {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
        ready = [replace(case, environment={**compiled, **case.environment}) for case in cases]
        for number in range(warm_ups + rounds):
            for case in ready:
                taken = wall(case)
                if number >= warm_ups:
                    seconds[case.name].append(taken)
    return {name: Timing(name, tuple(taken)) for name, taken in seconds.items()}


def table(timings: Mapping[str, Timing], limits: Sequence[Limit]) -> str:
    """One line per case, in ms, with its ratio to the case it is held against."""
    held = {limit.name: limit for limit in limits}
    width = max(len(name) for name in timings)
    lines = [f"{'case':<{width}}  median ms    min    max  ratio  limit  verdict"]
    for name, timing in timings.items():
        numbers = (1000 * value for value in (timing.median, min(timing.seconds), max(timing.seconds)))
        line = "{:<{}}  {:9.0f}  {:5.0f}  {:5.0f}".format(name, width, *numbers)
        if limit := held.get(name):
            word = "over" if is_over(timings, limit) else "within"
            line += f"  {ratio(timings, limit):5.2f}  {limit.most:5.2f}  {word}"
        lines.append(line)
    return "\n".join(lines)


def ratio(timings: Mapping[str, Timing], limit: Limit) -> float:
    """A case's median over the median of the case it is held against."""
    return timings[limit.name].median / timings[limit.against].median


def is_over(timings: Mapping[str, Timing], limit: Limit) -> bool:
    """Whether a case takes longer than its limit allows."""
    return ratio(timings, limit) > limit.most

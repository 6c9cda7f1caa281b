"""How a refusal must look: one plain line with a fix on stderr, a stable id, the right exit code."""

import re

from inprocess import Outcome

USAGE, UNFIT, ENVIRONMENT = 2, 3, 4
LINE = re.compile(r"routecli: error: .+ \[[a-z0-9]+(-[a-z0-9]+)*\]")


def refused(outcome: Outcome, code: int, id: str, *words: str) -> None:
    """The one line: its shape, its id, and the words a reader needs."""
    assert outcome.code == code, outcome.stderr or outcome.stdout
    lines = outcome.stderr.splitlines()
    assert len(lines) == 1, outcome.stderr
    plain(outcome)
    assert LINE.fullmatch(lines[0]), lines[0]
    assert lines[0].endswith(f"[{id}]"), lines[0]
    for word in words:
        assert word in lines[0], f"{word!r} is not in: {lines[0]}"


def plain(outcome: Outcome) -> None:
    assert "\x1b" not in outcome.stderr + outcome.stdout
    assert "Traceback" not in outcome.stderr and outcome.code != 70, outcome.stderr

"""What can go wrong, said in one line: what, where, why and how to fix it.

Three kinds, one exit code each (`routecli.diagnostics.ExitCode`): the command was typed wrongly (2), the data is
not fit to judge (3), the environment is in the way (4). Anything else that reaches a user is a bug (70).
"""

from collections.abc import Iterable
from difflib import get_close_matches


class RoutecliError(Exception):
    """An error with a stable id and a fix; `str(error)` is the one plain line.

    `id` is lower-case words joined by hyphens (`unknown-model`) and never changes once released.
    """

    exit_code = 70
    problems: tuple[str, ...] = ()
    """What else is wrong, one line each."""

    def __init__(self, id: str, what: str, *, where: str = "", why: str = "", fix: str = "") -> None:
        self.id, self.what, self.where, self.why, self.fix = id, what, where, why, fix
        super().__init__(self.line())

    def line(self) -> str:
        """One line: `[where: ]what[: why][; fix] [id]`, with no line break in it."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.why:
            text += f" ({self.why})"
        if self.fix:
            text += f"; {self.fix}"
        return " ".join(f"{text} [{self.id}]".split())


class UsageError(RoutecliError):
    """The command line contradicts itself or names something that does not exist (exit 2)."""

    exit_code = 2


class DataError(RoutecliError):
    """A log, card, policy or workload cannot support the answer asked for (exit 3)."""

    exit_code = 3


class ProblemsError(DataError):
    """A file with one or more problems, all found at once: `problems` are lines `file:line: path: problem`."""

    def __init__(
        self, id: str, what: str, problems: Iterable[str], *, where: str = "", why: str = "", fix: str = ""
    ) -> None:
        self.problems = tuple(problems)
        super().__init__(id, what, where=where, why=why, fix=fix)


class EnvironmentFault(RoutecliError):
    """A file is missing, a store is locked, an extra is not installed (exit 4)."""

    exit_code = 4


def did_you_mean(word: str, known: Iterable[str], *, most: int = 3) -> str:
    """A suggestion for a mistyped word, or an empty string where nothing is close.

    >>> did_you_mean("sonet", ["haiku", "sonnet"])
    "did you mean 'sonnet'?"
    """
    folded = {name.casefold(): name for name in known}
    close = [folded[match] for match in get_close_matches(word.casefold(), folded, n=most, cutoff=0.6)]
    if not close:
        return ""
    return "did you mean " + " or ".join(repr(name) for name in close) + "?"

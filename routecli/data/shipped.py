"""Where the data that comes with the program lives: inside an installed package, or beside it in a source tree."""

from pathlib import Path

from routecli.errors import EnvironmentFault

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """The folder or file `name` (`pricing`, `sample_logs`) that comes with the program.

    Raises EnvironmentFault where the installation lacks it.
    """
    for candidate in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if candidate.exists():
            return candidate
    raise EnvironmentFault("not-shipped", f"this installation lacks its '{name}' data", fix="install routecli again")


def template(name: str) -> bytes:
    """A file of the package's templates, for `init`."""
    return (_PACKAGE / "templates" / name).read_bytes()

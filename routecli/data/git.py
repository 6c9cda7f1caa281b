"""Files of a git revision, read from the object store: nothing is checked out, fetched or changed."""

import os
import subprocess
from collections.abc import Sequence

from routecli.errors import EnvironmentFault, UsageError

# What git says in English, without taking locks, asking for passwords or fetching objects that a partial clone lacks.
_QUIET = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}


def parse_place(place: str) -> tuple[str, str] | None:
    """`REVISION:PATH` as its two parts; None where a text is no such place.

    >>> parse_place("main:pricing/"), parse_place("pricing")
    (('main', 'pricing/'), None)
    """
    revision, colon, path = place.partition(":")
    return (revision, path) if colon and revision and not revision.startswith("-") else None


def listed(revision: str, path: str) -> list[str] | None:
    """The names of the files in a folder of a revision, in order; None where the path is a file there.

    Paths are taken from the top of the repository; those that start with `./` from the working directory, as git does.
    UsageError `unknown-revision`; EnvironmentFault `not-a-repository`, `no-git`, `no-such-file`.
    """
    folder = "./" if path in (".", "./") else path.rstrip("/")
    spec = f"{_commit(revision)}:{folder}"
    kind = _git(["cat-file", "-t", spec])
    if kind.returncode:
        raise _no_path(revision, path)
    if kind.stdout.strip() != b"tree":
        return None
    entries = _git(["ls-tree", "-z", "--full-tree", spec]).stdout.decode(errors="surrogateescape").split("\0")
    files = [entry.partition("\t") for entry in entries if entry]
    return sorted(name for facts, _, name in files if facts.split()[1] == "blob" and "\n" not in name)


def read_blobs(revision: str, paths: Sequence[str]) -> list[bytes]:
    """The bytes of files of a revision; symbolic links lead where they do in a working tree."""
    commit = _commit(revision)
    asked = "".join(f"{commit}:{path}\n" for path in paths).encode(errors="surrogateescape")
    answer = _git(["cat-file", "--batch", "--follow-symlinks"], asked).stdout
    found, at = [], 0
    for path in paths:
        end = answer.find(b"\n", at)
        words = answer[at:end].split()
        if end < 0 or len(words) != 3 or words[1] != b"blob":
            raise _no_path(revision, path)
        start, size = end + 1, int(words[2])
        found.append(answer[start : start + size])
        at = start + size + 1
    return found


def _commit(revision: str) -> str:
    """The commit (or tree) that a revision names, so that it is looked up once and no path can look like an option."""
    known = _git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}"])
    if known.returncode == 0:
        return known.stdout.decode().strip()
    inside = _git(["rev-parse", "--git-dir"])
    if inside.returncode:
        # "Not a git repository" says nothing new; an owner that git distrusts does.
        said = inside.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise EnvironmentFault(
            "not-a-repository",
            f"'{revision}' is a git revision, but git finds no repository here",
            why="" if said.startswith("not a git repository") else said.partition("\n")[0],
            fix="change into the repository, or give a path that exists",
        )
    fix = "git branch -a and git tag list the names; git fetch brings those of the server"
    if _git(["rev-parse", "--is-shallow-repository"]).stdout.strip() == b"true":
        fix = "this clone is shallow: fetch the revision, or clone with the whole history"
    elif _git(["rev-parse", "--quiet", "--verify", "HEAD"]).returncode:
        fix = "nothing is committed yet: commit first"
    raise UsageError("unknown-revision", f"the repository has no revision '{revision}'", fix=fix)


def _no_path(revision: str, path: str) -> EnvironmentFault:
    prefix = _git(["rev-parse", "--show-prefix"]).stdout.decode(errors="replace").strip()
    fix = "paths are taken from the top of the repository"
    if prefix and not path.startswith("./"):
        fix += f"; from this folder write {revision}:./{path}"
    return EnvironmentFault("no-such-file", f"revision '{revision}' has no '{path}'", fix=fix)


def _git(arguments: Sequence[str], given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            ["git", *arguments], input=given, capture_output=True, check=False, env={**os.environ, **_QUIET}
        )
    except FileNotFoundError:
        raise EnvironmentFault("no-git", "git is not installed", fix="install it, or give paths") from None

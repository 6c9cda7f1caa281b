"""Memory or disk that ran out."""

import errno
import os
from pathlib import Path

from routecli.errors import EnvironmentFault


def exhausted(db: Path, fault: Exception) -> EnvironmentFault:
    """The error for a store that there is no room to write to."""
    why = str(fault).split("\n", 1)[0]
    fix = "free some disk space beside the store, or allow another amount of memory"
    return EnvironmentFault(
        "out-of-room", "not enough memory or disk to load the file", where=str(db), why=why, fix=fix
    )


def is_out_of_room(fault: Exception) -> bool:
    """Whether memory or disk ran out; what the engine says about a file is told apart where the file is read."""
    import duckdb

    if isinstance(fault, OSError):
        return fault.errno in (errno.ENOSPC, errno.EDQUOT)
    full = os.strerror(errno.ENOSPC) in str(fault) or os.strerror(errno.EDQUOT) in str(fault)
    return full or isinstance(fault, duckdb.OutOfMemoryException | duckdb.IOException)

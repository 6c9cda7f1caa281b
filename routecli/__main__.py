"""The `routecli` command."""

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn


def main() -> None:
    """Run the command line and exit with its code."""
    # Starting up makes tens of thousands of objects that all live on; looking through them for garbage every few
    # hundred is a tenth of a short command's time.
    gc.set_threshold(200_000, 20, 20)
    # Nothing that happens to be installed beside us gets a say in how cards are read, nor the time to look for it.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from routecli.cli.app import app_for
        from routecli.diagnostics import run_app
    except KeyboardInterrupt:
        # Stopped before there was anything that could say so.
        sys.stderr.write("routecli: interrupted\n")
        sys.exit(130)
    _leave(run_app(app_for(sys.argv[1:])))


def _leave(code: int) -> NoReturn:
    """End with this exit code, at once: taking all objects apart is a tenth of a short command's time.

    Everything is flushed and closed by then (see `routecli.diagnostics.run`); nothing of ours waits for the end of the
    interpreter. A profiler or a debugger does.
    """
    if sys.getprofile() is None and sys.gettrace() is None:
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()

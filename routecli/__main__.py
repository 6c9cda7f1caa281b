"""The `routecli` command."""

import gc
import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    # Starting up makes tens of thousands of objects that all live on; looking through them for garbage every few
    # hundred is a tenth of a short command's time.
    gc.set_threshold(50_000, 20, 20)
    # Nothing that happens to be installed beside us gets a say in how cards are read, nor the time to look for it.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from routecli.cli.app import app_for
        from routecli.diagnostics import run_app
    except KeyboardInterrupt:
        # Stopped before there was anything that could say so.
        sys.stderr.write("routecli: interrupted\n")
        sys.exit(130)
    sys.exit(run_app(app_for(sys.argv[1:])))


if __name__ == "__main__":
    main()

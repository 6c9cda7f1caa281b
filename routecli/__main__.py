"""The `routecli` command."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from routecli.cli.app import app
    from routecli.diagnostics import run_app

    sys.exit(run_app(app))


if __name__ == "__main__":
    main()

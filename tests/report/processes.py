"""Run the small program as a person or a pipeline would."""

import os
import subprocess
import sys
from pathlib import Path

import routecli

ROOT = Path(routecli.__file__).parents[1]
APP = Path(__file__).with_name("small_app.py")
QUIET_NAMES = (
    "CI",
    "NO_COLOR",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "COLUMNS",
    "LINES",
    "PYTHONWARNINGS",
    "PYTHONUNBUFFERED",
)


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in QUIET_NAMES}
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONIOENCODING": "utf-8"} | more


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(APP), *arguments]


def run(*arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Exit code and both streams of one run, nothing connected to a terminal."""
    return subprocess.run(
        command(*arguments), env=environment(**more), capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL
    )


def shell(line: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """One bash line, in which `APP` starts the small program."""
    script = f'set -o pipefail; APP() {{ "{sys.executable}" "{APP}" "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", script], env=environment(**more), capture_output=True, encoding="utf-8")


def on_terminal(*arguments: str, columns: int = 200, stream: str = "stdout", **more: str) -> str:
    """What one stream draws on a real terminal of so many columns; the other stream goes to a pipe."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: theirs}
    with subprocess.Popen(command(*arguments), env=environment(**more), stdin=subprocess.DEVNULL, **pipes) as process:
        os.close(theirs)
        drawn = b""
        while chunk := _read(ours):
            drawn += chunk
        process.communicate()
    os.close(ours)
    return drawn.decode("utf-8").replace("\r\n", "\n")


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # Linux reports the closed far end as an error
        return b""

"""The main job on the sample logs, one command after the other, each shown as it would be typed."""

import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

STEPS = (
    ("ingest", "support.jsonl.gz"),
    ("baseline",),
    ("breakeven",),
    ("simulate", "--cascade", "haiku:sonnet", "--success", "0.7"),
    ("simulate", "--classifier", "haiku:sonnet", "--success", "0.7", "--accuracy", "0.9"),
    ("latency", "--cascade", "haiku:sonnet", "--success", "0.7"),
)
"""What the demo types."""


def demonstrate(keep: Path | None) -> int:
    """Run every step in a folder of its own; stops at the first that fails and returns its exit code."""
    from routecli.data.shipped import shipped
    from routecli.errors import EnvironmentFault
    from routecli.report.outputs import print_report

    sample = shipped("sample_logs") / "support.jsonl.gz"
    with ExitStack() as stack:
        if keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="routecli-demo-")))
        else:
            folder = keep
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise EnvironmentFault("bad-folder", f"cannot use the folder {keep}", why=str(error.strerror)) from None
        copy = folder / sample.name
        shutil.copyfile(sample, copy)
        for step in STEPS:
            print_report(f"\n$ routecli {shlex.join(step)}\n")
            # A process of its own per step, in that folder: what is shown is exactly what those words print there.
            code = subprocess.run([sys.executable, "-m", "routecli", *step], cwd=folder, check=False).returncode
            if code:
                return code
    print_report("\nThat was the sample. With your own logs: routecli ingest PATH\n")
    return 0

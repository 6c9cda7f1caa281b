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
    ("evidence", "import", "answers.csv.gz", "--as", "support"),
    ("simulate", "--cascade", "haiku:sonnet", "--gate-threshold", "0.8", "--max-quality-drop", "2pt"),
)
"""What the demo types."""


def demonstrate(keep: Path | None) -> int:
    """Run every step in a folder of its own; stops at the first that fails and returns its exit code."""
    from routecli.data.shipped import shipped
    from routecli.errors import EnvironmentFault
    from routecli.report.outputs import print_report

    samples = [shipped("sample_logs") / name for name in ("support.jsonl.gz", "answers.csv.gz")]
    with ExitStack() as stack:
        try:
            if keep is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="routecli-demo-")))
            else:
                folder = keep
                folder.mkdir(parents=True, exist_ok=True)
            for sample in samples:
                shutil.copyfile(sample, folder / sample.name)
        except OSError as error:
            what = "find a folder for temporary files" if keep is None else f"use the folder {keep}"
            fix = "name a folder you can write to with --keep"
            raise EnvironmentFault("bad-folder", f"cannot {what}", why=str(error.strerror or error), fix=fix) from None
        for step in STEPS:
            print_report(f"\n$ routecli {shlex.join(step)}\n")
            # A process of its own per step, in that folder: what is shown is exactly what those words print there.
            words = [sys.executable, "-m", "routecli", *step]
            try:
                code = subprocess.run(words, cwd=folder, check=False).returncode
            except OSError as error:
                why = str(error.strerror or error)
                raise EnvironmentFault("bad-folder", f"cannot work in the folder {folder}", why=why) from None
            if code:
                return code
    print_report("\nThat was the sample. With your own logs: routecli ingest PATH\n")
    return 0

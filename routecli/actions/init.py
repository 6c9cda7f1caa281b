"""`init`: the files a repository needs to gate its prices, each written only where there is none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from routecli import __version__
from routecli.data.shipped import shipped, template
from routecli.errors import EnvironmentFault
from routecli.report.documents import Report
from routecli.report.documents.init import FileLine, InitDocument
from routecli.report.outputs import write_bytes

Ci = Literal["github", "gitlab", "none"]

WORKLOAD = "workload.json"
_CI: dict[Ci, tuple[str, str] | None] = {
    "github": ("github.yml", ".github/workflows/routecli.yml"),
    "gitlab": ("gitlab.yml", ".gitlab/routecli.yml"),
    "none": None,
}


@dataclass(frozen=True, slots=True)
class _Made:
    path: str
    content: bytes
    what: str


def init(folder: Path, ci: Ci) -> Report:
    """Write what is missing in `folder`; what is there stays as it is. EnvironmentFault where it cannot write."""
    lines = []
    for one in _files(ci):
        target = folder / one.path
        if target.exists():
            lines.append(FileLine(one.path, "kept", one.what))
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            why = fault.strerror or type(fault).__name__
            raise EnvironmentFault("bad-folder", f"cannot make the folder {target.parent}", why=why) from None
        write_bytes(target, one.content)
        lines.append(FileLine(one.path, "written", one.what))
    return Report("init", InitDocument(str(folder), lines, _next(folder)))


def _files(ci: Ci) -> list[_Made]:
    card = sorted(shipped("pricing").glob("*.yaml"))
    found = [
        _Made("routecli.yaml", template("routecli.yaml"), "budgets and waivers"),
        _Made("policies/starter.yaml", template("policy.yaml"), "a policy to start from"),
        *(_Made(f"pricing/{path.name}", path.read_bytes(), "the rate card that the gate judges") for path in card),
    ]
    workflow = _CI[ci]
    if workflow is not None:
        text = template(workflow[0]).replace(b"$VERSION", __version__.encode())
        found.append(_Made(workflow[1], text, "the workflow that runs the gate"))
    return found


def _next(folder: Path) -> list[str]:
    steps = []
    if not (folder / WORKLOAD).exists():
        if not (folder / "routecli.duckdb").exists():
            steps.append("routecli ingest PATH")
        steps.append(f"routecli workload build -o {WORKLOAD}")
    steps.append(f"routecli gate --base HEAD:pricing/ --head pricing/ --workload {WORKLOAD}, once this is committed")
    steps.append("commit routecli.yaml, pricing/, policies/ and the workload; leave routecli.duckdb out")
    return steps

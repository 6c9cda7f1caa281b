"""`init`, `demo`, `doctor`, `render` and `schema`."""

from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Argument, Option

from routecli.cli import options as o


def demo(
    folder: Annotated[
        Path | None, Option("--keep", metavar="FOLDER", help="Keep the demo's store in this folder.")
    ] = None,
    quiet: o.Quiet = False,
) -> int:
    """Run the main job end to end on the sample logs: ingest, baseline, break-evens, simulation, latency."""
    from routecli import diagnostics
    from routecli.cli.demonstration import demonstrate

    diagnostics.configure(quiet=quiet)
    return demonstrate(folder)


def _doctor(words: dict[str, Any]) -> int:
    """Check the installation, the rate card and the store; changes nothing."""
    from routecli.actions.doctor import doctor as action
    from routecli.cli.answer import answer, prepare, today

    output = words["format"], words["json"], words["output"]
    prepare(words["quiet"], words["verbose"], *output)
    return answer(action(words["db"], words["rates"], today()), *output)


doctor = o.spelled_out(_doctor, {name: o.SOURCE[name] for name in ("db", "rates")}, o.OUTPUT)


def schema(
    name: Annotated[str | None, Argument(metavar="NAME", help="A command's report, or `card` or `policy`.")] = None,
) -> int:
    """Print the JSON Schema of a report, a rate card file or a policy file; without a name, list them."""
    from routecli.actions.schema import schema as action
    from routecli.report.outputs import print_report

    print_report(action(name))
    return 0


def render(
    file: Annotated[Path, Argument(metavar="FILE", help="A report saved with -f json or -o json=FILE.")],
    format: o.Format = "table",
    json: o.Json = False,
    output: o.Outputs = None,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Print a saved report again, in any format, without computing anything."""
    from routecli.actions.saved_report import saved_report
    from routecli.cli.answer import prepare, shown

    prepare(quiet, verbose, format, json, output)
    return shown(*saved_report(file), format, json, output)


def init(
    folder: Annotated[Path, Argument(metavar="FOLDER", help="Where to write. Default: here.")] = Path(),
    ci: Annotated[
        Literal["github", "gitlab", "none"], Option("--ci", help="Which CI to write a workflow for.")
    ] = "github",
    format: o.Format = "table",
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: o.Verbose = False,
) -> int:
    """Write budgets, a starter policy, a rate card and a CI workflow for a repository; nothing is overwritten."""
    from routecli.actions.init import init as action
    from routecli.cli.answer import answer, prepare

    prepare(quiet, verbose, format, json, None)
    return answer(action(folder, ci), format, json, None)

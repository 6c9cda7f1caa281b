"""Spoiled logs of every format, for as long as asked: the laws of tests/ingest/fuzz_laws.py hold for every one of them.

Every case is drawn from the seed. One that fails is made smaller, printed and written to `--out`, and counts once per
law and source. Exits 1 if any failed.
"""

import argparse
import importlib
import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from routecli.data.logs.formats import VALUED, matching
from routecli.data.logs.formats.marks import marks

_MOST = 20
"""Records taken of one log."""
_TESTS = Path(__file__).resolve().parents[1] / "tests" / "ingest"


def main() -> int:
    """See the module's own words."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=50, help="at most so many in a file")
    parser.add_argument("--logs", type=Path, help="a folder of JSON logs whose records are spoiled as well")
    parser.add_argument("--out", type=Path, help="the folder for files that fail")
    asked = parser.parse_args()
    sys.path.insert(0, str(_TESTS))
    # Of the tests, which are typed as they like.
    laws, fuzzed = (importlib.import_module(name) for name in ("fuzz_laws", "fuzzed"))
    given = list(_given(fuzzed, asked.logs)) if asked.logs else []
    draw, end = random.Random(asked.seed), time.monotonic() + 60 * asked.minutes
    cases = records = 0
    failed = dict[tuple[str, ...], int]()
    while time.monotonic() < end:
        case = fuzzed.drawn(draw, asked.records, given)
        cases, records = cases + 1, records + len(case.seeds)
        fault = laws.broken(case)
        if fault:
            key = (case.source, type(fault).__name__, str(fault).split(":", 1)[0])
            failed[key] = failed.get(key, 0) + 1
            if failed[key] == 1:
                less = laws.smallest(case)
                _tell(less, laws.broken(less) or fault, asked.out)
    print(f"{len(given)} records of other logs; " if given else "", end="")
    print(f"{cases} files of {records} records, seed {asked.seed}: {sum(failed.values())} failed")
    return 1 if failed else 0


def _given(fuzzed: Any, folder: Path) -> Iterator[str]:
    """Sources of the documents in the folder's logs, as far as their format is known."""
    for path in sorted(file for suffix in ("json", "jsonl") for file in folder.rglob(f"*.{suffix}")):
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate([text] if path.suffix == ".json" else text.splitlines()[:_MOST], 1):
            with suppress(ValueError):
                document = json.loads(line)
                formats = matching([marks(document, VALUED)]) if isinstance(document, dict) else []
                if len(formats) == 1:
                    yield fuzzed.give(f"{path.relative_to(folder)}:{number}", document, formats[0].id)


def _tell(case: Any, fault: Exception, out: Path | None) -> None:
    name, content = case.file()
    print(f"FAILED {type(fault).__name__}: {str(fault)[:600]}\n  {case!r}\n  {content[:1500]!r}", flush=True)
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{case.source.replace('/', '-')}-{case.seeds[0]}-{name}").write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())

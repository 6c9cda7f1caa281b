"""Writes what the docs can read off the program itself: commands.md, marked regions of other pages, JSON Schemas.

    python docs/generate.py            # rewrite what is stale
    python docs/generate.py --check    # exit 1 with a diff where a page is stale

A region stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`; NAME is a key of `REGIONS`.
"""

import argparse
import ast
import contextlib
import difflib
import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WIDTH = "80"
ERRORS = {"UsageError": 2, "DataError": 3, "ProblemsError": 3, "EnvironmentFault": 4}
_REGION = re.compile(r"<!-- generated: (?P<name>[\w-]+) -->\n.*?<!-- end of (?P=name) -->", re.DOTALL)


def commands() -> list[tuple[str, ...]]:
    """Every command that does something, as the words typed after `routecli`."""
    from routecli.cli.app import app

    return list(_commands(app, ()))


def _commands(app: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield from ((*above, info.name) for info in app.registered_commands)
    for group in app.registered_groups:
        yield from _commands(group.typer_instance, (*above, group.name))


def help_text(words: Iterable[str]) -> str:
    """What `--help` prints, 80 columns wide and without colour."""
    from routecli import diagnostics
    from routecli.cli.app import app

    said = io.StringIO()
    with _environment({"COLUMNS": WIDTH, "TERMINAL_WIDTH": WIDTH, "TERM": "dumb"}), contextlib.redirect_stdout(said):
        code = diagnostics.run_app(app, [*words, "--help"])
    if code:
        raise RuntimeError(f"--help of {' '.join(words)} exits {code}")
    return "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def error_ids() -> dict[str, set[int]]:
    """Every error id that the source can raise, with its exit codes."""
    found: dict[str, set[int]] = {}
    for path in sorted((ROOT / "routecli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                for code in _codes(node.func):
                    found.setdefault(str(node.args[0].value), set()).add(code)
    return dict(sorted(found.items()))


def _codes(called: ast.expr) -> set[int]:
    if isinstance(called, ast.IfExp):
        return _codes(called.body) | _codes(called.orelse)
    return {ERRORS[called.id]} if isinstance(called, ast.Name) and called.id in ERRORS else set()


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(str(value).replace('|', '/') for value in row)} |" for row in lines)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _commands_page() -> str:
    every = commands()
    parts = [
        "# Commands",
        "<!-- Written by docs/generate.py from the program itself. Do not edit: run `make docs`. -->",
        "What `--help` says, for every command. What the words mean is in [how it works](how-it-works.md).",
        "\n".join(f"- [routecli {' '.join(words)}](#routecli-{'-'.join(words)})" for words in every),
        f"## routecli\n\n```text\n{help_text(())}\n```",
    ]
    parts += [f"## routecli {' '.join(words)}\n\n```text\n{help_text(words)}\n```" for words in every]
    rows = [(f"`{id}`", " or ".join(map(str, sorted(codes)))) for id, codes in error_ids().items()]
    parts.append(
        "## Error ids\n\nEvery error is one line on stderr that ends with its id in brackets. Ids do not change once "
        f"released, so scripts may test for them.\n\n{_table(('id', 'exit code'), rows)}"
    )
    return "\n\n".join(parts) + "\n"


def _columns() -> str:
    from routecli.data.columns import COLUMNS, MADE

    return _table(
        ("column", "type", "meaning"),
        [(f"`{one.name}`", one.sql_type, one.doc) for one in COLUMNS if one.kind != MADE],
    )


def _made_columns() -> str:
    from routecli.data.columns import COLUMNS, MADE

    return _table(
        ("column", "type", "meaning"),
        [(f"`{one.name}`", one.sql_type, one.doc) for one in COLUMNS if one.kind == MADE],
    )


def _spellings() -> str:
    from routecli.data.logs.formats.native import FORMAT

    rows = []
    for column, readings in FORMAT.readings.items():
        keys = [key for reading in readings for key in reading.keys if key != column]
        if keys:
            rows.append((f"`{column}`", _code(keys)))
    return _table(("column", "also read from"), rows)


def _reasons() -> str:
    from routecli.data.logs.checks import SENTENCES
    from routecli.data.logs.formats import FORMATS
    from routecli.data.logs.kinds import KINDS

    said = {name: text.replace("{column}", "the column").replace("{value}", "...") for name, text in SENTENCES.items()}
    wanted: dict[str, dict[str, None]] = {}
    for kind in KINDS.values():
        wanted.setdefault(kind.reason, {})[kind.wants] = None
    said |= {reason: f"the value should be {', or '.join(wants)}" for reason, wants in wanted.items()}
    for refusal in (refusal for format in FORMATS for refusal in format.refusals):
        said.setdefault(refusal.reason, refusal.sentence)
    return _table(("reason", "what it says"), [(f"`{reason}`", text) for reason, text in sorted(said.items())])


def _evidence_formats() -> str:
    from routecli.data.evidence.formats import FORMATS

    return _table(("format", "what"), [(f"`{one.id}`", one.what) for one in FORMATS])


def _evidence_fields() -> str:
    from routecli.data.evidence.formats.tables import SPELLINGS

    return _table(
        ("field", "read from the first of"), [(f"`{name}`", _code(found)) for name, found in SPELLINGS.items()]
    )


def _models() -> str:
    from routecli.data.cards import load_card
    from routecli.model.rates import STANDARD
    from routecli.money import per_million

    card = load_card(None)
    checked = max(one.verified for model in card.models.values() for one in model.modes[STANDARD] if one.verified)
    rows = []
    for model in card.models.values():
        period = [one for one in model.modes[STANDARD] if one.start is None or one.start <= _midnight(checked)][-1]
        output = period.rates.output
        rows.append(
            (
                f"`{model.id}`",
                _code(short for short, target in card.pins.items() if target == model.id) or "-",
                f"{per_million(period.rates.input):f}",
                "-" if output is None else f"{per_million(output):f}",
                ", ".join(mode for mode in model.modes if mode != STANDARD) or "-",
                "yes" if period.tiers else "-",
                "yes" if period.windows else "-",
            )
        )
    heads = ("model", "short names", "$ in", "$ out", "other modes", "long-context price", "peak hours")
    return f"Base price per 1M tokens in force on {checked}:\n\n{_table(heads, rows)}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), tzinfo=UTC)


def _schema(name: str) -> str:
    from routecli.actions.schema import schema

    return schema(name)


def _testable() -> str:
    from routecli.model.conditions import COLUMNS

    return f"Columns that a rule or `--where` can test: {_code(COLUMNS)}."


def _cell_key() -> str:
    from dataclasses import fields

    from routecli.model.workload import Key

    return f"What keeps two requests apart: {_code(one.name for one in fields(Key))}."


def _documents() -> str:
    from routecli.actions.schema import document_schema
    from routecli.report.documents import DOCUMENTS

    shared: dict[str, Any] = {}
    parts = []
    for name in DOCUMENTS:
        schema = document_schema(name)
        own = {key: one for key, one in schema.get("$defs", {}).items() if not _is_shared(key)}
        shared |= {key: one for key, one in schema.get("$defs", {}).items() if _is_shared(key)}
        parts.append(f"### {name}\n\n{_described(schema)}{_keys(schema)}")
        parts += [f"#### {name}: {key}\n\n{_described(one)}{_keys(one)}" for key, one in own.items()]
    parts.append("### Parts that several documents share")
    parts += [f"#### {key}\n\n{_described(shared[key])}{_keys(shared[key])}" for key in sorted(shared)]
    return "\n\n".join(parts)


def _is_shared(name: str) -> bool:
    from routecli.report.documents import common

    return hasattr(common, name)


def _described(schema: Mapping[str, Any]) -> str:
    text = " ".join(str(schema.get("description", "")).split())
    return f"{text}\n\n" if text else ""


def _keys(schema: Mapping[str, Any]) -> str:
    return _table(("key", "type"), [(f"`{key}`", _type(one)) for key, one in schema["properties"].items()])


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if schema.get("items") else "list"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"object of {_type(values)}" if isinstance(values, Mapping) and values else "object"
    return str(schema.get("type", "any"))


def _change_kinds() -> str:
    from routecli.model.card_changes import MEANINGS

    return _table(("kind", "meaning"), [(f"`{kind}`", text) for kind, text in MEANINGS.items()])


def _card_rules() -> str:
    from routecli.model.card_findings import RULES

    return _table(("rule", "level", "finds"), [(f"`{rule}`", level, text) for rule, (level, text) in RULES.items()])


def _drift_reasons() -> str:
    from routecli.maths.hypotheses import HYPOTHESES

    words: dict[str, list[str]] = {}
    for one in HYPOTHESES:
        words.setdefault(one.id, [])
        if one.words not in words[one.id]:
            words[one.id].append(one.words)
    return _table(
        ("reason", "under which the sum comes out as logged"),
        ((f"`{id}`", "; ".join(said)) for id, said in words.items()),
    )


REGIONS: dict[str, Callable[[], str]] = {
    "columns": _columns,
    "made-columns": _made_columns,
    "spellings": _spellings,
    "reasons": _reasons,
    "models": _models,
    "testable": _testable,
    "cell-key": _cell_key,
    "documents": _documents,
    "change-kinds": _change_kinds,
    "evidence-formats": _evidence_formats,
    "evidence-fields": _evidence_fields,
    "card-rules": _card_rules,
    "drift-reasons": _drift_reasons,
}
"""Text between markers, by name."""


def pages() -> dict[Path, str]:
    """Every page that is generated or holds a generated region, as it should be."""
    docs = ROOT / "docs"
    wanted = {docs / "commands.md": _commands_page()}
    wanted |= {ROOT / "pricing" / "schema" / f"{name}.json": _schema(name) for name in ("aliases", "card", "overlay")}
    for path in sorted(docs.glob("*.md")):
        if path in wanted:
            continue
        text = path.read_text(encoding="utf-8")
        fresh = _REGION.sub(_filled, text)
        if _REGION.search(text):
            wanted[path] = fresh
    return wanted


def _filled(found: re.Match[str]) -> str:
    name = found["name"]
    return f"<!-- generated: {name} -->\n{REGIONS[name]()}\n<!-- end of {name} -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite the pages, or with --check say what differs; 1 where something is stale."""
    parser = argparse.ArgumentParser(description="Write the generated parts of the documentation.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 with a diff if a page is stale")
    check = parser.parse_args(arguments).check
    stale = False
    for path, wanted in pages().items():
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        if found == wanted:
            continue
        name = path.relative_to(ROOT).as_posix()
        if check:
            stale = True
            diff = difflib.unified_diff(found.splitlines(), wanted.splitlines(), name, f"{name} (fresh)", lineterm="")
            sys.stdout.write("\n".join(diff) + "\n")
        else:
            path.write_text(wanted, encoding="utf-8")
            sys.stdout.write(f"wrote {name}\n")
    if stale:
        sys.stdout.write("stale pages: run `make docs`\n")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())

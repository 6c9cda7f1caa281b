"""New periods put into the text of a rate-card file: lines are added, none is changed, moved or lost.

The file is read as YAML for its positions only; comments, order and layout stay as they are because they are never
written again. What is added is read back and compared before anybody sees it.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import yaml

from routecli.errors import DataError
from routecli.model.minutes import span_words
from routecli.model.price_lists import ListedWindow, NewPeriod
from routecli.model.rates import STANDARD, ModelCard, Rates
from routecli.money import per_million

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._();/+$%-]*[A-Za-z0-9._()%]|[A-Za-z0-9]")
_INDENT = "  "
# Positions of both parsers count characters; the C parser is four times as fast.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def with_periods(text: str, name: str, models: Mapping[str, ModelCard], new: Sequence[NewPeriod]) -> str:
    """The file's text with the periods in their places; DataError `not-patchable` where its layout leaves no place."""
    ending = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    if any(mark in plain for mark in "\r\x85\u2028\u2029"):
        raise _refused(name, 1, "it has line breaks of several kinds")
    for period in new:
        plain = _with(plain, name, models[period.model], period)
    return plain.replace("\n", ending)


def unified(old: str, new: str, name: str) -> str:
    """The difference as a patch for `git apply` and `patch -p1`; empty where there is none."""
    lines = [text.replace("\r\n", "\n").split("\n") for text in (old, new)]
    before, after = ([f"{line}\n" for line in part[:-1]] + ([part[-1]] if part[-1] else []) for part in lines)
    label = name.removeprefix("./").removeprefix("/")
    found = list(difflib.unified_diff(before, after, f"a/{label}", f"b/{label}"))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found)


def _with(text: str, name: str, model: ModelCard, period: NewPeriod) -> str:
    body = _child(_document(text), "models")
    entry = None if body is None else _child(body, model.id)
    if not isinstance(entry, yaml.MappingNode):
        raise _refused(name, 1, f"{model.id} is not written out in it")
    if period.mode == STANDARD:
        return _into_series(text, name, entry, _child(entry, "prices"), period)
    modes = _child(entry, "modes")
    mode = None if modes is None else _child(modes, period.mode)
    if mode is not None:
        return _into_series(text, name, mode, _child(mode, "prices"), period)
    lines = _lines(period, "")
    if modes is None:
        where, column = _end(text, entry), entry.start_mark.column
        added = ["modes:", f"{_INDENT}{period.mode}:", f"{_INDENT * 2}prices:", *(f"{_INDENT * 3}{x}" for x in lines)]
        _refuse_flow(entry, name, f"{model.id} is written in one line")
    else:
        where, column = _end(text, modes), modes.start_mark.column
        added = [f"{period.mode}:", f"{_INDENT}prices:", *(f"{_INDENT * 2}{line}" for line in lines)]
        _refuse_flow(modes, name, f"the modes of {model.id} are written in one line")
    return _inserted(text, where, [f"{' ' * column}{line}" for line in added])


def _into_series(text: str, name: str, around: yaml.Node, series: yaml.Node | None, period: NewPeriod) -> str:
    if not isinstance(series, yaml.SequenceNode) or series.start_mark.index < around.start_mark.index:
        raise _refused(name, around.start_mark.line + 1, f"the prices of {period.model} are not written out here")
    before = [item for item in series.value if _starts_before(item, period.start)]
    if series.flow_style:
        return _into_flow(text, name, series, before, period)
    last = before[-1] if before else None
    if last is None or last.start_mark.index < series.start_mark.index:
        raise _refused(name, series.start_mark.line + 1, f"the prices of {period.model} are not written out here")
    # The dash of an item stands where its sequence starts; what follows it is as far in as in the item before.
    column = series.start_mark.column
    inner = max(last.start_mark.column - column - 2, 0)
    return _inserted(text, _end(text, last), [f"{' ' * column}{line}" for line in _lines(period, " " * inner)])


def _into_flow(text: str, name: str, series: yaml.SequenceNode, before: Sequence[yaml.Node], period: NewPeriod) -> str:
    if not before:
        raise _refused(name, series.start_mark.line + 1, f"the prices of {period.model} are not written out here")
    at = _offset(text, before[-1].end_mark)
    return f"{text[:at]}, {{{', '.join(_flow(period))}}}{text[at:]}"


def _starts_before(item: yaml.Node, start: datetime) -> bool:
    given = _child(item, "from")
    value = str(getattr(given, "value", "")) if given is not None else ""
    if value in ("", "null", "~", "Null", "NULL"):
        return True
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=start.tzinfo)) < start


def _document(text: str) -> yaml.Node:
    node = yaml.compose(text, Loader=_LOADER)
    assert node is not None, "an empty file is no card"
    return node


def _child(node: yaml.Node, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _end(text: str, node: yaml.Node) -> int:
    """The number of lines up to and with the last one of a node's own content."""
    last = max(_ends(text, node))
    lines = text.split("\n")
    while last > 0 and not lines[last - 1].strip():
        last -= 1
    return last


def _ends(text: str, node: yaml.Node) -> list[int]:
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        mark = node.end_mark
        return [mark.line if mark.column == 0 else mark.line + 1]
    children = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
    own = [child for child in children if child.start_mark.index >= node.start_mark.index]
    return [line for child in own for line in _ends(text, child)] or [node.start_mark.line + 1]


def _offset(text: str, mark: yaml.Mark) -> int:
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: mark.line]) + mark.column


def _inserted(text: str, where: int, added: Sequence[str]) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[:where], *added, *lines[where:]])


def _lines(period: NewPeriod, inner: str) -> list[str]:
    """A period as block lines; the first begins with the dash, the others are indented to match."""
    pad = f"  {inner}"
    said = [f"from: {_instant(period.start)}", f"base: {{{_rates(period.rates)}}}"]
    if period.tiers:
        said += ["over:", *(f"{_INDENT}- {{input_gt: {one.threshold}, {_rates(one.rates)}}}" for one in period.tiers)]
    if period.windows:
        said += ["windows:", *(f"{_INDENT}- {{{line}}}" for one in period.windows for line in _window(one))]
    said += [f"{key}: {_scalar(value)}" for key, value in _words(period)]
    return [f"- {inner}{said[0]}", *(f"{pad}{line}" for line in said[1:])]


def _flow(period: NewPeriod) -> list[str]:
    said = [f"from: {_instant(period.start)}", f"base: {{{_rates(period.rates)}}}"]
    if period.tiers:
        over = ", ".join(f"{{input_gt: {one.threshold}, {_rates(one.rates)}}}" for one in period.tiers)
        said.append(f"over: [{over}]")
    if period.windows:
        said.append(f"windows: [{', '.join(f'{{{line}}}' for one in period.windows for line in _window(one))}]")
    return [*said, *(f"{key}: {_scalar(value)}" for key, value in _words(period))]


def _window(window: ListedWindow) -> list[str]:
    """The window, once for each group of days that have the same hours."""
    lines = []
    for group in span_words(window.minutes).split("; "):
        days, _, spans = group.partition(" ")
        hours = ", ".join(f'"{span}"' for span in spans.split(","))
        except_dates = f"except_dates: {_scalar(window.except_dates)}, " if window.except_dates else ""
        name = f"name: {_scalar(window.name)}, days: [{days.replace(',', ', ')}], utc: [{hours}]"
        lines.append(f"{name}, {except_dates}base: {{{_rates(window.rates)}}}")
    return lines


def _words(period: NewPeriod) -> list[tuple[str, str]]:
    said = [("status", "scheduled")] if period.scheduled else []
    said += [("source", period.imported), ("imported", period.imported)]
    return [*said, ("note", period.note)] if period.note else said


def _rates(rates: Rates) -> str:
    kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    listed = {kind: getattr(rates, kind) for kind in kinds}
    return ", ".join(f"{kind}: {_number(rate)}" for kind, rate in listed.items() if rate is not None)


def _number(rate: int) -> str:
    text = f"{per_million(rate):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _instant(start: datetime) -> str:
    midnight = start.hour == start.minute == start.second == 0
    return f"{start:%Y-%m-%d}" if midnight else f"{start:%Y-%m-%dT%H:%M:%SZ}"


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _refuse_flow(node: yaml.Node, name: str, why: str) -> None:
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        raise _refused(name, node.start_mark.line + 1, why)


def _refused(name: str, line: int, why: str) -> DataError:
    return DataError(
        "not-patchable", "a new price cannot be put in here", where=f"{name}:{line}", why=why, fix="write it in by hand"
    )

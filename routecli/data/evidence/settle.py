"""From answers as files tell them to one answer per query, repeat and model: nothing twice, nothing contradictory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routecli.data.evidence.frames import KEYS, MEASURES, OF_QUERY, Read
from routecli.data.evidence.values import safe_id
from routecli.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

SAME = ("query", "repeat", "model", "passed", "score", "reason", *MEASURES)
"""Answers that agree in all of this are one answer, written twice."""
TASK = "label:task"


@dataclass(frozen=True, slots=True)
class Settled:
    """The answers that are kept, how many each file lost as duplicates, and what a user must know."""

    frame: "pd.DataFrame"
    duplicates: Mapping[int, int]
    notes: tuple[str, ...]


def settle(reads: Sequence[Read], *, repeats: bool) -> Settled:
    """Put the files' answers together.

    Exact copies are dropped. Several different answers of a model to one query are repeats where the file numbers them
    or `repeats` is set; else they are refused. Raises DataError `no-model`, `several-answers`, `same-id-other-query`.
    """
    import pandas as pd

    frames = [read.frame.assign(file=i, place=range(len(read.frame))) for i, read in enumerate(reads)]
    frame = pd.concat(frames, ignore_index=True)
    if frame["model"].isna().any():
        raise DataError(
            "no-model", f"{int(frame['model'].isna().sum())} answers name no model", fix="say which with --model NAME"
        )
    if frame["reason"].notna().all():
        raise DataError(
            "nothing-graded", "no answer carries a judgement", why=", ".join(sorted(frame["reason"].unique()))
        )
    frame, notes = _by_task(frame)
    frame["query"] = frame["query"].map(safe_id)
    _same_queries(frame)
    frame, duplicates = _without_copies(frame)
    frame = _numbered(frame, reads, repeats)
    notes += _mixed(frame)
    return Settled(frame, duplicates, tuple(notes))


def _by_task(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, list[str]]":
    """Ids of several Inspect tasks count from 1 in each of them, so the task is part of the id."""
    if TASK not in frame.columns or frame[TASK].nunique() < 2:
        return frame.drop(columns=[TASK], errors="ignore"), []
    frame["query"] = frame[TASK].fillna("") + "/" + frame["query"].astype(str)
    return frame, ["the logs are of several tasks: the task is part of a query's id"]


def _same_queries(frame: "pd.DataFrame") -> None:
    """One id, one text: other texts under it are another query, and pairing them would be wrong."""
    known = frame.dropna(subset=["text_hash"])
    texts = known.groupby("query")["text_hash"].nunique()
    mixed = texts[texts > 1]
    if len(mixed):
        raise DataError(
            "same-id-other-query",
            f"{len(mixed)} query ids stand for several texts, the first is '{mixed.index[0]}'",
            fix="name the columns that together tell queries apart, with --id A,B",
        )


def _without_copies(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, dict[int, int]]":
    columns = list(SAME)
    copies = frame[columns].astype("string").fillna("").duplicated()
    return frame[~copies].reset_index(drop=True), frame[copies].groupby("file").size().to_dict()


def _numbered(frame: "pd.DataFrame", reads: Sequence[Read], repeats: bool) -> "pd.DataFrame":
    """Every answer with its repeat (from 0, or as the file counts them)."""
    judged = frame[frame["reason"].isna()]
    keys = ["query", "repeat", "model"]
    several = judged[judged.duplicated(keys, keep=False)]
    if len(several) and not repeats:
        first = several.iloc[0]
        same = several[(several["query"] == first["query"]) & (several["model"] == first["model"])]
        count = len(several.groupby(keys, dropna=False))
        raise DataError(
            "several-answers",
            f"{count} times a model has several different answers to one query, first {first['model']} "
            f"to '{first['query']}'",
            fix=_telling_apart(same, reads),
        )
    if len(several):
        frame["repeat"] = frame.groupby(["query", "model"]).cumcount()
    frame["repeat"] = frame["repeat"].fillna(0).astype("int64")
    return frame


def _telling_apart(same: "pd.DataFrame", reads: Sequence[Read]) -> str:
    """The columns of the raw table in which these answers differ, as what to type."""
    options = "--repeats takes them as repeats of the query"
    if same["file"].nunique() > 1:
        return f"they are in several files: import them as sets of their own; {options}"
    read = reads[int(same["file"].iloc[0])]
    if read.raw is None:
        return f"choose some with --where; {options}"
    rows = read.raw.iloc[[read.rows_of[int(place)] for place in same["place"]]]
    differing = [str(name) for name in rows.columns if rows[name].astype("string").nunique(dropna=False) > 1]
    words = [name for name in differing if not _measure(rows[name])]
    if not words:
        return options
    return f"they differ in {', '.join(words)}: make it part of --id, or choose some with --where; {options}"


def _measure(column: "pd.Series[Any]") -> bool:
    name = str(column.name).lower()
    return any(word in name for word in ("token", "cost", "latency", "passed", "score", "duration", "correct"))


def _mixed(frame: "pd.DataFrame") -> list[str]:
    """Queries that have several types or sessions: the first is taken."""
    said = []
    for column in OF_QUERY[:2]:
        values = frame.dropna(subset=[column]).groupby(["query", "repeat"])[column].nunique()
        mixed = int((values > 1).sum())
        if mixed:
            said.append(f"{mixed} queries have several values of {column}: the first one counts")
    return said


__all__ = ["KEYS", "Settled", "settle"]

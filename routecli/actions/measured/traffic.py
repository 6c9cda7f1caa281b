"""An evaluation set as the traffic itself: every query is a request of the model that policies are compared with."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from routecli.actions.measured.models import on_card
from routecli.errors import DataError, UsageError
from routecli.maths.latency_buckets import bucket_of
from routecli.maths.pricing import Pricer
from routecli.maths.projection import DAYS_PER_MONTH
from routecli.model.evidence import UNKNOWN, Evidence
from routecli.model.rates import RateCard
from routecli.model.workload import Cell, Cuts, Key, LatencyCount, Span, Workload
from routecli.money import to_pico

if TYPE_CHECKING:
    from routecli.maths.evidence.walk import Mask
    from routecli.model.evidence import Integers

SOURCE = "evaluation set"


def graded_by(evidence: Evidence, models: Iterable[str]) -> "Mask":
    """The queries that every one of the models has a graded answer to. Raises DataError where there is none."""
    import numpy as np

    rows = np.ones(evidence.n, np.bool_)
    names = list(dict.fromkeys(models))
    for model in names:
        rows &= ~np.isnan(evidence.models[model].score)
    if not rows.any():
        raise DataError(
            "no-common-queries",
            f"no query of '{evidence.name}' has graded answers of all of {', '.join(names)}",
            fix="only answers to the same queries can be compared: grade the same queries on each model",
        )
    return rows


def as_workload(evidence: Evidence, base: str, rows: "Mask", cuts: Cuts) -> Workload:
    """The rows as requests of the base model; the latencies are those of all models on them."""
    tokens = evidence.models[base]
    cells = []
    for kind, mask in _types(evidence, rows).items():
        for band, here in _bands(tokens.input_tokens, mask, cuts.edges).items():
            inputs = tokens.input_tokens[here]
            known = bool((inputs >= 0).all() and (tokens.output_tokens[here] >= 0).all())
            cells.append(
                Cell(
                    Key(base, query_type=kind, band=band),
                    int(here.sum()),
                    sum(inputs.tolist()) if known else 0,
                    sum(tokens.output_tokens[here].tolist()) if known else 0,
                    input_min=int(inputs.min()) if known else None,
                    input_max=int(inputs.max()) if known else None,
                )
            )
    note = f"the queries of the set '{evidence.name}' are taken as a month's requests (say otherwise with --days)"
    return Workload(
        SOURCE, tuple(cells), cuts, Span(days=DAYS_PER_MONTH), latency_counts(evidence, rows), notes=(note,)
    )


def _types(evidence: Evidence, rows: "Mask") -> "dict[str | None, Mask]":
    kinds = evidence.query_type
    if kinds is None:
        return {None: rows}
    named = {kind: rows & (kinds.codes == code) for code, kind in enumerate(kinds.names)}
    found: dict[str | None, Mask] = {kind: mask for kind, mask in named.items() if mask.any()}
    rest = rows & (kinds.codes == UNKNOWN)
    return found | ({None: rest} if rest.any() else {})


def _bands(inputs: "Integers", rows: "Mask", edges: Sequence[int]) -> "dict[int | None, Mask]":
    import numpy as np

    starts = np.array([0, *edges], np.int64)
    place = np.searchsorted(starts, inputs, side="right") - 1
    found: dict[int | None, Mask] = {}
    for index in np.unique(place[rows]).tolist():
        # Without a token count no length is known.
        found[None if index < 0 else int(starts[index])] = rows & (place == index)
    return found


def latency_counts(evidence: Evidence, rows: "Mask", models: Iterable[str] | None = None) -> tuple[LatencyCount, ...]:
    """The rows' latencies as the counts that logs are summed up in."""
    import numpy as np

    counts: dict[tuple[str, str | None, int], list[int]] = {}
    for model in evidence.models if models is None else models:
        latency = evidence.models[model].latency_ms
        for kind, mask in _types(evidence, rows).items():
            for ms in latency[mask & ~np.isnan(latency)].tolist():
                entry = counts.setdefault((model, kind, bucket_of(ms)), [0, 0])
                entry[0] += 1
                entry[1] += round(ms * 1000)
    return tuple(LatencyCount(*key, *entry) for key, entry in counts.items())


def query_costs(
    evidence: Evidence, models: Iterable[str], card: RateCard, at: datetime | None, rows: "Mask"
) -> "Mapping[str, Integers]":
    """What each query costs on each model, in pico-USD: its tokens at the card's price, else what was logged.

    Raises DataError `no-cost` for a model whose queries have neither.
    """
    pricer = Pricer(card, Cuts(), at, assumed=True)
    return {model: _costs(evidence, model, card, pricer, rows) for model in dict.fromkeys(models)}


def _costs(evidence: Evidence, model: str, card: RateCard, pricer: Pricer, rows: "Mask") -> "Integers":
    import numpy as np

    answers = evidence.models[model]
    priced = on_card(card, model) and bool(
        (answers.input_tokens[rows] >= 0).all() and (answers.output_tokens[rows] >= 0).all()
    )
    if not priced:
        return logged_costs(evidence, model, rows)
    costs = np.full(evidence.n, UNKNOWN, np.int64)
    key = Key(model)
    for row in np.flatnonzero(rows).tolist():
        tokens = int(answers.input_tokens[row])
        one = Cell(key, 1, tokens, int(answers.output_tokens[row]), input_min=tokens, input_max=tokens)
        costs[row] = to_pico(pricer.cost(one, model))
    return costs


def logged_costs(evidence: Evidence, model: str, rows: "Mask") -> "Integers":
    """The logged costs of a model; DataError `no-cost` where none of these rows has one."""
    costs = evidence.models[model].cost_pico_usd
    if not (costs[rows] >= 0).any():
        raise DataError(
            "no-cost",
            f"what {model} costs is not known",
            where=f"evaluation set '{evidence.name}'",
            why="it has no logged costs there, and the rate card or the token counts are missing",
            fix="import the set with cost_usd, or pass a card that has the model with --rates",
        )
    return costs


def base_model(evidence: Evidence, end: str | None) -> str:
    """The model that the set's queries are requests of. Raises UsageError `no-baseline` where nobody says."""
    if end is None:
        raise UsageError("no-baseline", "an evaluation set needs a model it runs on today", fix="add --baseline MODEL")
    if end not in evidence.models:
        raise UsageError(
            "no-evidence",
            f"the evaluation set '{evidence.name}' has no answers of {end}",
            fix=f"one of {', '.join(evidence.models)}",
        )
    return end

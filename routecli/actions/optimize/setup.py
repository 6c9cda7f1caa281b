"""What `optimize` works on: the set's models and costs as a board, weighted like the traffic where there is some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.actions.optimize.wanted import CostBasis, Wanted
from routecli.actions.question import DEFAULT_DB, Loaded, Question, card_for, load, price_instant
from routecli.data.evidence.load import load_evidence
from routecli.errors import DataError, RoutecliError, UsageError, did_you_mean
from routecli.maths.evaluation import routable
from routecli.maths.evidence.bootstrap import mix_weights
from routecli.maths.evidence.priced import card_cost
from routecli.maths.evidence.search.board import Board, board, covered, usable
from routecli.maths.pricing import Pricer
from routecli.model.evidence import UNKNOWN, Evidence
from routecli.model.names import resolve
from routecli.model.rates import RateCard
from routecli.model.workload import Cuts

if TYPE_CHECKING:
    from routecli.model.evidence import Integers

FROM_SET = "evidence:"
"""`--workload evidence:NAME`: the set itself is the traffic."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Requests a month by query type, and the requests the mix was counted on."""

    monthly: Fraction
    counts: Mapping[str | None, int]
    loaded: Loaded


@dataclass(frozen=True, slots=True)
class Setup:
    """The board and what stands behind it. `basis` None: no cost is known; all costs on the board are then 1.

    `left_out` are models that are not on it, with the reason; `pooled` the traffic's query types that the set has no
    answers of; `rows` the places in the set of the board's queries.
    """

    question: Question
    card: RateCard
    evidence: Evidence
    board: Board
    basis: CostBasis | None
    baseline: int | None
    vendors: Mapping[str, str | None]
    mix: Mix | None
    pooled: tuple[str | None, ...]
    left_out: Mapping[str, str]
    warnings: tuple[str, ...]
    rows: "Integers"


def setup(question: Question, wanted: Wanted) -> Setup:
    """Load everything. Raises UsageError for models and vendors that are not there, DataError for an empty board."""
    card = card_for(question)
    evidence = load_evidence(question.db or DEFAULT_DB, wanted.evidence)
    models, left_out = _models(evidence, wanted, card)
    vendors = {model: vendor_of(model, card) for model in models}
    models, more = _of_vendors(models, vendors, wanted)
    left_out |= more
    basis, costs = _costs(evidence, models, wanted, question, card)
    made = board(evidence, models, costs, wanted.judging)
    if len(models) < 2:
        raise DataError(
            "too-few-models",
            f"{len(models)} model is left to choose from: {', '.join(models)}",
            why="; ".join(f"{model}: {why}" for model, why in left_out.items()),
            fix="choose others with --models, or evaluate more models on the same queries",
        )
    if made.n < 10:
        raise DataError(
            "too-few-queries",
            f"{made.n} queries have a graded answer and a cost of all of {', '.join(models)}",
            fix="compare fewer models with --models, or evaluate them on the same queries",
        )
    mix = _mix(question, wanted, card)
    made, pooled, kept = weighed(made, mix)
    rows = usable(evidence, models, costs)[kept]
    warnings = [f"{model} is left out: {why}" for model, why in left_out.items() if "asked" not in why]
    dropped = evidence.n - made.n
    if dropped:
        warnings.append(
            f"left out of {evidence.n:,} queries: {dropped:,}, to which not every model has a graded, priced answer"
        )
    baseline = None if wanted.baseline is None else models.index(_named(wanted.baseline, models, card, "--baseline"))
    return Setup(question, card, evidence, made, basis, baseline, vendors, mix, pooled, left_out, tuple(warnings), rows)


def _models(evidence: Evidence, wanted: Wanted, card: RateCard) -> tuple[tuple[str, ...], dict[str, str]]:
    every = tuple(evidence.models)
    if wanted.models is not None:
        chosen = tuple(_named(name, every, card, "--models") for name in wanted.models.split(","))
        return tuple(dict.fromkeys(chosen)), {one: "not asked for" for one in every if one not in chosen}
    kept = covered(evidence)
    return kept, {one: "it answered too few of the queries" for one in every if one not in kept}


def _named(text: str, models: Sequence[str], card: RateCard, option: str) -> str:
    """A model of the set by its own name, or by any name the card knows it by."""
    name = text.strip()
    if name in models:
        return name
    try:
        found = resolve(card, name, typed=True).id
    except RoutecliError:
        found = ""
    if found in models:
        return found
    fix = did_you_mean(name, models) or f"it has {', '.join(models)}"
    raise UsageError("not-in-evidence", f"{option}: the evidence has no answers of {name} to go by", fix=fix)


def vendor_of(model: str, card: RateCard) -> str | None:
    """The vendor of record: the card's, else what stands before the slash."""
    if model in card.models:
        return card.models[model].provider
    return model.partition("/")[0] if "/" in model else None


def _of_vendors(
    models: tuple[str, ...], vendors: Mapping[str, str | None], wanted: Wanted
) -> tuple[tuple[str, ...], dict[str, str]]:
    if wanted.vendors is None:
        return models, {}
    allowed = {name.strip().casefold() for name in wanted.vendors.split(",")}
    kept = tuple(one for one in models if (vendors[one] or "").casefold() in allowed)
    if not kept:
        known = sorted({vendor for vendor in vendors.values() if vendor})
        raise UsageError(
            "no-such-vendor",
            f"--vendors {wanted.vendors}: no model of the set is from there",
            fix=f"its vendors are {', '.join(known) or 'not known'}",
        )
    return kept, {one: f"its vendor is {vendors[one] or 'not known'}" for one in models if one not in kept}


def _costs(
    evidence: Evidence, models: Sequence[str], wanted: Wanted, question: Question, card: RateCard
) -> tuple[CostBasis | None, "dict[str, Integers]"]:
    """By the card where it knows all models and all tokens, else as logged; or as asked for."""
    import numpy as np

    given = {_named(name, models, card, "--cost-per-query"): usd for name, usd in wanted.given_costs.items()}
    if given:
        missing = [model for model in models if model not in given]
        if missing:
            raise UsageError(
                "cost-per-query", f"--cost-per-query is missing for {', '.join(missing)}", fix="give it for every model"
            )
        return "given", {model: np.full(evidence.n, round(usd), dtype=np.int64) for model, usd in given.items()}
    logged = {model: evidence.models[model].cost_pico_usd for model in models}
    priceable = all(model in card.models and _counted(evidence, model) for model in models)
    if wanted.cost == "card" or (wanted.cost is None and priceable):
        unknown = [model for model in models if model not in card.models]
        if unknown:
            raise UsageError(
                "not-on-card", f"--cost card: the rate card has no {', '.join(unknown)}", fix="use --cost logged"
            )
        at = price_instant(question, own_time=False)
        pricer = Pricer(card, Cuts(), at)
        return "card", {model: card_cost(evidence.models[model], card.models[model], pricer, at) for model in models}
    if all((costs != UNKNOWN).any() for costs in logged.values()):
        return "logged", logged
    if wanted.cost == "logged":
        lacking = [model for model, costs in logged.items() if not (costs != UNKNOWN).any()]
        raise DataError("no-cost", f"--cost logged: no cost is logged for {', '.join(lacking)}")
    return None, {model: np.ones(evidence.n, dtype=np.int64) for model in models}


def _counted(evidence: Evidence, model: str) -> bool:
    import numpy as np

    answers = evidence.models[model]
    graded = ~np.isnan(answers.score)
    known = (answers.input_tokens != UNKNOWN) & (answers.output_tokens != UNKNOWN)
    return bool(graded.any() and known[graded].all())


def _mix(question: Question, wanted: Wanted, card: RateCard) -> Mix | None:
    """The traffic's requests by query type; None where there is none but the set itself."""
    if question.workload is not None and str(question.workload).startswith(FROM_SET):
        name = str(question.workload).removeprefix(FROM_SET)
        if name != wanted.evidence:
            raise UsageError(
                "two-evidence-sets", f"--workload {question.workload} and --evidence {wanted.evidence} are two sets"
            )
        return None
    try:
        # The set is read from the store in any case; a workload file stands in for its requests only.
        traffic = question if question.workload is None else replace(question, db=None)
        loaded = load(traffic, card, needs_prices=False, select=True)
    except DataError as error:
        if error.id == "no-requests" and question.workload is None:
            return None
        raise
    counts: dict[str | None, int] = {}
    for cell in loaded.cells:
        if routable(cell):
            counts[cell.key.query_type] = counts.get(cell.key.query_type, 0) + (cell.n or 0) - cell.unmetered
    total = sum(counts.values())
    return Mix(total * loaded.factor, counts, loaded) if total else None


def weighed(made: Board, mix: Mix | None) -> "tuple[Board, tuple[str | None, ...], Integers]":
    """The board weighted by the traffic's query types, the types it has no queries of, and its rows that are kept.

    All queries alike stand for those types; without any, queries of types that the traffic has not got are left out.
    """
    import numpy as np

    everything = np.arange(made.n)
    if mix is None:
        return made, (), everything
    total = sum(mix.counts.values())
    present = {made.type_names[code] for code in np.unique(made.types)}
    shares = np.array([mix.counts.get(name, 0) / total if name in present else 0.0 for name in made.type_names])
    pooled = tuple(name for name, count in mix.counts.items() if name not in present and count)
    rest = sum(mix.counts[name] for name in pooled) / total
    weights = mix_weights(made.types, shares, rest) * made.n
    kept = np.flatnonzero(weights > 0)
    return replace(made.take(kept), weights=weights[kept], mixed=True), pooled, kept

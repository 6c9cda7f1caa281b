"""`evidence import` and `evidence show`."""

from collections.abc import Sequence
from pathlib import Path

from routecli.actions.own_card import own_card
from routecli.actions.resolution import id_in
from routecli.data.evidence.facts import SetFacts, set_facts
from routecli.data.evidence.load import load_evidence
from routecli.data.evidence.read import import_evidence, worst_error
from routecli.data.evidence.sets import all_sets
from routecli.errors import UsageError
from routecli.maths.evidence.pairs import Pair, pair
from routecli.maths.evidence.rates import (
    DROPS,
    graded,
    measures,
    queries_for_drop,
    queries_for_drop_apart,
    rate,
)
from routecli.model.evidence import UNKNOWN, Evidence
from routecli.model.evidence_import import ImportedFile, ImportOptions, SetSummary
from routecli.money import PICO_PER_USD
from routecli.report.documents import Report
from routecli.report.documents.evidence import (
    EvidenceDocument,
    EvidenceFile,
    EvidenceImportDocument,
    EvidenceModel,
    EvidencePair,
    EvidenceSetsDocument,
    ModelName,
    Needed,
    SetLine,
    TypeLine,
)

FEW = 100
"""Queries under which a pass rate is known to no better than about ten points."""


def import_set(
    db: Path, paths: Sequence[str], name: str, options: ImportOptions, *, replace_set: bool, rates: Path | None
) -> Report:
    """Store the answers of the files as a set; files that could not be taken are on the report, nothing is stored."""
    if not name.strip() or name == "logs" or any(sign in name for sign in ":,="):
        raise UsageError("bad-set-name", f"--as takes a name without ':', ',' and '=', and not logs, not '{name}'")
    card = own_card(rates)

    def id_of(logged: str) -> str:
        return id_in(card, logged, None)[0]

    done = import_evidence(db, paths, name, options, replace_set=replace_set, id_of=id_of)
    summary = done.summary
    names = summary.resolved.items() if summary is not None else ()
    warnings = [note for file in done.files for note in file.notes]
    if summary is not None:
        warnings = list(dict.fromkeys([*warnings, *summary.notes]))
    document = EvidenceImportDocument(
        db=str(db),
        files=[_file(one) for one in done.files],
        set=None if summary is None else _set(summary),
        unchanged=done.unchanged,
        models=[ModelName(logged, model, model in card.models) for logged, model in names],
        warnings=warnings,
    )
    worst = worst_error(done.files)
    return Report("evidence-import", document, worst.exit_code if worst else 0, worst)


def _file(one: ImportedFile) -> EvidenceFile:
    error = None if one.error is None else one.error.line()
    return EvidenceFile(
        one.path, one.format, one.rows, one.left_out, one.answers, one.duplicates, dict(one.excluded), error
    )


def _set(one: SetSummary) -> SetLine:
    return SetLine(
        one.name,
        one.queries,
        one.answers,
        dict(sorted(one.excluded.items())),
        list(one.models),
        list(one.sources),
        list(one.notes),
    )


def list_sets(db: Path) -> Report:
    """The sets of a store."""
    return Report("evidence-sets", EvidenceSetsDocument(str(db), [_set(one) for one in all_sets(db)]))


def show(db: Path, name: str) -> Report:
    """What a set says of its models, alone and in pairs."""
    facts, evidence = set_facts(db, name), load_evidence(db, name)
    document = EvidenceDocument(
        db=str(db),
        set=_set(facts.summary),
        models=[_model(evidence, model) for model in evidence.models],
        pairs=[
            _pair(cheap, strong, pair(evidence.models[cheap].score, evidence.models[strong].score))
            for cheap in evidence.models
            for strong in evidence.models
            if cheap != strong
        ],
        query_types=_types(evidence),
        features=list(evidence.features),
        sessions=None if evidence.session is None else len(evidence.session.names),
        warnings=_warnings(facts, evidence),
    )
    return Report("evidence", document)


def _model(evidence: Evidence, model: str) -> EvidenceModel:
    import numpy as np

    answers = evidence.models[model]
    found, took = rate(*graded(answers.score)), measures(answers)
    known = () if found.value is None else DROPS
    return EvidenceModel(
        model=model,
        n=found.n,
        passed=found.hits,
        pass_rate=found.value,
        low=found.low,
        high=found.high,
        input_tokens=took.input_tokens,
        output_tokens=took.output_tokens,
        cost_usd=None if took.cost_pico_usd is None else took.cost_pico_usd / PICO_PER_USD,
        cost_usd_per_1000=None if took.cost_pico_usd is None else 1000 * took.cost_pico_usd / PICO_PER_USD,
        cost_n=took.priced,
        latency_mean_ms=took.latency_mean,
        latency_p50_ms=took.latency_p50,
        latency_p95_ms=took.latency_p95,
        gate_scores=int((~np.isnan(answers.gate_score)).sum()),
        needed=[Needed(100 * drop, queries_for_drop_apart(drop, found.value or 0.0)) for drop in known],
        basis="measured",
    )


def _pair(cheap: str, strong: str, found: Pair) -> EvidencePair:
    discordant = found.discordant
    known = () if discordant is None else DROPS
    return EvidencePair(
        cheap=cheap,
        strong=strong,
        n=found.n,
        both=found.both,
        strong_only=found.strong_only,
        cheap_only=found.cheap_only,
        neither=found.neither,
        cheap_pass_rate=found.cheap.value,
        strong_pass_rate=found.strong.value,
        p_strong_given_cheap_wrong=found.rescued.value,
        p_strong_low=found.rescued.low,
        p_strong_high=found.rescued.high,
        oracle=found.oracle.value,
        oracle_low=found.oracle.low,
        oracle_high=found.oracle.high,
        oracle_if_independent=found.independent_oracle,
        correlation=found.correlation,
        needed=[Needed(100 * drop, queries_for_drop(drop, discordant or 0.0)) for drop in known],
    )


def _types(evidence: Evidence) -> list[TypeLine]:
    kinds = evidence.query_type
    if kinds is None:
        return []
    lines = []
    for code, name in [*enumerate(kinds.names), (UNKNOWN, None)]:
        chosen = kinds.codes == code
        for model, answers in evidence.models.items():
            found = rate(*graded(answers.score[chosen]))
            if found.n:
                lines.append(TypeLine(name, model, found.n, found.hits, found.value, found.low, found.high))
    return lines


def _warnings(facts: SetFacts, evidence: Evidence) -> list[str]:
    said = list(facts.summary.notes)
    queries = facts.summary.queries
    if facts.marked:
        said.append(
            f"{facts.marked:,} of {queries:,} queries are marked as contaminated (seen in training): "
            "leave them out with --where when importing"
        )
    ids, texts = facts.same_text
    if texts:
        said.append(f"{texts:,} texts stand under {ids:,} different ids: each counts as a query of its own")
    said += [f"{count:,} of the queries are also in the set '{other}'" for other, count in facts.overlaps.items()]
    said += [
        f"{model}: of {repeated:,} repeated queries {flips:,} passed at one time and failed at another"
        for model, (repeated, flips) in facts.flips.items()
        if flips
    ]
    said += [
        f"{model} has graded answers to {graded(answers.score)[1]:,} of {queries:,} queries: "
        "pairs rest on what both have"
        for model, answers in evidence.models.items()
        if graded(answers.score)[1] < queries
    ]
    if queries < FEW:
        said.append(f"only {queries} queries: look at the intervals, not at the rates")
    return said

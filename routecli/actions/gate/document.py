"""A gate's judgement as the document of its report."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.actions.facts import money, rates_input
from routecli.actions.gate.measured import change_words, cheapest, pct
from routecli.actions.gate.run import Gate, Judged
from routecli.actions.gate.steps import NameBill
from routecli.actions.question import DEFAULT_DB
from routecli.maths.budgets import Verdict
from routecli.maths.waterfall import Effect, rounded
from routecli.model.budget import Finding, Waiver
from routecli.model.rates import RateCard
from routecli.money import to_usd
from routecli.report.documents.common import Basis, RatesInput, WorkloadInput
from routecli.report.documents.gate import (
    BudgetLine,
    CardChangeLine,
    EffectLine,
    GateBill,
    GateCoverage,
    GateDocument,
    GateInputs,
    ModelChange,
    PolicyChange,
    SelfTestDocument,
    TrialLine,
    WaiverLine,
)

if TYPE_CHECKING:
    from routecli.actions.gate.plans import Plan
    from routecli.actions.gate.selftest import Trial

EXIT: dict[Verdict, int] = {"pass": 0, "warn": 0, "fail": 1, "cannot tell": 3}


def document(gate: Gate, judged: Judged, budgets: str, warnings: Sequence[str], *, exit_zero: bool) -> GateDocument:
    """The document of `routecli gate`."""
    facts = judged.facts
    base, head = facts.bill
    basis: Basis = "assumed" if gate.workload.assumed else "modelled"
    code = EXIT[judged.verdict]
    return GateDocument(
        inputs=_inputs(gate, budgets),
        verdict=judged.verdict,
        exit_code=0 if exit_zero and code == 1 else code,
        reasons=_reasons(judged),
        coverage=_coverage(gate, judged),
        base=GateBill(*money(base)),
        head=GateBill(*money(head)),
        change_usd=to_usd(round(head) - round(base)),
        change_pico_usd=str(round(head) - round(base)),
        change_pct=_number(pct(base, head)),
        basis=basis,
        effects=_effects(judged.effects, base),
        models=[_model(one) for one in facts.bills],
        policies=[_policy(one) for one in facts.plans],
        cheapest_base=cheapest(facts, head=False),
        cheapest_head=cheapest(facts, head=True),
        changes=_changes(judged),
        budgets=[_budget(one) for one in judged.findings],
        waivers=_waivers(gate, judged),
        warnings=[*warnings, *judged.warnings],
        assumptions=_assumptions(judged),
    )


def self_test_document(gate: Gate, found: "Sequence[Trial]", budgets: str) -> SelfTestDocument:
    """The document of `routecli gate --self-test`."""
    passed = all(one.tripped for one in found)
    lines = [
        TrialLine(
            one.budget.id,
            "error" if one.budget.error else "warn",
            one.tripped,
            one.shown,
            one.found,
            *place(one.budget.origin),
        )
        for one in found
    ]
    return SelfTestDocument(_inputs(gate, budgets), "pass" if passed else "fail", 0 if passed else 1, lines)


def _inputs(gate: Gate, budgets: str) -> GateInputs:
    question = gate.question
    if question.workload is not None:
        source = WorkloadInput("workload file", str(question.workload), where=list(gate.workload.provenance.where))
    else:
        source = WorkloadInput("store", str(question.db or DEFAULT_DB), question.since, question.until)
    names = [*gate.policies.cascades, *gate.policies.classifiers]
    files = [str(path) for path in (*gate.policies.statics, *gate.policies.files)]
    return GateInputs(_rates(gate, gate.base), _rates(gate, gate.head), source, [*names, *files], budgets)


def _rates(gate: Gate, card: RateCard) -> RatesInput:
    return rates_input(card, f"{gate.at:%Y-%m-%d}")


def _coverage(gate: Gate, judged: Judged) -> GateCoverage:
    shared, span = judged.facts.traffic, gate.workload.span
    return GateCoverage(
        requests=sum(cell.n or 0 for cell in gate.workload.cells),
        compared=sum(cell.n or 0 for cell in shared.workload.cells),
        new=list(shared.new),
        missing=list(shared.missing),
        first=None if span.first is None else span.first.isoformat(),
        last=None if span.last is None else span.last.isoformat(),
        days=None if span.days is None else float(span.days),
        age_days=judged.facts.age_days,
    )


def _effects(found: Iterable[Effect], base: Fraction) -> list[EffectLine]:
    return [EffectLine(name, to_usd(amount), str(amount)) for name, amount in rounded(found, base)]


def _model(one: NameBill) -> ModelChange:
    change = one.head - one.base
    return ModelChange(
        one.name,
        one.base_id,
        one.head_id,
        one.requests,
        to_usd(one.base),
        to_usd(one.head),
        to_usd(change),
        _number(pct(one.base, one.head)),
    )


def _policy(one: "Plan") -> PolicyChange:
    line = one.line
    return PolicyChange(
        name=one.name,
        kind=line.kind,
        base_usd=None if one.base is None else to_usd(one.base.bill),
        base_saving_usd=None if one.base is None else to_usd(one.base.saving),
        head_usd=line.monthly_usd,
        saving_usd=line.saving_usd,
        saving_pct=line.saving_pct,
        margin_points=_number(one.margin[0]),
        break_even_success=line.break_even.success,
        latency_p95_ms=None if line.latency_ms is None else line.latency_ms.p95,
        silent_failures=line.quality.silent_failures,
        effects=[] if one.base is None else _effects(one.effects, one.base.bill),
        verdict=line.verdict,
    )


def _budget(one: Finding) -> BudgetLine:
    file, line = place(one.origin)
    scale = to_usd if one.unit == "usd" else float
    return BudgetLine(
        id=one.id,
        subject=one.subject,
        level=one.level,
        status=one.status,
        actual=None if one.actual is None else scale(one.actual),
        limit=scale(one.limit),
        unit=one.unit,
        basis=one.basis,  # type: ignore[arg-type]
        detail=one.detail,
        file=file,
        line=line,
        waived_because=None if one.waiver is None else one.waiver.reason,
        waived_until=None if one.waiver is None else one.waiver.until.isoformat(),
    )


def _changes(judged: Judged) -> list[CardChangeLine]:
    """What differs between the cards, what is in use first."""
    used = set(judged.facts.used) | {id for one in judged.facts.bills for id in (one.base_id, one.head_id, one.name)}
    lines = []
    for one in judged.facts.changes:
        touched = one.model in used or one.subject in used or not one.model
        lines.append(
            CardChangeLine(
                one.kind,
                one.model or f"all of {one.provider}",
                change_words(one),
                touched,
                *place(one.head_origin or one.base_origin),
            )
        )
    return sorted(lines, key=lambda line: not line.used)


def place(origin: str) -> tuple[str | None, int | None]:
    """`file:line` apart; (None, None) where there is none."""
    file, colon, line = origin.rpartition(":")
    if not (colon and line.isdigit()):
        return origin or None, None
    # A card of a git revision is written `main:pricing/openai.yaml`; the file is what annotations are put on.
    return file.rpartition(":")[2], int(line)


def _waivers(gate: Gate, judged: Judged) -> list[WaiverLine]:
    states = {id(one): "expired" for one in judged.expired} | {id(one): "unused" for one in judged.unused}
    return [_waiver(one, states.get(id(one), "used")) for one in gate.waivers]


def _waiver(one: Waiver, status: str) -> WaiverLine:
    return WaiverLine(one.budget, one.subject, one.reason, one.until.isoformat(), status, *place(one.origin))


def _reasons(judged: Judged) -> list[str]:
    said = [f"{one.id}: {one.subject}" for one in judged.findings if one.status in ("fail", "unknown")]
    said += [f"expired waiver of {one.budget} ({one.until.isoformat()})" for one in judged.expired]
    if judged.facts.traffic.missing:
        names = ", ".join(dict.fromkeys(one.model for one in judged.facts.traffic.missing))
        said.append(f"no price on head for {names}")
    return said


def _assumptions(judged: Judged) -> list[str]:
    gaps: dict[str, None] = {}
    if judged.played is not None:
        gaps |= dict.fromkeys(judged.played.loaded.setting.pricer.gaps)
    moved = [one.name for one in judged.facts.bills if one.moved]
    if moved and judged.facts.plans:
        gaps[f"under policies, requests logged as {', '.join(moved)} keep the tokens that were counted"] = None
    return [*judged.facts.traffic.workload.notes, *gaps]


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)

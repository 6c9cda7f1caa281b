"""How `optimize` reads: the answer, what to do first, the policies side by side, then how it is known."""

from collections.abc import Mapping
from typing import Any

from routecli.report.format import count, inert, milliseconds, money, number, percent, percent_of_share
from routecli.report.view import Column, Table, View
from routecli.report.views.common import plural

POLICIES = (
    Column("name", "policy"),
    Column("usd_per_1000", "per 1,000 queries", "usd"),
    Column("monthly_usd", "monthly bill", "usd", 5),
    Column("saving", "saving (95 %)"),
    Column("quality", "quality", "share", 1),
    Column("drop", "quality drop, pt (95 %)"),
    Column("over_mix", "over its mix, pt", priority=2),
    Column("captured_pct", "captured", "pct", 4),
    Column("latency_p50", "p50", "ms", 7),
    Column("latency_p95", "p95", "ms", 3),
    Column("promised", "promised", priority=6),
    Column("verdict", "verdict", "word"),
    Column("kind", "kind", priority=9, data=True),
    Column("saving_pct", "saving %", "pct", data=True),
    Column("saving_low", "saving low %", "pct", data=True),
    Column("saving_high", "saving high %", "pct", data=True),
    Column("drop_pt", "drop pt", "number", data=True),
    Column("drop_low", "drop low pt", "number", data=True),
    Column("drop_high", "drop high pt", "number", data=True),
    Column("policy", "what it does", data=True),
)
RULES = (Column("rule", "the chosen policy"),)
CURVES = (
    Column("ranking", "ranking"),
    Column("kind", "kind", priority=5),
    Column("apgr_calls", "APGR", "number"),
    Column("random", "at random (95 %)"),
    Column("apgr_cost", "APGR on cost", "number", 3),
    Column("cpt_50", "CPT(50 %)", "share", 1),
    Column("cpt_80", "CPT(80 %)", "share", 1),
    Column("cpt_50_cost", "on cost", "share", 6),
    Column("aiq", "AIQ", "number", 4),
    Column("area", "area", "number", 7),
    Column("points", "thresholds", "int", 2),
)
FRONTIER = (
    Column("policy", "policy"),
    Column("usd_per_1000", "per 1,000 queries", "usd"),
    Column("saving_pct", "saving", "pct"),
    Column("quality", "quality", "share"),
    Column("drop_pt", "quality drop, pt", "number", 1),
    Column("fitted_saving_pct", "saving promised", "pct", 3),
    Column("fitted_drop_pt", "drop promised, pt", "number", 2),
)
CLASSIFIER = (
    Column("cheap", "cheap model"),
    Column("accuracy", "accuracy (95 %)"),
    Column("always", "always the same", "share"),
    Column("recall", "recall (95 %)"),
    Column("false_positive", "false positives (95 %)"),
    Column("auc", "AUC", "number", 2),
    Column("saving_pct", "saving, quality kept", "pct", 1),
    Column("quality", "quality", "share", 3),
    Column("break_even_requests", "requests a month to beat the cascade", "int", 4),
    Column("word", "verdict"),
)


def view(document: Mapping[str, Any]) -> View:
    """Headline, advice, policies, the chosen rules, curves."""
    tables = [Table("policies", POLICIES, [_policy(one) for one in document["policies"]])]
    chosen = document["chosen"]
    if chosen is not None:
        rules = [{"rule": inert(line)} for line in chosen["lines"]]
        tables.append(Table("rules", RULES, rules, f"Chosen: {chosen['name']}"))
    if document["curves"]:
        title = f"Rankings between {document['curves'][0]['cheap']} and {document['curves'][0]['strong']}"
        tables.append(Table("curves", CURVES, [_curve(one) for one in document["curves"]], inert(title)))
    if document["frontier"] is not None:
        tables.append(
            Table(
                "frontier", FRONTIER, [_corner(one) for one in document["frontier"]], "Cost against quality, as judged"
            )
        )
    if document["classifier"] is not None:
        tables.append(
            Table(
                "classifier", CLASSIFIER, [_classifier(one) for one in document["classifier"]], "Before any model runs"
            )
        )
    return View(_headline(document), tables, _notes(document))


def _headline(document: Mapping[str, Any]) -> list[str]:
    evidence, method, verdict = document["evidence"], document["method"], document["verdict"]
    of = f"{count(evidence['used'])} of {plural(evidence['queries'], 'query')}".replace("querys", "queries")
    lines = [f"evidence {inert(evidence['name'])}: {len(evidence['models'])} models on {of}, {_method(method)}"]
    chosen = next((one for one in document["policies"] if one["chosen"]), None)
    if chosen is not None:
        base = next(one for one in document["policies"] if one["name"] == "best single model")
        costs = f"{money(base['usd_per_1000'])} -> {money(chosen['usd_per_1000'])} per 1,000 queries"
        against = inert(document["objective"]["baseline"])
        drop = f"quality drop {_drop(chosen)} pt against {against}"
        lines.append(f"{inert(chosen['name'])}: {costs}, {_saving(chosen)} saved, {drop}")
    lines.append(f"{verdict['word']}: {'; '.join(inert(reason) for reason in verdict['reasons'])}")
    return lines


def _method(method: Mapping[str, Any]) -> str:
    if method["judged_on"] == "halves":
        return f"fitted on {count(method['fitted_queries'])}, judged on the other {count(method['judged_queries'])}"
    if method["judged_on"] == "folds":
        return f"cross-fitted in {method['folds']} parts"
    return "nothing fitted"


def _policy(one: Mapping[str, Any]) -> dict[str, Any]:
    latency, control, fitted = one["latency_ms"] or {}, one["control"], one["fitted"]
    return {
        **one,
        "name": f"{one['name']} *" if one["chosen"] else one["name"],
        "saving": None if one["saving_pct"] is None else _saving(one),
        "drop": _drop(one),
        "over_mix": None if control is None or not one["models"] or len(one["calls"]) < 2 else _over(control),
        "latency_p50": latency.get("p50"),
        "latency_p95": latency.get("p95"),
        "promised": None if fitted is None else f"{percent(fitted['saving_pct'])}, {_pt(fitted['drop_pt'])} pt",
        "verdict": one["verdict"] and one["verdict"]["word"],
    }


def _saving(one: Mapping[str, Any]) -> str:
    if one["saving_low"] is None:
        return percent(one["saving_pct"])
    low, high = (number(round(one[name], 1)) for name in ("saving_low", "saving_high"))
    return f"{percent(one['saving_pct'])} ({low} to {high})"


def _drop(one: Mapping[str, Any]) -> str:
    if one["drop_low"] is None:
        return _pt(one["drop_pt"])
    return f"{_pt(one['drop_pt'])} ({_pt(one['drop_low'])} to {_pt(one['drop_high'])})"


def _over(control: Mapping[str, Any]) -> str:
    sign = "+" if control["difference_pt"] > 0 else ""
    return f"{sign}{_pt(control['difference_pt'])}, {control['word']}"


def _pt(value: float) -> str:
    return number(round(value, 2) + 0.0)


def _curve(one: Mapping[str, Any]) -> dict[str, Any]:
    band = None if one["random_low"] is None else f"{one['random_low']:.3f} to {one['random_high']:.3f}"
    rounded = {
        name: None if one[name] is None else round(one[name], 4) for name in ("apgr_calls", "apgr_cost", "aiq", "area")
    }
    return {**one, **rounded, "random": band}


def _corner(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, **{name: round(one[name], 2) + 0.0 for name in ("drop_pt", "fitted_drop_pt")}}


def _classifier(one: Mapping[str, Any]) -> dict[str, Any]:
    def between(name: str) -> str:
        if one[f"{name}_low"] is None:
            return percent_of_share(one[name])
        low, high = (percent_of_share(one[f"{name}_{end}"]) for end in ("low", "high"))
        return f"{percent_of_share(one[name])} ({low} to {high})"

    words = {name: between(name) for name in ("accuracy", "recall", "false_positive")}
    return {**one, **words, "auc": round(one["auc"], 3)}


def _notes(document: Mapping[str, Any]) -> list[str]:
    said = [inert(text) for text in document["advice"]]
    chosen, objective, traffic = document["chosen"], document["objective"], document["traffic"]
    if document["no_better"]:
        said.append(f"nothing cheaper that keeps the quality was found among: {', '.join(document['no_better'])}")
    if chosen is not None and chosen["needed_queries"]:
        needed = count(chosen["needed_queries"])
        said.append(f"about {needed} graded queries would settle the quality drop, if it is as it looks")
    if chosen is not None and chosen["file"]:
        said.append(f"the chosen policy is in {inert(chosen['file'])}")
    limits = [f"at most {number(objective['max_quality_drop_pt'])} pt of quality lost"]
    if objective["p95_ms"] is not None:
        limits.append(f"p95 up to {milliseconds(objective['p95_ms'])}")
    if objective["vendors"]:
        limits.append(f"only models of {inert(', '.join(objective['vendors']))}")
    if objective["max_models"]:
        limits.append(f"at most {plural(objective['max_models'], 'model')}")
    how = "as asked" if objective["baseline_chosen"] else "the best single model"
    said.append(f"sought: lowest cost, {', '.join(limits)}; baseline {inert(objective['baseline'])}, {how}")
    if traffic["monthly_requests"] is not None:
        said.append(
            f"weighted like {count(traffic['monthly_requests'])} requests a month in {inert(str(traffic['path']))}"
        )
    curves = [f"{inert(one['ranking'])}: {one['saturation']}" for one in document["curves"] if one["saturation"]]
    said += [f"warning: {inert(text)}" for text in dict.fromkeys([*document["warnings"], *curves])]
    said += [f"assumed: {inert(text)}" for text in document["assumptions"]]
    method = document["method"]
    said.append(f"intervals: 95 %, {count(method['resamples'])} resamples, seed {method['seed']}")
    return said

"""Document -> view, one function per document, from the JSON values alone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from routecli.report.documents import DOCUMENTS
from routecli.report.view import View

VIEWS: dict[str, str] = {
    "simulate": "routecli.report.views.simulate",
    "breakeven": "routecli.report.views.breakeven",
    "optimize": "routecli.report.views.optimize",
    "latency": "routecli.report.views.latency",
    "baseline": "routecli.report.views.baseline",
    "bill": "routecli.report.views.bill",
    "reconcile": "routecli.report.views.reconcile",
    "ingest": "routecli.report.views.ingest",
    "quarantine": "routecli.report.views.quarantine",
    "workload": "routecli.report.views.workload",
    "rates-list": "routecli.report.views.rates_list",
    "rates-show": "routecli.report.views.rates_show",
    "evidence": "routecli.report.views.evidence",
    "evidence-import": "routecli.report.views.evidence_import",
    "evidence-sets": "routecli.report.views.evidence_sets",
    "rates-check": "routecli.report.views.rates_check",
    "gate": "routecli.report.views.gate",
    "gate-self-test": "routecli.report.views.gate_self_test",
    "rates-refresh": "routecli.report.views.rates_refresh",
    "rates-diff": "routecli.report.views.rates_diff",
    "init": "routecli.report.views.init",
    "doctor": "routecli.report.views.doctor",
}
"""Document name -> module with a `view(document)` function."""

assert VIEWS.keys() == DOCUMENTS.keys()


def view_of(document: Mapping[str, Any]) -> View:
    """The view of a document, found by its `schema` key."""
    name = str(document["schema"]).removeprefix("routecli.").partition("/")[0]
    make: Callable[[Mapping[str, Any]], View] = import_module(VIEWS[name]).view
    return replace(make(document), name=name)

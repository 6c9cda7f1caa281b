"""The JSON contract: one frozen dataclass per document, of plain JSON types only.

`routecli schema COMMAND` prints the JSON Schema made from these records, so the two cannot part. Additive changes keep
the `/1` of a document's `schema`. Dollars are numbers; exact totals ride beside them as strings of pico-USD.
"""

from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from routecli import __version__

DOCUMENTS: dict[str, tuple[str, str]] = {
    "simulate": ("routecli.report.documents.simulate", "SimulateDocument"),
    "breakeven": ("routecli.report.documents.breakeven", "BreakevenDocument"),
    "optimize": ("routecli.report.documents.optimize", "OptimizeDocument"),
    "latency": ("routecli.report.documents.latency", "LatencyDocument"),
    "baseline": ("routecli.report.documents.baseline", "BaselineDocument"),
    "bill": ("routecli.report.documents.bill", "BillDocument"),
    "reconcile": ("routecli.report.documents.reconcile", "ReconcileDocument"),
    "ingest": ("routecli.report.documents.ingest", "IngestDocument"),
    "quarantine": ("routecli.report.documents.ingest", "QuarantineDocument"),
    "workload": ("routecli.report.documents.workload", "WorkloadDocument"),
    "rates-list": ("routecli.report.documents.rates_show", "RatesListDocument"),
    "rates-show": ("routecli.report.documents.rates_show", "RatesShowDocument"),
    "evidence": ("routecli.report.documents.evidence", "EvidenceDocument"),
    "evidence-import": ("routecli.report.documents.evidence", "EvidenceImportDocument"),
    "evidence-sets": ("routecli.report.documents.evidence", "EvidenceSetsDocument"),
    "rates-check": ("routecli.report.documents.rates_check", "RatesCheckDocument"),
    "gate": ("routecli.report.documents.gate", "GateDocument"),
    "gate-self-test": ("routecli.report.documents.gate", "SelfTestDocument"),
    "rates-refresh": ("routecli.report.documents.rates_refresh", "RatesRefreshDocument"),
    "rates-diff": ("routecli.report.documents.rates_diff", "RatesDiffDocument"),
    "init": ("routecli.report.documents.init", "InitDocument"),
    "doctor": ("routecli.report.documents.doctor", "DoctorDocument"),
}
"""Document name -> (module, class). A new report is one line here and one in `routecli.report.views`."""


def schema_id(name: str) -> str:
    """The value of a document's `schema` key."""
    return f"routecli.{name}/1"


@dataclass(frozen=True, slots=True)
class Report:
    """What an action returns: a document, the exit code it stands for, and the error behind that code, if any.

    `cautions` are warnings of the document that are worth a line on stderr too, where programs read stdout.
    """

    name: str
    document: Any
    exit_code: int = 0
    complaint: Exception | None = None
    cautions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document as plain JSON values: the contract every renderer reads."""
        return {"schema": schema_id(self.name), "routecli": __version__, **asdict(self.document)}


def document_class(name: str) -> type:
    """The record behind a document name."""
    module, attribute = DOCUMENTS[name]
    found: type = getattr(import_module(module), attribute)
    return found

"""`doctor`: can this installation do its work here? Looks, and changes nothing."""

import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from routecli import __version__
from routecli.actions.own_card import own_card
from routecli.actions.question import DEFAULT_DB
from routecli.errors import RoutecliError
from routecli.model.card_findings import STALE_DAYS
from routecli.report.documents import Report
from routecli.report.documents.doctor import Check, DoctorDocument

NEEDED = ("duckdb", "pyarrow", "pandas", "numpy", "pydantic", "pyyaml", "rich", "typer")


def doctor(db: Path | None, rates: Path | None, today: date) -> Report:
    """Check the interpreter, the packages, the rate card and the store.

    Exit 4 when the environment is at fault, 3 when only a rate card or a store holds what cannot be used.
    """
    checks = [Check("routecli", "pass", f"{__version__} on Python {sys.version.split()[0]}", ""), *_packages()]
    codes = [4 if check.status == "fail" else 0 for check in checks]
    for check, code in (_card(rates, today), _store(db)):
        checks.append(check)
        codes.append(code)
    failed = any(codes)
    warned = any(check.status == "warn" for check in checks)
    verdict = "fail" if failed else "warn" if warned else "pass"
    return Report("doctor", DoctorDocument(checks, verdict), max(codes))


def _packages() -> list[Check]:
    found, missing = [], []
    for name in NEEDED:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return [
            Check("packages", "fail", f"missing: {', '.join(missing)}", "reinstall: pip install --upgrade routecli")
        ]
    return [Check("packages", "pass", ", ".join(found), "")]


def _card(rates: Path | None, today: date) -> tuple[Check, int]:
    try:
        card = own_card(rates)
    except RoutecliError as error:
        return Check("rate card", "fail", error.line(), "correct the card, or leave out --rates"), error.exit_code
    verified = [
        period.verified
        for model in card.models.values()
        for periods in model.modes.values()
        for period in periods
        if period.verified is not None
    ]
    detail = f"{card.path}: {len(card.models)} models, sha256 {card.sha256[:12]}"
    if not verified:
        return Check("rate card", "warn", f"{detail}, no verified dates", "add `verified:` to its periods"), 0
    age = (today - max(verified)).days
    detail += f", last verified {max(verified).isoformat()}"
    if age > STALE_DAYS:
        return Check(
            "rate card", "warn", f"{detail}, {age} days ago", "update routecli, or pass a newer card with --rates"
        ), 0
    return Check("rate card", "pass", detail, ""), 0


def _store(db: Path | None) -> tuple[Check, int]:
    path = db or DEFAULT_DB
    if db is None and not path.exists():
        return Check("store", "pass", f"none at {path}: simulate and breakeven use an assumed workload", ""), 0
    from routecli.data.store import connect

    try:
        with connect(path, write=False) as con:
            row = con.execute(
                "SELECT count(*), count(DISTINCT coalesce(model_served, model_requested)), min(ts), max(ts) "
                "FROM requests"
            ).fetchall()[0]
            quarantined = con.execute("SELECT count(*) FROM quarantine").fetchall()[0][0]
    except RoutecliError as error:
        return Check("store", "fail", error.line(), error.fix), error.exit_code
    detail = (
        f"{path}: {row[0]:,} requests of {row[1]} models, {row[2]} to {row[3]}, {quarantined:,} lines in quarantine"
    )
    status = "warn" if quarantined else "pass"
    return Check("store", status, detail, "routecli quarantine show" if quarantined else ""), 0

"""From an observed window to a month: monthly = observed * 30.4375 / days. Assumed workloads are monthly already."""

from fractions import Fraction

from routecli.errors import DataError, UsageError
from routecli.model.workload import Workload

DAYS_PER_MONTH = Fraction(487, 16)
"""365.25 / 12 = 30.4375 days."""

SHORT_BASELINE_DAYS = 7
"""Under a week the weekday pattern is not in the data: the report warns."""


def monthly_factor(workload: Workload, days: Fraction | None) -> Fraction:
    """What observed sums are multiplied by. `days` overrides the span of the data.

    Raises DataError where the requests carry no absolute time and no days are given.
    """
    if days is not None and days <= 0:
        raise UsageError("bad-days", f"--days must be above 0, not {float(days):g}")
    if workload.assumed:
        if days is not None:
            raise UsageError("days-of-assumed", "an assumed workload is a month already", fix="leave out --days")
        return Fraction(1)
    covered = days if days is not None else workload.span.days
    if covered is None:
        raise DataError(
            "no-request-time",
            "the requests carry no absolute time, so the days they cover are unknown",
            fix="pass --days N",
        )
    return DAYS_PER_MONTH / covered

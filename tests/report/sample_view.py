"""One view with every kind, unknown values, hostile labels and long numbers, and the document it stands for."""

from routecli.report.view import Column, Table, View

COLUMNS = (
    Column("name", "policy"),
    Column("verdict", "verdict", "word"),
    Column("requests", "requests", "int", priority=1),
    Column("monthly_usd", "monthly", "usd"),
    Column("saving_usd", "saving", "usd_delta"),
    Column("saving_pct", "saved", "pct", priority=2),
    Column("reach", "reach", "share", priority=3),
    Column("p95_ms", "p95", "ms", priority=3),
    Column("ratio", "ratio", "factor", priority=4),
    Column("threshold", "threshold", "number", priority=5),
)

ROWS = (
    {
        "name": "haiku > sonnet",
        "verdict": "route",
        "requests": 1234567,
        "monthly_usd": 342.0,
        "saving_usd": 198.0,
        "saving_pct": 36.666,
        "reach": 0.3,
        "p95_ms": 1250,
        "ratio": 2.1,
        "threshold": 0.333333333,
    },
    {
        "name": "=cmd|' /C calc'!A0",
        "verdict": "do not route",
        "requests": 9007199254740993,
        "monthly_usd": 123456789012.345,
        "saving_usd": -3.2,
        "saving_pct": -0.04,
        "reach": 1,
        "p95_ms": 9.5,
        "ratio": 12345.6,
        "threshold": 12345678,
    },
    {
        "name": '[red]\x1b[31m`x`|<b>\n@team, "q"',
        "verdict": "not enough evidence",
        "requests": 0,
        "monthly_usd": 0.001234,
        "saving_usd": 0.0,
    },
    {"name": None},
)

VIEW = View(
    headline=("Routing saves $198.00 of $540.00 a month.", "1. Assumed success <0.7> for `faq`"),
    tables=(
        Table("policies", COLUMNS, ROWS, title="Policies"),
        Table("models", (Column("model", "model"), Column("n", "n", "int")), ()),
    ),
    notes=("a newer haiku is in the card: haiku-5.5", "# unpriced: \x1b[2J"),
)

DOCUMENT = {
    "schema": "routecli.simulate/1",
    "policies": [{"name": '日本 \u202e\x9b\ud800 "q"', "monthly_usd": 342.0, "saving_low": None, "exact": "342"}],
    "assumptions": [],
}

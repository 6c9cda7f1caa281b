"""Tables of PostgreSQL that grow: what a next run reads, and that no row is lost or taken twice."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routecli.data import store
from tests import servers
from tests.databases import ORIGIN, SPEND_LOGS, Base, after
from tests.inprocess import run


def test_a_nightly_run_adds_only_what_is_new_and_says_so(litellm: Base) -> None:
    litellm.log(*({"request_id": f"old {i}", "startTime": after(days=-i)} for i in range(10)))
    first = litellm.file()
    assert (first["rows_new"], first["since"], first["warnings"]) == (10, None, [])
    again = litellm.file()
    assert (again["rows_read"], again["rows_new"], again["rows_duplicate"]) == (2, 0, 2)
    assert again["since"] == "2026-11-19"
    litellm.log({"request_id": "new", "startTime": after(days=1)}, {"request_id": "newer", "startTime": after(days=2)})
    assert litellm.counts() == (2, 2, 0)
    assert litellm.counts() == (0, 2, 0)
    assert len(litellm.rows("request_id")) == 12
    table = run(litellm.folder, "ingest", litellm.url, "--table", "LiteLLM_SpendLogs")
    assert table.stdout.startswith("nothing new in routecli.duckdb")
    assert "read on from startTime 2026-11-21," in table.stdout


def test_late_rows_are_not_lost(litellm: Base) -> None:
    litellm.log({"request_id": "a"}, {"request_id": "older", "startTime": after(days=-5)})
    assert litellm.counts() == (2, 0, 0)
    litellm.log({"request_id": "same time"}, {"request_id": "hours late", "startTime": after(hours=-23)})
    assert litellm.counts() == (2, 1, 0)
    litellm.log({"request_id": "days late", "startTime": after(days=-5, hours=-3)})
    one = litellm.file()
    # The whole day is read again, with the row that was known.
    assert (one["rows_new"], one["rows_duplicate"]) == (1, 4)
    assert "1 rows of earlier days came late: those days were read again" in one["warnings"]
    assert litellm.counts() == (0, 3, 0)
    litellm.log({"request_id": "beyond what is counted", "startTime": after(days=-60)})
    assert litellm.counts() == (0, 3, 0)
    full = litellm.file("--full")
    assert (full["rows_new"], full["rows_duplicate"], full["since"]) == (1, 5, None)


def test_a_transaction_that_commits_late_is_not_lost(litellm: Base) -> None:
    from adbc_driver_postgresql import dbapi

    litellm.log({"request_id": "a"})
    assert litellm.counts() == (1, 0, 0)
    url = litellm.server.url(litellm.name, password=servers.PASSWORD)
    insert = 'INSERT INTO "LiteLLM_SpendLogs" (request_id, call_type, "startTime", "endTime", model) VALUES '
    with dbapi.connect(url) as open_, open_.cursor() as cursor:
        cursor.execute(f"{insert} ('open', 'c', '2026-11-20 13:00', '2026-11-20 13:00', 'm')")
        litellm.log({"request_id": "committed", "startTime": after(hours=2)})
        assert litellm.counts() == (1, 1, 0)
        open_.commit()
    assert litellm.counts() == (1, 2, 0)


def test_rows_that_were_removed_there_stay_here(litellm: Base) -> None:
    litellm.log({"request_id": "a", "startTime": after(days=-3)}, {"request_id": "b"})
    assert litellm.counts() == (2, 0, 0)
    litellm.run('DELETE FROM "LiteLLM_SpendLogs"')
    assert litellm.counts() == (0, 0, 0)
    litellm.log({"request_id": "c", "startTime": after(hours=5)})
    assert litellm.counts() == (1, 0, 0)
    assert len(litellm.rows("request_id")) == 3


def test_a_time_that_cannot_be_does_not_hide_what_comes_after_it(litellm: Base) -> None:
    litellm.log({"request_id": "a"}, {"request_id": "wrong", "startTime": datetime(2099, 1, 1)})
    assert litellm.counts() == (1, 0, 1)
    litellm.log({"request_id": "b", "startTime": after(hours=30)})
    assert litellm.counts() == (1, 1, 1)
    litellm.log({"request_id": "c", "startTime": after(hours=80)})
    # Yet the wrong row is in quarantine once, without a number but with its key.
    assert litellm.counts() == (1, 2, 1)
    shown = run(litellm.folder, "quarantine show --json").document
    assert [(line["line"], line["reason"]) for line in shown["lines"]] == [(None, "time-out-of-range")]
    assert "routecli_row=wrong" in shown["lines"][0]["excerpt"]


def test_rows_and_watermark_are_kept_together_or_not_at_all(litellm: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    litellm.log({"request_id": "a"})
    assert litellm.counts() == (1, 0, 0)
    litellm.log({"request_id": "b", "startTime": after(days=2)})
    with monkeypatch.context() as patch:
        patch.setattr(store, "remember", lambda *_: 1 / 0)
        assert run(litellm.folder, "ingest", litellm.url, "--table", "LiteLLM_SpendLogs").code == 70
    assert litellm.rows("request_id") == [("a",)]
    assert litellm.counts() == (1, 1, 0)


def test_a_table_made_anew_is_read_from_the_start(litellm: Base) -> None:
    litellm.log({"request_id": "a"})
    assert litellm.counts() == (1, 0, 0)
    litellm.run('DROP TABLE "LiteLLM_SpendLogs"')
    litellm.run(SPEND_LOGS)
    litellm.log({"request_id": "b", "startTime": after(days=-300)})
    assert litellm.counts() == (1, 0, 0)


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.lists(st.tuples(st.integers(-30 * 24, 48), st.booleans()), max_size=3), min_size=2, max_size=3))
def test_whatever_the_order_in_which_rows_come_every_one_is_stored_once(base: Base, nights: Any) -> None:
    """Rows up to 30 days late and twins at one time, in a table with ids and in one without."""
    base.run("DROP TABLE IF EXISTS ided;\nDROP TABLE IF EXISTS bare")
    base.run("CREATE TABLE ided (ts timestamptz, model text, request_id text)")
    base.run("CREATE TABLE bare (ts timestamptz, model text)")
    (base.folder / "routecli.duckdb").unlink(missing_ok=True)
    times = [ORIGIN]
    for night in [[(0, False)], *nights]:
        inserts = []
        for hours, twin in night:
            times += [after(hours=hours)] * (1 + twin)
            for i in range(1 + twin):
                inserts.append(f"INSERT INTO ided VALUES ('{times[-1]}Z', 'm', '{len(times) - i}')")
                inserts.append(f"INSERT INTO bare VALUES ('{times[-1]}Z', 'm')")
        base.run(";\n".join(inserts))
        for table in ("ided", "bare"):
            base.file(table=table)
        stored = base.rows("request_id IS NULL, ts", "1, 2")
        assert stored == [(bare, ts) for bare in (False, True) for ts in sorted(times[1:])]

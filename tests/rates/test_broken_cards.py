"""Every mistake in a card is named with its file, line and place; none is used in part."""

import pytest
from card_text import ACME, line_of, written

from routecli.data.cards import load_card
from routecli.errors import DataError, ProblemsError


def problems(path):
    with pytest.raises(ProblemsError) as caught:
        load_card(path)
    assert caught.value.id == "bad-card"
    assert isinstance(caught.value, DataError)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert caught.value.problems[0] in str(caught.value)
    return caught.value.problems


SINGLE = [
    ("cache_read: 0.3,", "cache_raed: 0.3,", "unknown key 'cache_raed': did you mean 'cache_read'?"),
    ("    family: small", "    famly: small", "unknown key 'famly': did you mean 'family'?"),
    ("provider: acme", "provider: acme\nmarkdown: {}", "unknown key 'markdown'"),
    ("input: 0.25,", "input: 0.1234567,", "a rate has at most 6 decimals, 0.1234567 has more"),
    ("input: 0.25,", "input: 0.1000000000000000000000000000001,", "a rate has at most 6 decimals"),
    ("input: 0.25,", "input: -0.25,", "a rate must be 0 or more, not -0.25"),
    ("input: 0.25,", "input: '0.25',", "must be a number, USD per 1M tokens, not '0.25'"),
    ("input: 0.25,", "input: true,", "must be a number, USD per 1M tokens, not true"),
    ("input: 0.25,", "input: .nan,", "must be a number, USD per 1M tokens, not '.nan'"),
    ("input: 0.25,", "input: null,", "must be a number, USD per 1M tokens, not null"),
    ("{input: 0.25, output: 1}", "{output: 1}", "'input' is missing"),
    ("from: 2026-03-13", "from: 2026-02-30", "must be a date like 2026-11-30, not '2026-02-30'"),
    ("from: 2026-03-13", "from: 13.3.2026", "must be a date or a UTC instant"),
    ("from: 2026-03-13", "from: 2026-03-13T25:00:00Z", "must be a real date and time"),
    ("from: 2026-03-13", "from: 2026-03-13T16:00:00", "has no time zone: end it with Z if it is UTC"),
    ("from: 2026-03-13", "from: null", "periods must be in order of time"),
    ("verified: 2026-11-01", "verified: 2026-11", "must be a date like 2026-11-30, not '2026-11'"),
    ("currency: USD", "currency: EUR", "must be 'USD', not 'EUR'"),
    ("per_tokens: 1000000", "per_tokens: 1000", "must be 1000000, not '1000'"),
    ("schema: routecli/rate-card/v1", "schema: routecli/rate-card/v2", "must be 'routecli/rate-card/v1'"),
    ("      batch:", "      btach:", "unknown mode 'btach': did you mean 'batch'?"),
    ("      batch:", "      standard:", "the standard prices stand under 'prices'"),
    ("input_gt: 200000,", "", "give either input_gt (more than) or input_gte (at least)"),
    ("input_gt: 200000,", "input_gt: 1, input_gte: 2,", "give either input_gt (more than) or input_gte (at least)"),
    ("input_gt: 200000,", "input_gt: 200000.5,", "should be a valid integer"),
    ("input: 6, cache_read: 0.6,", "input: 6,", "cache_read is missing: the base rates list it"),
    ("input: 6,", "input: 6, cache_write_5m: 7,", "cache_write_5m is listed here but not in the base rates"),
    ("from: null\n", "from: null\n        status: promo\n", "a promo needs 'until', the instant it ends"),
    ("from: null\n", "from: null\n        until: 2026-03-13\n", "only a promo and the last price have 'until'"),
    ("from: 2026-03-13\n", "from: 2026-03-13\n        until: 2026-03-13\n", "'until' must be after 'from'"),
    (
        "from: null\n",
        "from: null\n        status: promo\n        until: 2026-03-01\n",
        "the price after the promo is missing",
    ),
    ("from: null\n", "from: null\n        status: scheduled\n", "a scheduled price needs 'from'"),
    ("from: null\n", "from: null\n        status: maybe\n", "must be 'in force', 'scheduled', 'promo' or 'cancelled'"),
    ("aliases: [acme-large-20260101]", "aliases: [a, b, A]", "alias 'A' is taken by acme-large"),
    ("aliases: [acme-large-20260101]", "aliases: [ACME-Small]", "alias 'ACME-Small' is taken by acme-small"),
    ("aliases: [acme-large-20260101]", "aliases: [4.1]", "should be a valid string, not '4.1'"),
    ("aliases: [acme-large-20260101]", "deprecations: {other: 2026-12-11}", "'other' is neither the model nor one"),
    ("aliases: [acme-large-20260101]", "supersedes: [acme-large]", "a model cannot supersede itself"),
    ("    family: small", "    family: large\n    family: small", "'family' stands here twice"),
    ("  acme-small:", "  acme-large:", "'acme-large' stands here twice (first on line 7)"),
    ("  acme-small:", "  Acme-Large:", "model id 'Acme-Large' is taken by acme-large"),
    ("        prices:\n", "        when: {processing: flex}\n        prices:\n", "does not describe the mode batch"),
    ("models:\n", "modifiers: {us: {when: {regoin: us}, multiply: 2}}\nmodels:\n", "did you mean 'region'?"),
    ("models:\n", "modifiers: {us: {when: {}, multiply: 2}}\nmodels:\n", "at least one entry"),
    ("models:\n", "modifiers: {us: {when: {region: us}, multiply: 0}}\nmodels:\n", "must be a number above 0"),
    (
        "models:\n",
        "markup: {fee: {percent: -1, source: s, verified: 2026-11-01}}\nmodels:\n",
        "0 to under 100, not '-1'",
    ),
    ("models:\n", "markup: {fee: {percent: 1, source: s}}\nmodels:\n", "'verified' is missing"),
    (
        "models:\n",
        "markup:\n  a: &a {percent: 1, applies: true, source: s, verified: 2026-11-01}\n  b: *a\nmodels:\n",
        "'a' applies already: an account pays one mark-up",
    ),
    ("models:\n", "modifiers: {us: {when: {region: 7}, multiply: 2}}\nmodels:\n", "must be text or a list of texts"),
]


@pytest.mark.parametrize(("old", "new", "message"), SINGLE, ids=[one[2][:40] + "|" + one[1][:20] for one in SINGLE])
def test_one_mistake_is_one_line_with_its_place(tmp_path, old, new, message):
    path = written(tmp_path, (old, new))
    (problem,) = problems(path)
    assert message in problem
    assert problem.startswith(f"{path}:")
    number = int(problem.removeprefix(f"{path}:").split(":")[0])
    assert 1 <= number <= len(path.read_text().splitlines())


def test_the_line_is_that_of_the_mistake(tmp_path):
    path = written(tmp_path, ("cache_read: 0.6,", "cache_raed: 0.6,"))
    (problem,) = problems(path)
    where = f"{path}:{line_of(path, 'cache_raed')}: acme-large.prices[0].over[0].cache_raed"
    assert problem == f"{where}: unknown key 'cache_raed': did you mean 'cache_read'?"


def test_all_problems_of_all_files_are_reported_at_once(tmp_path):
    first = written(tmp_path, ("input: 0.25", "input: -1"), ("      batch:", "      bach:"), name="a.yaml")
    second = written(tmp_path, ("currency: USD", "currency: CNY"), ("acme-small:", "b-small:"), name="b.yaml")
    found = problems(tmp_path)
    assert [problem.split(": ")[0] for problem in found] == [
        f"{first}:{line_of(first, 'bach')}",
        f"{first}:{line_of(first, 'input: -1')}",
        f"{second}:3",
        f"{second}:7",
        f"{second}:9",
    ]
    with pytest.raises(ProblemsError) as caught:
        load_card(tmp_path)
    assert caught.value.what == f"5 problems in the rate card, the first: {found[0]}"


def test_a_name_is_taken_even_when_its_model_is_broken(tmp_path):
    path = written(tmp_path, ("input: 0.25", "input: -1"), ("family: small", "aliases: [acme-large-20260101]"))
    found = problems(path)
    assert len(found) == 2
    assert f":{line_of(path, 'input: -1')}: " in found[1]
    assert f"alias 'acme-large-20260101' is taken by acme-large at {path}:9" in found[0]


WINDOWS = """\
        windows:
          - {name: peak, days: [mon, tue], utc: ["01:00-04:00"], base: {input: 0.5, output: 2}}
          - {name: late, days: [tue], utc: ["03:59-05:00"], base: {input: 0.6, output: 2}}
"""
WINDOW_MISTAKES = [
    ("", "", "03:59-05:00 overlaps 01:00-04:00 of window 'peak' on tue"),
    ("03:59-05:00", "05:00-04:00", "must be a span like 01:00-04:00 within one UTC day, not '05:00-04:00'"),
    ("03:59-05:00", "22:00-25:00", "must be a span like 01:00-04:00 within one UTC day, not '22:00-25:00'"),
    ('"03:59-05:00"', "05:00-06:00, 05:30-07:00", "05:30-07:00 overlaps 05:00-06:00 of window 'late' on tue"),
    ("days: [tue]", "days: [monday]", "must be 'mon', 'tue', 'wed', 'thu', 'fri', 'sat' or 'sun'"),
    ("days: [tue]", "days: []", "a window needs at least one day"),
    ('["03:59-05:00"]', "[]", "a window needs at least one span of time"),
    (
        'utc: ["03:59-05:00"], base: {input: 0.6',
        'utc: ["04:00-05:00"], base: {cache_read: 0.1, input: 0.6',
        "cache_read is listed here but not in the base rates",
    ),
    (
        'utc: ["03:59-05:00"], base: {input: 0.6, output: 2}',
        'utc: ["04:00-05:00"], base: {input: 0.6, output: 2}, over: [{input_gt: 9, input: 1, output: 2}]',
        "at the same lengths as the period around it",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), WINDOW_MISTAKES, ids=[one[2][:40] for one in WINDOW_MISTAKES])
def test_windows_of_a_period_do_not_overlap(tmp_path, old, new, message):
    text = ACME.replace("{input: 0.25, output: 1}\n", "{input: 0.25, output: 1}\n" + WINDOWS.replace(old, new, 1))
    (problem,) = problems(written(tmp_path, text=text))
    assert message in problem


def test_windows_may_touch(tmp_path):
    text = ACME.replace(
        "{input: 0.25, output: 1}\n", "{input: 0.25, output: 1}\n" + WINDOWS.replace("03:59-05:00", "04:00-24:00")
    )
    (period,) = load_card(written(tmp_path, text=text)).models["acme-small"].modes["standard"]
    assert [window.spec for window in period.windows] == ["mon,tue 01:00-04:00", "tue 04:00-24:00"]


def test_lengths_under_over_ascend(tmp_path):
    tier = "          - {input_gt: 200000, input: 6, cache_read: 0.6, output: 22.5}\n"
    (problem,) = problems(written(tmp_path, (tier, tier + tier.replace("gt: 200000", "gte: 200001"))))
    assert "the lengths under 'over' must ascend" in problem


def test_a_series_of_cancelled_prices_has_no_price(tmp_path):
    (problem,) = problems(
        written(tmp_path, ("input: 0.25, output: 1}", "input: 0.25, output: 1}\n        status: cancelled"))
    )
    assert "every price is cancelled" in problem


def test_the_same_model_in_two_files_is_a_problem(tmp_path):
    written(tmp_path, name="a.yaml")
    path = written(tmp_path, ("acme-large:", "b-large:"), ("[acme-large-20260101]", "[b]"), name="b.yaml")
    (problem,) = problems(tmp_path)
    here = line_of(path, "acme-small:")
    assert (
        problem
        == f"{path}:{here}: acme-small: model id 'acme-small' is taken by acme-small at {tmp_path}/a.yaml:{here}"
    )


@pytest.mark.parametrize(
    ("aliases", "message"),
    [
        ("big: acme-lrage", "the card has no model 'acme-lrage': did you mean 'acme-large'?"),
        ("acme-large: acme-small", "'acme-large' is already a name of acme-large"),
        ("big: acme-large, BIG: acme-large", "'BIG' is pinned twice in different case"),
        ("big: 7", "should be a valid string, not '7'"),
        ("big: acme-large, big: acme-small", "'big' stands here twice"),
    ],
)
def test_a_pin_leads_to_a_model_and_hides_none(tmp_path, aliases, message):
    written(tmp_path)
    (tmp_path / "aliases.yaml").write_text(f"schema: routecli/aliases/v1\naliases:\n  {{{aliases}}}\n")
    (problem,) = problems(tmp_path)
    assert message in problem
    assert problem.startswith(f"{tmp_path}/aliases.yaml:3: aliases.")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("- 1\n- 2\n", "a rate card is a mapping of keys to values"),
        ("a: [", "not valid YAML"),
        (ACME[: ACME.index("models:")] + "models: {}\n", "'models' must hold at least one model"),
        (ACME[: ACME.index("models:")], "'models' must hold at least one model"),
        (ACME[: ACME.index("models:")] + "models: {x: 3}\n", "must be a mapping of keys to values, not '3'"),
        (ACME[: ACME.index("models:")] + "models: {x: {prices: []}}\n", "at least one price is needed"),
    ],
)
def test_a_file_that_is_no_card_says_so(tmp_path, text, message):
    (problem,) = problems(written(tmp_path, text=text))
    assert message in problem

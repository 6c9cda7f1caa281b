"""The iterations of one Anthropic call: the model calls that the server made for it, each with its own usage.

Those of the call's own model (`message`, `fallback_message`) are in the totals, added up or, in part, only the first of
them; a compaction of the context and an adviser's answers are not. One row each: the call's own row stands for the last
of its own, and for what its totals have beyond them, so that nothing is counted twice and nothing is lost.
"""

from routecli.data.logs.formats.record import Reading, Skip, computed
from routecli.data.logs.formats.sql import one_of, whole

READ, WRITE = "cache_read_input_tokens", "cache_creation_input_tokens"
SHORT, LONG = (f"cache_creation.ephemeral_{kept}_input_tokens" for kept in ("5m", "1h"))
COLUMNS = {
    "uncached_input_tokens": "input_tokens",
    "cache_read_tokens": READ,
    "cache_write_tokens": WRITE,
    "cache_write_5m_tokens": SHORT,
    "cache_write_1h_tokens": LONG,
    "output_tokens": "output_tokens",
}
"""The canonical columns and where their tokens stand in a usage."""
_OWN, _OTHERS = ("message", "fallback_message"), ("compaction", "advisor_message")


def _is(iteration: str, kinds: tuple[str, ...]) -> str:
    return one_of(f"coalesce({iteration}.type, 'message')", kinds)


def paths(usage: str) -> tuple[str, ...]:
    """What is read of the iterations of the usage at this path."""
    names = ("type", "model", *COLUMNS.values())
    return tuple(f"{usage}.iterations[].{name}" for name in names)


def several(usage: str) -> str:
    """Whether there is more than the call itself (SQL over the document)."""
    return f"len({usage}.iterations) > 1 OR {usage}.iterations[1].type <> 'message'"


def layers(usage: str) -> tuple[dict[str, str], ...]:
    """`turns`: those in the totals; `served`: the one that the call's own row is, at `served_at`; `split`: there are
    others."""
    own = _is("i", _OWN)
    return (
        {
            "turns": f"list_filter({usage}.iterations, lambda i: {own})",
            "served_at": f"list_max(list_transform({usage}.iterations, lambda i, n: CASE WHEN {own} THEN n END))",
        },
        {"served": "turns[-1]", "split": "coalesce(len(turns) > 1, false)"},
    )


SKIPS = (
    Skip(
        "counted-in-message",
        f"child IS NOT NULL AND part >= served_at AND {_is('child', _OWN)}",
        "an iteration that the row of its message stands for",
    ),
    Skip(
        "unknown-iteration",
        f"child IS NOT NULL AND NOT {_is('child', (*_OWN, *_OTHERS))}",
        "an iteration of a kind that is not known, which may be in its message's totals or not",
    ),
)


def amount(usage: str, name: str) -> str:
    """Tokens of the row (SQL)."""
    total = f"{usage}.{name}"
    listed = f"list_sum(list_transform(turns, lambda i: coalesce({whole(f'i.{name}')}, 0)))"
    served = f"coalesce({whole(f'served.{name}')}, CASE WHEN {total} IS NOT NULL THEN 0 END)"
    rest = f"({served} + greatest({whole(total)} - {listed}, 0))::VARCHAR"
    if name in (SHORT, LONG):
        # Where some iteration does not say it, the whole is not known either.
        rest = f"CASE WHEN list_bool_and(list_transform(turns, lambda i: i.{name} IS NOT NULL)) THEN {rest} END"
    return f"CASE WHEN child IS NOT NULL THEN child.{name} WHEN split THEN {rest} ELSE {total} END"


def amounts(usage: str) -> dict[str, tuple[Reading, ...]]:
    """The readings of all tokens of the row."""
    return {column: (computed(name, amount(usage, name)),) for column, name in COLUMNS.items()}


def itself(sql: str) -> str:
    """What only the call's own row has."""
    return f"CASE WHEN child IS NULL THEN {sql} END"


def model(named: str) -> str:
    """The row's model, `named` being the call's: that of an attempt before another model's is not always said."""
    fallback = "list_contains(list_transform(turns, lambda i: i.type), 'fallback_message')"
    unsaid = f"child.type = 'advisor_message' OR child.type <> 'compaction' AND {fallback}"
    return (
        f"CASE WHEN child IS NULL THEN coalesce(served.model, {named}) "
        f"WHEN {unsaid} THEN child.model ELSE coalesce(child.model, {named}) END"
    )


ROLE = "CASE child.type WHEN 'compaction' THEN 'system' WHEN 'advisor_message' THEN 'subagent' END"
"""NULL for iterations of the call itself."""
IDENTITY = "CASE WHEN part > 0 THEN '#' || part ELSE '' END"
"""What follows the id of the call in the row's."""


def below(usage: str) -> str:
    """Whether the call's totals have more than its iterations."""
    more = " OR ".join(
        f"{whole(f'{usage}.{name}')} > list_sum(list_transform(turns, lambda i: coalesce({whole(f'i.{name}')}, 0)))"
        for name in ("input_tokens", READ, WRITE, "output_tokens")
    )
    return f"child IS NULL AND split AND ({more})"

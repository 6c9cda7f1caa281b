"""A policy found by thresholds, with the rates it was measured to have: what other commands need to know of it.

A gate of two tiers gets its confusion matrix: quality Q of the cheap answers, bad ones accepted, good ones refused, and
how often an escalated answer is good. Three tiers get the share accepted at each. A router gets its recall and
false-positive rate. Escalated requests get their own length. Rates are rounded to a millionth.
"""

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from routecli.maths.evidence.search.board import Board
from routecli.maths.evidence.search.walk import goes_up, matches
from routecli.model.conditions import ANY_TYPE
from routecli.model.policy import Cascade, Classifier, Confusion, Judge, Policy, Rule, Shape, Static, Success

if TYPE_CHECKING:
    from routecli.maths.evidence.search.walk import Rows
    from routecli.model.evidence import Floats

MILLIONTH = 1_000_000


def filled(policy: Policy, board: Board) -> Policy:
    """The policy with the rates that the board's queries show, each route's on the queries that reach it.

    A route that no query reaches keeps what it has.
    """
    import numpy as np

    return _filled(policy, board, np.ones(board.n, dtype=bool))


def _filled(policy: Policy, board: Board, rows: "Rows") -> Policy:
    if isinstance(policy, Static):
        rules = []
        for rule in policy.rules:
            holds = rows.copy()
            for condition in rule.when:
                holds &= matches(condition, board)
            rules.append(Rule(rule.when, _filled(rule.route, board, holds)))
            rows = rows & ~holds
        return replace(policy, rules=tuple(rules), default=_filled(policy.default, board, rows))
    if not rows.any():
        return policy
    if isinstance(policy, Cascade):
        return _cascade(policy, board, rows)
    return _classifier(policy, board, rows) if isinstance(policy, Classifier) else policy


def _cascade(policy: Cascade, board: Board, rows: "Rows") -> Cascade:
    places = [board.models.index(name) for name in policy.tiers]
    reaching, rates, escalated = rows, [], rows
    accepted = []
    for place, threshold in zip(places, policy.thresholds, strict=False):
        accepts = board.gate_score[:, place] >= threshold
        rates.append(_share(accepts[reaching].astype(float), board.weights[reaching]))
        accepted.append(accepts)
        reaching = reaching & ~accepts
        escalated = reaching if len(accepted) == 1 else escalated
    judging = board.judging
    gate = Judge(each=judging.each, latency_ms=judging.latency_ms) if judging.each or judging.latency_ms else None
    known = replace(policy, gate=gate, shape=_shape(board, places[1], rows, escalated))
    if len(places) > 2:
        return replace(known, success=Success(tuple({ANY_TYPE: rate} for rate in rates), "measured"))
    good, strong = board.score[:, places[0]], board.score[:, places[1]]
    weights, passed = board.weights, accepted[0].astype(float)
    return replace(
        known,
        confusion=Confusion(
            quality=_share(good[rows], weights[rows]),
            false_accept=_share(passed[rows], (weights * (1 - good))[rows]),
            false_reject=_share(1 - passed[rows], (weights * good)[rows]),
            strong_quality=_share(strong[escalated], weights[escalated]),
        ),
    )


def _classifier(policy: Classifier, board: Board, rows: "Rows") -> Classifier:
    good = board.score[:, board.models.index(policy.cheap)]
    cheap = (~goes_up(policy, board)).astype(float)
    weights = board.weights
    return replace(
        policy,
        recall=_share(cheap[rows], (weights * good)[rows]),
        false_positive=_share(cheap[rows], (weights * (1 - good))[rows]),
        success=Success(({ANY_TYPE: _share(good[rows], weights[rows])},), "measured"),
    )


def _shape(board: Board, model: int, rows: "Rows", escalated: "Rows") -> Shape:
    """How long escalated requests are on the second model, against all that enter; rounded down, so that it can be."""
    if board.tokens is None or not escalated.any():
        return Shape()
    ratios = []
    for tokens in board.tokens:
        values = tokens[:, model].astype(float)
        some = float(board.weights[escalated] @ values[escalated]) / float(board.weights[escalated].sum())
        every = float(board.weights[rows] @ values[rows]) / float(board.weights[rows].sum())
        ratios.append(Fraction(int(some / every * MILLIONTH), MILLIONTH) if some and every else Fraction(1))
    return Shape(*ratios)


def _share(values: "Floats", weights: "Floats") -> Fraction:
    """A weighted mean to a millionth; 0 where nothing weighs anything (there is nothing to be wrong about)."""
    total = float(weights.sum())
    return Fraction(round(float(weights @ values) / total * MILLIONTH), MILLIONTH) if total > 0 else Fraction(0)

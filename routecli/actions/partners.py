"""Which cheaper models could stand in front of the one a workload runs on: one per family."""

from collections.abc import Sequence

from routecli.actions.policy_options import PolicyOptions
from routecli.actions.question import Loaded
from routecli.actions.routing import routing
from routecli.errors import DataError
from routecli.maths.evaluation import models_of, ran_cost
from routecli.model.names import newer_in_family
from routecli.model.policy import Cascade, NamedPolicy
from routecli.model.rates import ModelCard, RateCard
from routecli.model.success import success as success_rates


def partners(loaded: Loaded, runs_on: str, options: PolicyOptions) -> list[NamedPolicy]:
    """A two-tier cascade with every cheaper family's model in front of `runs_on`.

    One model per family, the first that is cheaper: the one a pinned short name stands for, then newest first.
    Models without a price for this traffic's mode are left out.
    """
    found = []
    success = None if options.success is None else success_rates(options.success, 1)
    for members in _families(loaded.card).values():
        first = _representative(loaded.card, members)
        others = [member for member in _newest_first(loaded.card, members) if member != first]
        for model in (first, *others):
            if model.id == runs_on:
                continue
            one = NamedPolicy(f"{model.id}:{runs_on}", Cascade((model.id, runs_on), success))
            if _cheaper(one, loaded, options):
                found.append(one)
                break
    return found


def _families(card: RateCard) -> dict[str, list[ModelCard]]:
    families: dict[str, list[ModelCard]] = {}
    for model in card.models.values():
        families.setdefault(f"{model.provider}/{model.family}", []).append(model)
    return families


def _representative(card: RateCard, members: Sequence[ModelCard]) -> ModelCard:
    ids = {member.id for member in members}
    for short in sorted(card.pins, key=lambda name: (len(name), name)):
        if card.pins[short] in ids:
            return card.models[card.pins[short]]
    return _newest_first(card, members)[0]


def _newest_first(card: RateCard, members: Sequence[ModelCard]) -> list[ModelCard]:
    return sorted(members, key=lambda model: (newer_in_family(card, model.id) is not None, model.id))


def _cheaper(one: NamedPolicy, loaded: Loaded, options: PolicyOptions) -> bool:
    routed = routing(one.policy, loaded.cells, loaded.workload, options, loaded.card, loaded.conditions).cells
    model = models_of(one.policy)[0]
    try:
        return loaded.setting.cost(routed, model) < sum(ran_cost(cell, loaded.setting) for cell in routed)
    except DataError:
        return False

"""The section `deployments` of `routecli.yaml`: what a team calls the models it deploys.

deployments:
  prod-chat: gpt-5-mini
  arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc: claude-sonnet-4-6
"""

from collections.abc import Iterator
from dataclasses import replace

from routecli.data.config import Config
from routecli.data.yaml_lines import Problem, shown
from routecli.errors import ProblemsError
from routecli.model.names import suggestion, taken
from routecli.model.rates import RateCard


def deployed(card: RateCard, config: Config, *, partly: bool = False, other: bool = False) -> RateCard:
    """The card with the user's names of its models, and for names of models that it lacks, where that is written.

    Raises ProblemsError `bad-config` for a name that stands for something already, or for nothing on the card. `other`:
    this is not the card that the section was written for, so names may stand for nothing until they are met; `partly`:
    they may stand for something, too.
    """
    ids = {id.casefold(): id for id in card.models}
    ids |= {alias.casefold(): model.id for model in card.models.values() for alias in model.aliases}
    found: dict[str, str] = {}
    lacking: dict[str, str] = {}
    problems: list[Problem] = []
    for name, target in config.section("deployments").items():
        problems += _problems(card, config, found, name, target)
        if not isinstance(target, str):
            continue
        if target.casefold() in ids:
            found[str(name)] = ids[target.casefold()]
            continue
        hint = f": {found_near}" if (found_near := suggestion(card, target)) else ""
        if other or partly:
            where = config.where("deployments", str(name))
            lacking[str(name)] = f"{where} maps it to {target}, which the card lacks{hint}"
        else:
            problems.append(config.problem(("deployments", str(name)), f"the card has no model {shown(target)}{hint}"))
    if problems and not partly:
        lines = [str(problem) for problem in problems]
        raise ProblemsError("bad-config", lines[0], lines)
    return replace(card, deployments=found, undeployed=lacking) if found or lacking else card


def _problems(card: RateCard, config: Config, found: dict[str, str], name: object, target: object) -> Iterator[Problem]:
    place = ("deployments", str(name))
    if not isinstance(target, str):
        yield config.problem(place, f"must be the id of a model, not {shown(target)}")
    if (meaning := taken(card, str(name))) is not None:
        yield config.problem(place, f"'{name}' is {meaning} already: a deployment needs a name of its own")
    if str(name).casefold() in {known.casefold() for known in found}:
        yield config.problem(place, f"'{name}' stands here twice, in different case")

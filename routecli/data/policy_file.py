"""Policy files: rules, cascades and classifiers written in YAML, nested as deep as a team needs.

schema: routecli/policy/v1
name: easy types to haiku
rules:
  - when: {query_type: [faq, order_status], input_tokens: "<=8000"}
    to: haiku
  - when: {user_tier: free}
    to: {cascade: haiku:sonnet, success: 0.8}
default: sonnet            # or `unchanged`: stay on the model it ran on
"""

from collections.abc import Sequence
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from routecli.data.policy_words import EMPTY, FOLLOWS, STAND_INS, TERMS, changed, in_keys, key_of, spec_of
from routecli.data.yaml_lines import Document, Place, Problem, read_bytes, read_yaml, validation_problems
from routecli.errors import DataError, ProblemsError, RoutecliError, UsageError
from routecli.model import parse, spec
from routecli.model.conditions import Condition
from routecli.model.names import resolve
from routecli.model.policy import UNCHANGED, NamedPolicy, Policy, Rule, Single, Static, Unchanged
from routecli.model.rates import RateCard
from routecli.model.spec import unused
from routecli.model.written import JudgeSpec, PolicySpec

SCHEMA = "routecli/policy/v1"
PLAIN = ("model", "rules")
SHAPES = ("model", "cascade", "classifier", "rules")

Name = Annotated[str, Field(min_length=1)]
Scalar = str | int | Decimal | bool | None
Number = Decimal | int | str
Share = Annotated[Decimal | str, Field(description="A share from 0 to 1.")]


class Entry(BaseModel):
    """A mapping in which every key must be known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_route(value: object) -> object:
    return {"model": value} if isinstance(value, str) else value


Route = Annotated["RouteEntry", BeforeValidator(_as_route)]
"""A route, or a model name (or `unchanged`) that stands for one."""


class JudgeEntry(Entry):
    """What judging one answer (a gate) or one request (a classifier) costs and takes, and from which score on it
    accepts the answer (`threshold`; a list: tier by tier), or which requests it sends where (`score`, `high`)."""

    model: Name | None = None
    input: Number | None = None
    output: Number | None = None
    usd: Number | None = None
    latency: Name | None = None
    threshold: Number | list[Number] | None = None
    score: Name | None = None
    high: Literal["cheap", "strong"] | None = None


class RouteEntry(Entry):
    """Exactly one of model, cascade, classifier or rules, with what it needs."""

    model: Name | None = None
    cascade: Name | None = None
    classifier: Name | None = None
    success: Share | list[Share] | dict[str, Share] | None = None
    accuracy: Share | None = None
    recall: Share | None = None
    false_positive: Share | None = None
    gate: JudgeEntry | None = None
    decider: JudgeEntry | None = None
    canary: Share | None = None
    canary_usd: Number | None = None
    escalated_input: Number | None = None
    escalated_output: Number | None = None
    timeouts: dict[str, Name] | None = None
    parallel: Share | None = None
    retry_rate: Share | None = None
    cheap_quality: Share | None = None
    false_accept: Share | None = None
    false_reject: Share | None = None
    strong_quality: Share | None = None
    rules: "list[RuleEntry] | None" = None
    default: Route | None = None


class RuleEntry(Entry):
    """All tests of `when` hold -> `to`, a model name, `unchanged` or a route."""

    when: dict[str, Scalar | list[Scalar]] = Field(min_length=1)
    to: Route


class PolicyFile(RouteEntry):
    """A whole file."""

    schema_: Literal["routecli/policy/v1"] = Field(alias="schema")
    name: Name | None = None
    description: str | None = None


def policy_json_schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, for editors."""
    schema = PolicyFile.model_json_schema()
    route = {"$ref": "#/$defs/RouteEntry"}
    named = {"anyOf": [route, {"type": "string", "minLength": 1}]}
    for entry in (schema, schema["$defs"]["RouteEntry"]):
        entry["properties"]["default"] = {**named, "title": "Default"}
    schema["$defs"]["RuleEntry"]["properties"]["to"] = {**named, "title": "To"}
    return schema


def read_policy(path: Path, card: RateCard, *, rules_only: bool) -> NamedPolicy:
    """Read a policy file; with `rules_only` it must hold static rules.

    Raises EnvironmentFault for a missing file and ProblemsError (`bad-policy`) naming every problem with its line.
    """
    document = read_yaml(read_bytes(path), str(path))
    reader = _Reader(document, card)
    problems = list(document.problems)
    policy: Policy | None = None
    name = path.stem
    if isinstance(document.data, dict) and not problems:
        entry, found = _entry(document)
        problems += found
        if entry is not None:
            name = entry.name or name
            policy = reader.route(entry, ())
            if rules_only and entry.rules is None:
                reader.say((), "--static needs `rules`; use --policy for other policies")
    elif not problems:
        problems.append(document.problem((), "a policy is a mapping of keys to values"))
    problems += reader.problems
    if problems or policy is None:
        lines = [str(problem) for problem in problems]
        count = f"{len(lines)} problems in the policy, the first: " if len(lines) > 1 else ""
        raise ProblemsError("bad-policy", f"{count}{lines[0]}", lines)
    return NamedPolicy(name, policy)


def _entry(document: Document) -> tuple[PolicyFile | None, list[Problem]]:
    """The file as entries, and what is wrong with its form.

    Unknown keys are dropped after they are reported, so that one mistyped key does not hide what the words say.
    """
    try:
        return PolicyFile.model_validate(document.data), []
    except ValidationError as error:
        problems = list(validation_problems(error, document, policy_json_schema()))
        rest = deepcopy(document.data)
        for item in error.errors(include_url=False):
            if item["type"] != "extra_forbidden":
                return None, problems
            *path, key = item["loc"]
            place = rest
            for step in path:
                place = place[step]
            del place[key]
    try:
        return PolicyFile.model_validate(rest), problems
    except ValidationError:
        return None, problems


class _Reader:
    """Turns validated entries into policies, collecting what is wrong with their words."""

    def __init__(self, document: Document, card: RateCard) -> None:
        self.document, self.card = document, card
        self.problems: list[Problem] = []

    def say(self, place: Place, text: str) -> None:
        self.problems.append(self.document.problem(place, text))

    def route(self, entry: RouteEntry, place: Place) -> Policy | None:
        given = [shape for shape in SHAPES if getattr(entry, shape) is not None]
        if len(given) != 1:
            self.say(place, f"exactly one of {', '.join(SHAPES)} is needed, not {' and '.join(given) or 'none'}")
            return None
        self._unused(entry, given[0], place)
        if entry.rules is not None:
            return self._rules(entry, place)
        if entry.model is None:
            return self._judged(given[0], str(getattr(entry, given[0])), spec_of(entry), place)
        return self._named(str(entry.model), place)

    def _judged(self, shape: str, text: str, written: PolicySpec, place: Place) -> Policy | None:
        """A cascade or a classifier; each thing wrong with it is said, not only the first."""
        before = len(self.problems)
        text = self._stood_in(text, (*place, shape))
        for key in ("gate", "decider"):
            model = getattr(written, key).model
            if model is not None and self._named(model, (*place, key, "model")) is None:
                written = changed(written, key, JudgeSpec())
        wrong: set[str] = set()
        while True:
            try:
                made = (spec.cascade if shape == "cascade" else spec.classifier)(text, written, self.card)
                return made if len(self.problems) == before else None
            except (UsageError, DataError) as error:
                about = key_of(error)
                # What only follows from a word that was taken out is no problem of its own.
                if not wrong or error.id not in FOLLOWS:
                    self.say((*place, about or shape), in_keys(error))
                if about is None or about in wrong or getattr(written, about) is None:
                    return None
                wrong.add(about)
                written = changed(written, about, STAND_INS.get(about, getattr(EMPTY, about)))

    def _stood_in(self, text: str, place: Place) -> str:
        """The models of a cascade with others in place of those that the card does not know, once that is said."""
        try:
            names = parse.tiers(text, f"--{place[-1]}")
        except UsageError:
            return text
        found = [self._named(name, place) for name in names]
        ids = [one.model for one in found if isinstance(one, Single)]
        if None not in found:
            return text
        others = iter(sorted(self.card.models.keys() - set(ids)))
        kept = [one.model if isinstance(one, Single) else next(others) for one in found]
        return ":".join(f"'{name}'" for name in kept)

    def _unused(self, entry: RouteEntry, shape: str, place: Place) -> None:
        keys = (*TERMS, "default")
        for key in keys:
            if getattr(entry, key) is None or (shape == "rules" and key == "default"):
                continue
            if (
                key == "default"
                or unused(spec_of(entry.model_copy(update=_others(key))), {shape}) == key
                or shape in PLAIN
            ):
                self.say((*place, key), f"`{key}` means nothing beside `{shape}`")

    def _named(self, name: str, place: Place) -> Policy | None:
        if name == UNCHANGED:
            return Unchanged()
        try:
            return Single(resolve(self.card, name, typed=True).id)
        except RoutecliError as error:
            self.say(place, in_keys(error))
            return None

    def _rules(self, entry: RouteEntry, place: Place) -> Policy | None:
        if entry.default is None:
            self.say(place, "rules need a `default` for the requests that none of them takes (or `default: unchanged`)")
        rules = []
        for index, rule in enumerate(entry.rules or ()):
            at: Place = (*place, "rules", index)
            route = self.route(rule.to, (*at, "to"))
            tests = [self._test(column, wanted, (*at, "when", column)) for column, wanted in rule.when.items()]
            if route is not None:
                rules.append(Rule(tuple(test for test in tests if test is not None), route))
        default = None if entry.default is None else self.route(entry.default, (*place, "default"))
        return None if default is None else Static(tuple(rules), default)

    def _test(self, column: str, wanted: Any, place: Place) -> Condition | None:
        try:
            return _condition(column, wanted, self.card)
        except (UsageError, DataError) as error:
            self.say(place, in_keys(error))
            return None


def _condition(column: str, wanted: Any, card: RateCard) -> Condition:
    if column == "input_tokens":
        text = str(wanted).strip()
        return parse.condition(f"input_tokens{text if text[:1] in '<>=!' else '=' + text}", card)
    values = wanted if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
    if column == "model":
        return Condition("model", tuple(resolve(card, str(value), typed=True).id for value in values))
    parse.testable(column)
    return Condition(column, tuple(None if value is None else str(value) for value in values))


def _others(key: str) -> dict[str, None]:
    """An update that leaves only `key` written."""
    return {other: None for other in TERMS if other != key}

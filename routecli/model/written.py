"""A policy as words, as they were typed or stand in a file; what they mean is found in `routecli.model.spec`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """A gate or a classifier, as written: what it costs, and from which score on it decides how.

    `input` is `+150` (beside what it judges) or `300` (in all). `score` and `high` are a classifier's.
    """

    model: str | None = None
    input: str | None = None
    output: str | None = None
    usd: str | None = None
    latency: str | None = None
    threshold: str | None = None
    score: str | None = None
    high: str | None = None

    @property
    def given(self) -> bool:
        """Whether anything was written."""
        return self.costs or any(text is not None for text in (self.threshold, self.score, self.high))

    @property
    def costs(self) -> bool:
        """Whether anything was written about what it costs and takes."""
        return any(text is not None for text in (self.model, self.input, self.output, self.usd, self.latency))


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """A cascade or a classifier as written; None is "not written". Names are those of the options, `-` as `_`."""

    success: str | None = None
    accuracy: str | None = None
    recall: str | None = None
    false_positive: str | None = None
    gate: JudgeSpec = field(default_factory=JudgeSpec)
    decider: JudgeSpec = field(default_factory=JudgeSpec)
    canary: str | None = None
    canary_usd: str | None = None
    escalated_input: str | None = None
    escalated_output: str | None = None
    timeouts: Mapping[str, str] = field(default_factory=dict)
    parallel: str | None = None
    retry_rate: str | None = None
    cheap_quality: str | None = None
    false_accept: str | None = None
    false_reject: str | None = None
    strong_quality: str | None = None

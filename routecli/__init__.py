"""From a team's own LLM request logs: where the bill goes, and whether routing would pay."""

__version__ = "0.1.0"

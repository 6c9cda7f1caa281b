"""The rate card as a team uses it: with what its `routecli.yaml` adds."""

from pathlib import Path

from routecli.data.cards import load_card
from routecli.data.config import read_config
from routecli.data.deployments import deployed
from routecli.data.overlays import overlaid
from routecli.model.rates import RateCard


def own_card(path: Path | None) -> RateCard:
    """The card at a path (None: the shipped one) under the team's overlays, with its own names of models."""
    return deployed(overlaid(load_card(path)), read_config(), other=path is not None)

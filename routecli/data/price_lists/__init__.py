"""Price lists that `rates refresh` can read, one file each; a new one is one line here."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from routecli.errors import UsageError
from routecli.model.price_lists import PriceList

KINDS: Mapping[str, tuple[str, bool]] = {
    "genai-prices": ("routecli.data.price_lists.genai_prices", False),
    "litellm-json": ("routecli.data.price_lists.litellm_json", True),
    "models-dev-json": ("routecli.data.price_lists.models_dev_json", True),
}
"""Kind -> (module with `read`, whether it is read from a file that has to be named)."""


def read_price_list(kind: str, source: Path | None) -> PriceList:
    """The list of that kind, from the installed package or from a file; nothing is downloaded.

    UsageError `source-needed` and `source-not-taken`; DataError `bad-price-list`; EnvironmentFault `missing-extra`.
    """
    module, from_file = KINDS[kind]
    if from_file and source is None:
        raise UsageError("source-needed", f"--from {kind} reads a file", fix="name it with --source PATH")
    if not from_file and source is not None:
        raise UsageError(
            "source-not-taken", f"--from {kind} reads the installed package, not a file", fix="leave out --source"
        )
    reader: Any = import_module(module)
    found: PriceList = reader.read(source) if from_file else reader.read()
    return found

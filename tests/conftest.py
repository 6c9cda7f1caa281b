"""What every test shares: a fixed today, and the switch that rewrites golden files."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same examples on every machine and every run: a check that fails at random is not one.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


TODAY = "2026-11-23"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write what the commands print now into tests/goldens, to be read and committed like any other change",
    )


@pytest.fixture(scope="session", autouse=True)
def _today() -> Iterator[None]:
    """The commands' clock, for this process and those it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROUTECLI_TODAY", TODAY)
        yield

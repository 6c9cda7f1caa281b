"""Sources that are open, so that what was fetched or unpacked to be looked at is not fetched again to be read."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from routecli.data.logs.sources.source import Found, Opened
from routecli.errors import RoutecliError

_AT_ONCE = 8
Open = Callable[[Found, ExitStack], Opened]


@dataclass(slots=True)
class Held:
    """Sources by their keys. `open` opens one for as long as the stack is."""

    open: Open
    _sources: dict[str, tuple[Opened, ExitStack]] = field(default_factory=dict)
    _faults: dict[str, RoutecliError] = field(default_factory=dict)

    def take(self, found: Found) -> Opened:
        """The source, opened unless it is. Raises what opening it raised, every time."""
        if found.key in self._faults:
            raise self._faults[found.key]
        if found.key not in self._sources:
            stack = ExitStack()
            try:
                self._sources[found.key] = self.open(found, stack), stack
            except RoutecliError as fault:
                self._faults[found.key] = fault
                raise
        return self._sources[found.key][0]

    def fetch(self, found: Iterable[Found]) -> None:
        """Open these, several at once: most of the time is spent waiting for answers."""
        missing = [one for one in found if one.key not in self._sources and one.key not in self._faults]
        if len(missing) > 1:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(self._try, missing))

    def _try(self, found: Found) -> None:
        with suppress(RoutecliError):
            self.take(found)

    def put(self, found: Found) -> None:
        """It may be wanted again. What stands where it was found is closed: to open it costs nothing."""
        if found.key in self._sources and self._sources[found.key][0].path == found.at:
            self.close(found)

    def close(self, found: Found) -> None:
        """It is not wanted any more."""
        self._faults.pop(found.key, None)
        if found.key in self._sources:
            self._sources.pop(found.key)[1].close()

    def clear(self) -> None:
        """Nothing is."""
        while self._sources:
            self._sources.popitem()[1][1].close()

"""Staging logs whose records are flat: one object or row each, read key by key.

Tried in this order, each only where the samples promise that it works: the keys that the samples have, with proof by
numbers that there is no other (`routecli.data.logs.tally`); these, with a look under all other keys that the format
knows; every key.
"""

from collections.abc import Callable, Iterable, Mapping

from routecli.data.logs.containers import Container
from routecli.data.logs.formats import Format
from routecli.data.logs.normalise import Normal, typable
from routecli.data.logs.reading import NotStrictError, Reader, texts
from routecli.data.logs.sinks import Sink, Staged
from routecli.data.logs.tally import countable
from routecli.model.ingest import LatencyUnit

Total = Callable[[], int | None]
"""At least as many values as the file has, None where that is not known."""


class Flat:
    """One file of flat records. `reader` reads the columns (name to SQL type) that it is given."""

    def __init__(
        self,
        reader: Callable[[Mapping[str, str]], Reader],
        container: Container,
        format: Format,
        latest: str,
        latency_unit: LatencyUnit | None,
        sink: Sink,
    ) -> None:
        self.reader, self.container, self.format, self.sink = reader, container, format, sink
        self.latest, self.latency_unit = latest, latency_unit
        keys = frozenset(format.keys)
        self.present = keys & container.keys or keys
        self.rest = [] if container.header else sorted(keys - self.present)
        self.typed = self._typable()

    def _typable(self) -> frozenset[str]:
        """The keys worth to be read as numbers at first, as the samples are plain: that costs far less than text."""
        ids = {key for reading in self.format.readings.get("request_id", ()) for key in reading.keys}
        if Normal.careful or not ids & self.present:
            return frozenset()
        return self.container.numbers & typable(self.format) & self.present

    def staged(self, total: Total | None) -> Staged:
        """Read the whole file. Raises DataError `unreadable-file`."""
        broken = False
        try:
            staged = self._counted(total) or self._strict()
            if staged:
                return staged
        except NotStrictError as fault:
            broken = fault.broken
        normal = self._normal(self.present)
        lenient = self._filled(normal, self.rest, lenient=broken)
        if self.rest and self.sink.has_other():
            # A key that the samples did not show occurs after all.
            normal = self._normal(self.format.keys)
            lenient = self._filled(normal, (), lenient=lenient)
        return Staged(normal, lenient, self.sink)

    def _counted(self, total: Total | None) -> Staged | None:
        """With the keys of the samples alone; None where there may be others. Raises NotStrictError."""
        others = countable(self.container, self.format) if total else None
        if others is None or total is None:
            return None
        normal = self._normal(self.present, self.typed, others)
        self._filled(normal, (), strict=True)
        return Staged(normal, False, self.sink) if self.sink.values == total() else None

    def _strict(self) -> Staged | None:
        """With numbers as numbers; None where there are none. Raises NotStrictError."""
        if not self.typed:
            return None
        normal = self._normal(self.present, self.typed)
        self._filled(normal, self.rest, strict=True)
        return Staged(normal, False, self.sink)

    def _normal(
        self, keys: Iterable[str], typed: frozenset[str] = frozenset(), counted: Iterable[str] | None = None
    ) -> Normal:
        return Normal(self.format, keys, self.latest, self.latency_unit, typed, counted)

    def _filled(self, normal: Normal, rest: Iterable[str], *, strict: bool = False, lenient: bool = False) -> bool:
        """Whether the file had to be read leniently."""
        columns = texts([*normal.keys, *rest, *(normal.counted or ())]) | dict.fromkeys(normal.typed, "DOUBLE")
        reader = self.reader(columns)

        def take(documents: str) -> None:
            self.sink.fill(normal, normal.select(documents, rest))

        return reader.load(take, strict=strict, lenient=lenient)

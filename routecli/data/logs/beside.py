"""What a file's bytes tell, found out in a thread of its own while the engine reads the file."""

from concurrent.futures import Executor, Future

from routecli.data.logs.sources import Opened
from routecli.data.logs.tally import Tally


class Beside:
    """The digest of a file and, with a tally, the number of its values, from `begin` on or when they are asked for."""

    def __init__(self, pool: Executor, source: Opened, tally: Tally | None) -> None:
        self.pool, self.source, self.tally = pool, source, tally
        self._found: Future[str | None] | None = None

    def begin(self) -> None:
        """Begin, unless that was done."""
        if not self._found and (self.source.digest or self.tally):
            self._found = self.pool.submit(self._find)

    def _find(self) -> str | None:
        source, tally = self.source, self.tally
        digest = source.digest(tally) if source.digest else None
        if tally and not tally.begun:
            # The digest was known without a look at them.
            tally.read(source.path)
        return digest

    def digest(self) -> str | None:
        """Waits for it. None where there is none, or where the bytes changed meanwhile."""
        self.begin()
        return self._found.result() if self._found else None

    def total(self) -> int | None:
        """At least as many values as the file has. Waits for it. None where that cannot be told."""
        unchanged = (self.digest() or not self.source.digest) and not self.source.grew()
        return self.tally.end() if unchanged and self.tally else None

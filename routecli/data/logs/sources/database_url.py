"""PostgreSQL addresses: checked before anything else sees them, so that no password in one is ever repeated.

The client library takes apart what it is given as it can, and says so: of `postgresql://me:p@ss@host/db` it looks for a
host named `ss@host`. So an address is taken only where the password is where it is thought to be.
"""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode

from routecli.errors import UsageError

SCHEMES = ("postgresql://", "postgres://")
_SECRET = ("password", "sslpassword")
_OF_PRISMA = (
    "schema",
    "connection_limit",
    "pool_timeout",
    "pgbouncer",
    "socket_timeout",
    "statement_cache_size",
    "sslaccept",
    "sslidentity",
)
"""Parameters of the DATABASE_URL that LiteLLM's own client takes and this one does not know."""
_DEFAULTS = {"connect_timeout": ("15", "PGCONNECT_TIMEOUT"), "application_name": ("routecli", "PGAPPNAME")}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """`url` is for the client only, `name` has neither user nor password nor parameters; `schema` comes first."""

    url: str = field(repr=False)
    name: str
    schema: str | None
    secrets: tuple[str, ...] = field(repr=False)

    def scrubbed(self, text: str) -> str:
        """The text without any secret of this address in it, on one line."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())


def database_url(given: str) -> DatabaseUrl:
    """Raises UsageError `bad-database-url`, which repeats nothing of it."""
    rest = given.partition("://")[2]
    authority, slash, tail = rest.partition("/")
    if "?" in authority:
        authority, _, tail = authority.partition("?")
        path, query = "", tail
    else:
        path, _, query = tail.partition("?")
    user, at, host = authority.rpartition("@")
    words = (user, host, path, query)
    if "@" in user or any("@" in word for word in (path, query)) or "#" in given or "/" in path:
        raise _bad("its parts cannot be told apart")
    if any(re.search(r"%(?![0-9A-Fa-f]{2})|\s", word) for word in words):
        raise _bad("a % is not followed by two digits, or there is a blank in it")
    try:
        parameters = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise _bad("its parameters cannot be read") from None
    _, _, password = user.partition(":")
    secrets = {password, unquote(password)} | {value for name, value in parameters if name in _SECRET}
    secrets |= {quote(secret, safe="") for secret in secrets}
    kept = [pair for pair in parameters if pair[0] not in _OF_PRISMA]
    for name, (value, variable) in _DEFAULTS.items():
        if name not in dict(kept) and variable not in os.environ:
            kept.append((name, value))
    url = f"postgresql://{user}{at}{host}{slash}{path}?{urlencode(kept, quote_via=quote)}"
    longest_first = tuple(sorted(filter(None, secrets), key=len, reverse=True))
    return DatabaseUrl(url, f"postgresql://{host}/{path}", dict(parameters).get("schema"), longest_first)


def _bad(why: str) -> UsageError:
    fix = "write postgresql://USER@HOST:PORT/DATABASE, with %40 for @, %2F for /, %23 for # and %25 for %; " + (
        "the password is better in PGPASSWORD or ~/.pgpass"
    )
    return UsageError("bad-database-url", "this is no address of a database", why=why, fix=fix)

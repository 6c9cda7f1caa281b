"""Small draws that the formats share."""

from datetime import UTC, datetime, timedelta
from random import Random

MODELS = ("claude-sonnet-4-6", "claude-haiku-4-5", "gpt-5-mini")
OPENAI = ("gpt-5-mini-2025-08-07", "gpt-5-2025-08-07", "gpt-5-nano-2025-08-07")
CLAUDE = ("claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001", "claude-opus-4-5-20251101")
START = datetime(2026, 10, 1, tzinfo=UTC)
EPOCH = int(START.timestamp())


def moment(number: int, ms_after: int = 0) -> str:
    """When the request came, some ms later; 12 a second over 28 days, then again."""
    return stamp(number, ms_after).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stamp(number: int, ms_after: int = 0) -> datetime:
    """The same as an instant."""
    return START + timedelta(seconds=number // 12 % (28 * 86_400), milliseconds=number % 1000 + ms_after)


def epoch(number: int, ms_after: int = 0) -> float:
    """The same in seconds since 1970."""
    return EPOCH + number // 12 % (28 * 86_400) + (number % 1000 + ms_after) / 1000


def uuid(draw: Random) -> str:
    """A random id in the usual spelling."""
    text = f"{draw.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def token(draw: Random, prefix: str, bits: int = 120) -> str:
    """A random id with a prefix."""
    return f"{prefix}{draw.getrandbits(bits):0{bits // 4}x}"

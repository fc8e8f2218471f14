"""One JSON object a line in, one a line out: what `--jsonl` means in every command."""

import io
import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

PARTLY_DONE = 3  # the exit code where some line could not be answered
_AT_ONCE = 1 << 16  # bytes: what a pipe holds


class BadLineError(ValueError):
    """A line that cannot be answered; `id` is the one it gave, if it gave one."""

    def __init__(self, problem: str, given_id: object = None) -> None:
        super().__init__(problem)
        self.id = given_id


def groups(source: io.BufferedIOBase) -> Iterator[list[bytes]]:
    """Yield the lines of `source` as they come: all that are there, never waiting for more."""
    rest = b""
    while chunk := source.read1(_AT_ONCE):
        *whole, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
        if whole:
            yield whole
    if rest:
        yield [rest]


def asked(line: bytes) -> dict[str, Any]:
    """Return the object in `line`. Raises: `BadLineError`."""
    try:
        found = json.loads(line.decode("utf-8-sig"), parse_constant=_finite, parse_float=_finite)
    except UnicodeDecodeError:
        raise BadLineError("expected UTF-8") from None
    except (ValueError, RecursionError):
        raise BadLineError("expected a JSON object") from None
    if not isinstance(found, dict):
        raise BadLineError("expected a JSON object")
    return found


def encoded(answer: object) -> bytes:
    """Return UTF-8 JSON; half a surrogate pair, which UTF-8 cannot hold, stays an escape."""
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise ValueError(f"{number} is no JSON number")
    return value

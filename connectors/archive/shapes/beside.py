"""The small files beside an archive that say whose it is."""

import json
from pathlib import Path
from typing import Any

STDIN = "-"
_MOST_BYTES = 1_000_000


def object_beside(path: str, name: str) -> dict[str, Any]:
    """Return the object in the file `name` beside the archive at `path`; empty if none is there.

    A list counts as its first element. "window.YTD.account.part0 =" may stand before it.
    """
    if path == STDIN:
        return {}
    try:
        with Path(path).with_name(name).open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8-sig")
        found = json.loads(_after_assignment(text))
    except (OSError, ValueError, RecursionError):
        return {}
    first = found[0] if isinstance(found, list) and found else found
    return first if isinstance(first, dict) else {}


def _after_assignment(text: str) -> str:
    named, equals, value = text.partition("=")
    is_assignment = equals and named.lstrip().startswith("window.")
    return value.strip().rstrip(";") if is_assignment else text

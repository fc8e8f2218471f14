"""A record read with patience: what a fast decoder refuses may still be a post."""

import json
from typing import Any

from connectors.archive.shapes.shape import BadRecordError


def object_of(record: bytes) -> dict[str, Any]:
    """Return the JSON object in `record`; a byte that is no UTF-8 costs one character.

    Raises: `BadRecordError` if there is none.
    """
    try:
        found = json.loads(record.decode("utf-8", "replace"))
    except RecursionError:
        raise BadRecordError("nested too deeply") from None
    except ValueError:
        raise BadRecordError("no JSON") from None
    if not isinstance(found, dict):
        raise BadRecordError("no JSON object")
    return found

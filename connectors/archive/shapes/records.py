"""A record as an object: what a fast decoder refuses may still be a post."""

import json
from typing import Any

import msgspec

from connectors.archive.shapes.shape import BadRecordError
from connectors.payloads.lenient import whole

_decode = msgspec.json.Decoder().decode
_REFUSED = (msgspec.DecodeError, ValueError, RecursionError)  # ValueError: no UTF-8


def object_of(record: bytes) -> dict[str, Any]:
    """Return the JSON object in `record`.

    A byte that is no UTF-8, and half of a character, cost that character only.
    Raises: `BadRecordError` if there is none.
    """
    try:
        found = _decode(record)
    except _REFUSED:
        found = _patient(record)
    if not isinstance(found, dict):
        raise BadRecordError("no JSON object")
    return found


def _patient(record: bytes) -> object:
    try:
        found = json.loads(record.decode("utf-8", "replace"))
        return json.loads(whole(json.dumps(found, ensure_ascii=False)))
    except RecursionError:
        raise BadRecordError("nested too deeply") from None
    except ValueError:
        raise BadRecordError("no JSON") from None


def mapping_in(record: Any, name: str) -> dict[str, Any]:
    """Return the object called `name`, an empty one where there is none."""
    found = record.get(name) if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}


def mappings_in(record: Any, name: str) -> list[dict[str, Any]]:
    """Return the objects in the list called `name`."""
    found = record.get(name) if isinstance(record, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text_in(record: Any, name: str) -> str:
    """Return the text called `name`, "" where there is none."""
    found = record.get(name) if isinstance(record, dict) else None
    return found if isinstance(found, str) else ""

"""Labelled posts as they lie in files: one JSON object a line, gzipped or not."""

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.errors import ConfigError

HAND_MADE = ("gold", "hand", "handwritten")  # labels that a person would stand by


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPost:
    """One post and what is known of it; a label that is None is not known, never "no"."""

    text: str
    language: str
    labels: Mapping[str, int | None]
    source: str
    gold: str  # how the label was made
    tag: str = ""  # the kind of post and its style, where the source says it
    train_ok: bool = False
    id: str = ""
    urgency: int | None = None  # 0, 1 or 2
    topic: str | None = None
    branch: str = ""
    group: str = ""  # posts that say the same, in one language or several: never parted


def read(paths: Iterable[Path]) -> Iterator[LabelledPost]:
    """Yield the posts of files ending in .jsonl or .jsonl.gz.

    Raises: ConfigError naming the file and the line.
    """
    for path in paths:
        try:
            yield from _posts(path)
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigError(f"{path}: cannot be read: {reason}") from error


def _posts(path: Path) -> Iterator[LabelledPost]:
    with _opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield _post(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ConfigError(
                        f"{path}: line {number}: no labelled post: {error}"
                    ) from error


def _opened(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8")
    return path.open(encoding="utf-8")


def _post(row: Mapping[str, Any]) -> LabelledPost:
    text, labels = row["text"], row["labels"]
    if not isinstance(text, str) or not set(labels.values()) <= {0, 1, None}:
        raise ValueError("text must be a string, labels 0, 1 or null")
    return LabelledPost(
        text=text,
        language=row["lang"],
        labels=dict(labels),
        source=row.get("source", ""),
        gold=row.get("gold", "hand"),
        tag=row.get("tag") or "",
        train_ok=row.get("train_ok") is True,
        id=str(row.get("id") or ""),
        urgency=row.get("urgency"),
        topic=row.get("topic"),
        branch=row.get("branch") or "",
        group=row.get("group") or "",
    )

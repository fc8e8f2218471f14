"""An adjustment as a file: what a desk's taps taught, and to which model it belongs.

The file's name bears its number and the beginning of its SHA-256: `0003-5f0c….npz`.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from classifiers.components.judge import Adjustment
from classifiers.components.labels import LABELS
from monitor.errors import ClassifierError

_NAME = re.compile(r"(?P<number>\d{4,})-(?P<sum>[0-9a-f]{16})\.npz")
_OWNER_ONLY = 0o600


class OtherModelError(ClassifierError):
    """The adjustment was fitted to another model: it is set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an adjustment comes from."""

    model: str  # the version of the model it was fitted to
    identity: str  # the digest of that model's files
    posts: tuple[int, ...]  # the ids of the tapped posts it learned from


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An adjustment and its origin."""

    adjustment: Adjustment
    origin: Origin


def write(folder: Path, stored: Stored) -> Path:
    """Write an adjustment into `folder`, wholly or not at all, and return its file."""
    made = stored.adjustment
    held = BytesIO()
    np.savez(
        held,
        about=np.array(json.dumps(asdict(stored.origin))),
        weights=np.stack([made.weights[label] for label in LABELS]).astype(np.float32),
        bias=np.array([made.bias[label] for label in LABELS], dtype=np.float64),
    )
    path = folder / f"{made.number:04}-{_sum(held.getvalue())}.npz"
    put(path, held.getvalue())
    return path


def read(path: Path) -> Stored:
    """Return the adjustment in the file `path`. Raises: ClassifierError where it is damaged."""
    name = _NAME.fullmatch(path.name)
    try:
        content = path.read_bytes()
        if name is None or _sum(content) != name["sum"]:
            raise ClassifierError(f"{path}: damaged: it is not what was written")
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            weights, bias = arrays["weights"], arrays["bias"]
        return Stored(
            adjustment=Adjustment(
                int(name["number"]),
                dict(zip(LABELS, weights, strict=True)),
                dict(zip(LABELS, bias.tolist(), strict=True)),
            ),
            origin=Origin(
                model=about["model"], identity=about["identity"], posts=tuple(about["posts"])
            ),
        )
    except FileNotFoundError as error:
        raise ClassifierError(f"{path}: missing") from error
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise ClassifierError(f"{path}: cannot be read: {error}") from error


def fitting(path: Path, model: str, identity: str) -> Adjustment:
    """Return the adjustment in `path`, which must belong to the model given.

    Raises: OtherModelError where it belongs to another, ClassifierError where it is damaged.
    """
    stored = read(path)
    if stored.origin.identity != identity:
        raise OtherModelError(
            f"{path}: learned on model {_build(stored.origin.model, stored.origin.identity)} and of"
            f" no use to this one, {_build(model, identity)}; it is set aside until the taps are"
            " learned anew"
        )
    return stored.adjustment


def number_of(path: Path) -> int | None:
    """Return the number in the name of an adjustment's file, None if it is no such name."""
    name = _NAME.fullmatch(path.name)
    return int(name["number"]) if name else None


def put(path: Path, content: bytes) -> None:
    """Write a file wholly or not at all: under another name, then renamed, both on the disk."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - from a descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _build(model: str, identity: str) -> str:
    """Return a model's version and what tells it from another of the same version."""
    return f"{model} (build {identity[:8]})"


def _sum(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]

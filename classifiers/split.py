"""Which posts of the corpus are taught, and which are kept to measure on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from classifiers.posts import LabelledPost, read
from monitor.errors import ConfigError

SOURCE = "corpus"  # how the corpus' own posts name where they are from
_KEPT_BACK = 13  # one post in this many is never taught


def corpus(folder: Path) -> list[LabelledPost]:
    """Return the posts of a folder, in a fixed order. Raises: ConfigError where it has none."""
    files = sorted(folder.glob("??.jsonl"))
    if not files:
        raise ConfigError(f"{folder}: expected .jsonl files, found none")
    return list(read(files))


def taught(posts: Sequence[LabelledPost]) -> list[LabelledPost]:
    """Return the posts to learn from."""
    return [post for post in posts if not is_kept_back(post)]


def kept_back(posts: Sequence[LabelledPost]) -> list[LabelledPost]:
    """Return the posts to measure on."""
    return [post for post in posts if is_kept_back(post)]


def is_kept_back(post: LabelledPost) -> bool:
    """Return whether a post is for measuring: drawn by its group or text, so that it stays so."""
    drawn = hashlib.sha256((post.group or post.text).encode("utf-8", "replace")).digest()
    return int.from_bytes(drawn[:4]) % _KEPT_BACK == 0

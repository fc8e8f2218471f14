"""A post as another phone, another hurry or another limit would have left it; its labels stay."""

import random

from classifiers.posts import LabelledPost
from classifiers.training.spelling import unmarked

_BARE = 0.15  # chance to lose all diacritics
_SMALL = 0.15  # … all capitals
_NO_SIGNS = 0.10  # … all signs but letters and digits
_NO_HANDLE = 0.25  # … a handle or tag at the beginning
_TYPOS = 0.15  # … to have letters wrong
_WRONG = 0.04  # of the letters then
_CUT = 0.06  # … to be cut off near its end
_LONG_ENOUGH = 80  # characters: a shorter post is never cut


def disturbed(post: LabelledPost, chance: random.Random) -> str:
    """Return the text of `post`, changed a little or not at all."""
    text = post.text
    if chance.random() < _NO_HANDLE and text[:1] in "@#" and " " in text:
        text = text.split(" ", 1)[1]
    if chance.random() < _BARE:
        text = unmarked(text)
    if chance.random() < _SMALL:
        text = text.casefold()
    if chance.random() < _NO_SIGNS:
        text = "".join(sign for sign in text if sign.isalnum() or sign.isspace() or sign in "@#'")
    if chance.random() < _TYPOS:
        text = _with_typos(text, chance)
    if len(text) > _LONG_ENOUGH and chance.random() < _CUT:
        text = text[: -chance.randrange(5, len(text) // 5)] + chance.choice(["", "…", "..."])
    return text if text.strip() else post.text


def _with_typos(text: str, chance: random.Random) -> str:
    """Return `text` with letters lost, doubled, or changed places with the next."""
    signs = list(text)
    for place in range(len(signs) - 1):
        if not signs[place].isalpha() or chance.random() >= _WRONG:
            continue
        slip = chance.randrange(3)
        if slip == 0:
            signs[place] = ""
        elif slip == 1:
            signs[place] *= 2
        elif signs[place + 1].isalpha():
            signs[place], signs[place + 1] = signs[place + 1], signs[place]
    return "".join(signs)

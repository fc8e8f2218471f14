"""A mention on its way in: who of us wrote it, and what of it the store can hold."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.matching.folding import fold
from monitor.model import Author, Brand, Classification, Mention

# Hears of a customer's post that is only counted: the brands it names, and what the judge says.
Heard = Callable[[Mention, tuple[str, ...], Classification | None], None]


class OwnAccounts:
    """The brands' own accounts; several brands may share one."""

    def __init__(self, brands: Sequence[Brand]) -> None:
        self._brands: dict[tuple[str, str], tuple[str, ...]] = {}
        for brand in brands:
            for platform, handle in brand.own_accounts:
                account = (platform, fold(handle))
                self._brands[account] = (*self._brands.get(account, ()), brand.name)

    def brands(self, mention: Mention) -> tuple[str, ...]:
        """Return the brands whose own account wrote a mention."""
        if mention.author is None or not self._brands:
            return ()
        return self._brands.get((mention.platform, fold(mention.author.handle)), ())


def those_of(brands: tuple[str, ...], brand: str | None) -> tuple[str, ...]:
    """Return `brands`, or of them the one that is asked for."""
    return brands if brand is None else tuple(one for one in brands if one == brand)


def written_by(now: datetime, mention: Mention) -> Mention:
    """Return a mention as written by `now`: the clocks of others may be ahead of ours."""
    changed_at = mention.edited_at and min(mention.edited_at, now)
    if mention.posted_at <= now and changed_at == mention.edited_at:
        return mention
    return replace(mention, posted_at=min(mention.posted_at, now), edited_at=changed_at)


def storable(mention: Mention) -> Mention:
    """Return a mention without what the store cannot hold: it must not hold a page up.

    That is half a letter, which UTF-8 does not know, and a zero, with which SQLite's JSON ends.
    """
    if _is_whole(mention.key, mention.thread, mention.reply_to or "", mention.language_hint or ""):
        return _with_storable_words(mention)
    return _with_storable_words(
        replace(
            mention,
            key=_whole(mention.key),
            thread=_whole(mention.thread),
            reply_to=mention.reply_to and _whole(mention.reply_to),
            language_hint=mention.language_hint and _whole(mention.language_hint),
        )
    )


def _with_storable_words(mention: Mention) -> Mention:
    author = mention.author
    if _is_whole(mention.text, mention.url, mention.place) and (
        author is None or _is_whole(author.id, author.handle, author.name)
    ):
        return mention
    return replace(
        mention,
        author=author and _storable_author(author),
        text=_whole(mention.text),
        url=_whole(mention.url),
        place=_whole(mention.place),
    )


def _storable_author(author: Author) -> Author:
    return replace(
        author, id=_whole(author.id), handle=_whole(author.handle), name=_whole(author.name)
    )


def _is_whole(*texts: str) -> bool:
    try:
        return all("\0" not in text and (text.isascii() or text.encode()) for text in texts)
    except UnicodeEncodeError:
        return False


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")

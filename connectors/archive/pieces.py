"""The pieces of the brands' words that stand whole, in one JSON string, wherever a word stands."""

import re
from collections.abc import Iterable, Sequence

from monitor.matching.folding import fold
from monitor.model import Brand

# A space may be any run of them, and what it parts may come from two strings. A quotation mark, a
# backslash, a control character are never written as themselves. What stands before a handle or a
# tag may not be in the record; "\ufffd" is what is left of broken letters.
_NEVER_WHOLE = ' "\\@#<>\ufffd\x7f' + "".join(map(chr, range(32)))


def pieces_of(brands: Iterable[Brand], seams: str = "") -> frozenset[str] | None:
    """Return a folded piece of each keyword and own handle of `brands`, the longest there is.

    None if nothing is left of one of them: it may stand anywhere. `seams` are characters beside
    which a mention may be put together.
    """
    parted = re.compile(f"[{re.escape(_NEVER_WHOLE + seams)}]+")
    words = {fold(word).strip() for brand in brands for word in _words(brand)} - {""}
    found = {max(parted.split(word), key=len) for word in words}
    return None if "" in found else frozenset(found)


def _words(brand: Brand) -> Sequence[str]:
    return (*brand.keywords, *(handle for _, handle in brand.own_accounts))

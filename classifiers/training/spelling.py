"""Posts in the letters that people without their own keyboard use: no marks, or Latin letters."""

import random
import re
import unicodedata

_LAST = 0x24F  # the last Latin letter that is written without its mark in a hurry
_UNMARKED = str.maketrans("ıøłđəƏ", "ioldeE")

# Each letter's ways, in the order of how common they are; a writer keeps to one of them.
_RUSSIAN = (
    "а=a б=b в=v,w г=g д=d е=e ё=e,yo,io,jo ж=zh,j з=z и=i й=y,j,i к=k л=l м=m н=n о=o п=p р=r с=s "
    "т=t у=u ф=f х=h,kh,x ц=c,ts ч=ch,4 ш=sh,w щ=sch,sh,shch ъ= ы=y,i ь= э=e ю=yu,u,ju я=ya,ia,ja"
)
_ARMENIAN = (
    "ա=a բ=b գ=g դ=d ե=e զ=z է=e ը=y,@,e թ=t,th ժ=j,zh ի=i լ=l խ=x,kh ծ=c,ts կ=k հ=h ձ=dz ղ=x,gh "
    "ճ=ch,j մ=m յ=y ն=n շ=sh ո=o չ=ch պ=p ջ=j ռ=r ս=s վ=v տ=t ր=r ց=c,ts ւ=v փ=p ք=q,k և=ev օ=o ֆ=f"
)
_WAYS = {"ru": _RUSSIAN, "hy": _ARMENIAN}
_FIRST = {"hy": [(re.compile("ու"), "u"), (re.compile(r"\bո"), "vo")]}  # before letter by letter


def unmarked(text: str) -> str:
    """Return `text` as someone writes it who leaves the marks of Latin letters out."""
    kept = (_unmarked(sign) for sign in text if unicodedata.category(sign) != "Mn")
    return "".join(kept).translate(_UNMARKED)


def in_latin(text: str, language: str, chance: random.Random) -> str | None:
    """Return `text` in one writer's Latin letters; None where the language is not so written."""
    if language not in _WAYS:
        return None
    text = text.casefold()
    for pair, letters in _FIRST.get(language, ()):
        text = pair.sub(letters, text)
    each = (letter.split("=") for letter in _WAYS[language].split())
    ways: dict[str, int | str | None] = {
        letter: _way(ways.split(","), chance) for letter, ways in each
    }
    return text.translate(str.maketrans(ways))


def _way(ways: list[str], chance: random.Random) -> str:
    """Return one of the ways, the first as often as all others."""
    if len(ways) == 1:
        return ways[0]
    return ways[0] if chance.random() < 0.5 else chance.choice(ways[1:])


def _unmarked(sign: str) -> str:
    return unicodedata.normalize("NFD", sign)[0] if "\u00c0" <= sign <= chr(_LAST) else sign

"""What is remembered of a feed from one reading to the next, and which entry is which by it.

An entry is known by its guid, else by its link and title. None of these can be trusted alone: a
guid comes again for something else, or changes while all else stays; reviews share one link.
Where it is in doubt whether an entry is new, it is: one shown twice is better than one missed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.rss_access.entries import Entry, short

MOST_REMEMBERED = 2000  # entries of one feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entry, by short names of what it says."""

    guid: str
    link: str
    title: str
    dated: str
    name: str  # what its mention's key ends with

    @classmethod
    def of(cls, entry: Entry) -> "Known":
        """Return an entry that was never seen before."""
        dated = entry.dated_at.strftime("%Y%m%d%H%M%S") if entry.dated_at else ""
        named = (entry.guid, entry.link or entry.title)
        said = named if entry.guid else (entry.link, entry.title, dated)
        return cls(
            guid=short(entry.guid),
            link=short(entry.link),
            title=short(entry.title),
            dated=dated,
            name=short("\n".join(said), 20),
        )

    @property
    def said(self) -> tuple[str, str, str]:
        """What it says beside its guid."""
        return self.link, self.title, self.dated

    def is_later(self, other: "Known") -> bool:
        """Whether this is `other` after an edit."""
        if self.guid != other.guid:
            return False
        if self.guid and (_equal(self.link, other.link) or _equal(self.title, other.title)):
            return True
        one_day = self.dated == other.dated or not (self.dated and other.dated)
        if self.guid:
            return one_day and not (self.link and other.link)
        return one_day and (_equal(self.link, other.link) or _equal(self.title, other.title))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the last reading of a feed left."""

    since: datetime  # on its first reading, nothing older counts
    read_at: datetime | None = None  # None: never read
    whole_at: datetime | None = None  # when it was last asked for whether or not it changed
    newest_at: datetime | None = None  # the latest date in it
    validators: Mapping[str, str] = field(default_factory=dict)
    body: str = ""  # stands for the last answer
    known: tuple[Known, ...] = ()


def recognized(known: Sequence[Known], entries: Iterable[Entry]) -> list[Known]:
    """Return each entry as it is to be remembered, under its old name where it has one."""
    new = [Known.of(entry) for entry in entries]
    left = list(known)
    names: dict[int, str] = {}
    for is_same, shared in _WAYS:
        alike: dict[object, list[Known]] = {}
        for each in left:
            alike.setdefault(shared(each), []).append(each)
        for number in [number for number in range(len(new)) if number not in names]:
            kin = alike.get(shared(new[number]), [])
            old = next((one for one in kin if is_same(new[number], one)), None)
            if old is not None:
                names[number] = old.name
                kin.remove(old)
        left = [each for kin in alike.values() for each in kin]
    return _apart(new, names, left)


def _apart(new: Sequence[Known], names: Mapping[int, str], gone: Sequence[Known]) -> list[Known]:
    """Return `new` under `names`, and no two that differ under one."""
    taken = {each.name: each for each in gone}
    taken |= {name: new[number] for number, name in names.items()}
    found: list[Known] = []
    for number, each in enumerate(new):
        name = names.get(number, each.name)
        if name in taken and not _is_it(each, taken[name]):
            name = short("\n".join((each.guid, *each.said)), 20)
        taken[name] = each
        found.append(replace(each, name=name))
    return found


def _is_it(one: Known, other: Known) -> bool:
    return one.guid == other.guid and one.said == other.said


def _is_renamed(one: Known, other: Known) -> bool:
    """Whether only the guid is another one."""
    return one.said == other.said and any(one.said)


def _equal(one: str, other: str) -> bool:
    return bool(one) and one == other


# How an entry is found again, best first, and what the two must share for it.
_WAYS: tuple[tuple[Callable[[Known, Known], bool], Callable[[Known], object]], ...] = (
    (_is_it, lambda each: (each.guid, each.said)),
    (Known.is_later, lambda each: each.guid),
    (_is_renamed, lambda each: each.said),
)

"""The shapes there are: those that are built in, and those of the settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.archive.shapes.export import OwnExport
from connectors.archive.shapes.jetstream import JetstreamCapture
from connectors.archive.shapes.mapped import Mapped
from connectors.archive.shapes.mastodon import MastodonOutbox
from connectors.archive.shapes.reddit import RedditDump
from connectors.archive.shapes.shape import Record, Shape
from connectors.archive.shapes.x import XPages
from connectors.archive.shapes.x_archive import XArchive
from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError
from monitor.mistakes import got, unknown
from monitor.model import Archive
from monitor.sections import ArchiveSettings

Sections = Mapping[str, ArchiveSettings]  # of the settings, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class _BuiltIn:
    kind: Callable[[], Shape]  # to recognise records by
    for_archive: Callable[[Archive, Wanted], Shape]


_BUILT_IN = {
    RedditDump.name: _BuiltIn(kind=RedditDump, for_archive=lambda *_: RedditDump()),
    JetstreamCapture.name: _BuiltIn(
        kind=JetstreamCapture, for_archive=lambda _, wanted: JetstreamCapture(wanted.brands)
    ),
    OwnExport.name: _BuiltIn(kind=OwnExport, for_archive=lambda *_: OwnExport()),
    XPages.name: _BuiltIn(kind=XPages, for_archive=lambda _, wanted: XPages(wanted.brands)),
    XArchive.name: _BuiltIn(
        kind=XArchive, for_archive=lambda archive, wanted: XArchive(archive.path, wanted.brands)
    ),
    MastodonOutbox.name: _BuiltIn(
        kind=MastodonOutbox,
        for_archive=lambda archive, wanted: MastodonOutbox(archive.path, wanted.brands),
    ),
}


def names(sections: Sections) -> tuple[str, ...]:
    """Return what `--shape` may be; a section goes before what is built in."""
    return tuple(dict.fromkeys((*sections, *_BUILT_IN)))


def check(name: str, sections: Sections) -> str:
    """Return `name` if there is such a shape. Raises: `ConfigError`."""
    known = names(sections)
    if name not in known:
        raise ConfigError(f"--shape: unknown shape {got(name)}; {unknown(name, known)}")
    return name


def check_columns(name: str, path: str, records: Sequence[Record], sections: Sections) -> None:
    """Hold the columns that a section of the settings names against the first records of a file.

    Raises: `ConfigError` where one is in none of them; what is built in finds no fault.
    """
    if name in sections:
        Mapped(sections[name]).check(path, records)


def shape_of(archive: Archive, wanted: Wanted) -> Shape:
    """Return the shape by which `archive` is read. Raises: `ConfigError` if there is none."""
    name = check(archive.shape, wanted.shapes)
    if name in wanted.shapes:
        return Mapped(wanted.shapes[name])
    return _BUILT_IN[name].for_archive(archive, wanted)


def items() -> tuple[str, ...]:
    """Return the names of arrays that may hold the records of a document that is one object."""
    found = (each.kind().items for each in _BUILT_IN.values())
    return tuple(name for name in found if name is not None)


def recognise(
    path: str, records: Sequence[Record], sections: Sections, *, is_table: bool = False
) -> str | None:
    """Return the name of the shape that the first records of a file have, None if of no known one.

    A section of the settings that names such files goes first, one that names none goes last.
    What is built in is never a table.
    """
    mapped = [Mapped(section) for section in sections.values()]
    for section in mapped:
        if section.is_for(path):
            return section.name
    if not is_table and (name := _built_in(records)) is not None:
        return name
    by_columns = (each for each in mapped if any(map(each.recognises, records)))
    return next((each.name for each in by_columns if not sections[each.name].files), None)


def _built_in(records: Sequence[Record]) -> str | None:
    """Return the shape that most of `records` have."""
    counts = {name: sum(map(each.kind().recognises, records)) for name, each in _BUILT_IN.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else None

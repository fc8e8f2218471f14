"""The shapes there are: those that are built in, and those of the settings."""

from collections.abc import Mapping, Sequence

from connectors.archive.shapes.reddit import RedditDump
from connectors.archive.shapes.shape import Record, Shape
from connectors.archive.wanted import Wanted
from monitor.errors import ConfigError
from monitor.mistakes import got, unknown
from monitor.model import Archive
from monitor.sections import ArchiveSettings

Sections = Mapping[str, ArchiveSettings]  # of the settings, by name


def names(sections: Sections) -> tuple[str, ...]:
    """Return what `--shape` may be."""
    return (*_BUILT_IN, *sections)


def check(name: str, sections: Sections) -> str:
    """Return `name` if there is such a shape. Raises: `ConfigError`."""
    known = names(sections)
    if name not in known:
        raise ConfigError(f"--shape: unknown shape {got(name)}; {unknown(name, known)}")
    return name


def shape_of(archive: Archive, wanted: Wanted) -> Shape:
    """Return the shape by which `archive` is read. Raises: `ConfigError` if there is none."""
    return _BUILT_IN[check(archive.shape, wanted.shapes)]()


def items() -> tuple[str, ...]:
    """Return the names of arrays that may hold the records of a document that is one object."""
    made = (make.items for make in _BUILT_IN.values())
    return tuple(dict.fromkeys(name for name in made if name is not None))


def recognise(path: str, records: Sequence[Record], sections: Sections) -> str | None:
    """Return the name of the shape that the first records of a file have, None if of no known one.

    `path` counts where a section of the settings names such files.
    """
    counts = {name: sum(map(make().recognises, records)) for name, make in _BUILT_IN.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else None


_BUILT_IN = {RedditDump.name: RedditDump}

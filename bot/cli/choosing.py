"""Which stored posts a command is about: its options, and the filter they come to."""

from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.moments import moment_or_none
from bot.cli.opened import Opened
from monitor.store.searching import Filters


class Label(StrEnum):
    """What the judge said of a post."""

    COMPLAINT = "complaint"
    REQUEST = "request"
    REVIEW = "review"
    PRAISE = "praise"


Brand = Annotated[str | None, typer.Option(help="Only what is about this brand.")]
Platform = Annotated[str | None, typer.Option(help="Only what is of this platform.")]
Author = Annotated[str | None, typer.Option(help="Only what this handle wrote.")]
Language = Annotated[
    str | None, typer.Option(metavar="CODE", help="Only posts in this language, such as 'sk'.")
]
Judged = Annotated[Label | None, typer.Option("--label", help="Only posts judged to be one.")]
Since = Annotated[
    str | None,
    typer.Option(help="Only what was posted from then on: a date, an instant or '7d'."),
]
Until = Annotated[str | None, typer.Option(help="Only what was posted before then.")]


def chosen(
    opened: Opened,
    *,
    brand: str | None,
    platform: str | None,
    author: str | None,
    language: str | None,
    label: Label | None,
    since: str | None,
    until: str | None,
) -> Filters:
    """Return what the options come to. Raises: ConfigError for what is no moment."""
    zone, now = opened.settings.desk.timezone, opened.now
    return Filters(
        brand=brand,
        platform=platform,
        author=author,
        language=language and language.lower(),
        label=label and label.value,
        since=moment_or_none(since, "--since", zone, now),
        until=moment_or_none(until, "--until", zone, now),
    )

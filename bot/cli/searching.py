"""The command `search`: stored posts by their words and by what is known of them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli import choosing, frame, tables
from bot.cli.opened import Opened, desk
from bot.cli.records import Record, Records
from monitor.errors import ConfigError
from monitor.matching.query import Query, parse
from monitor.matching.snippets import Snippet, snippet
from monitor.mistakes import unknown
from monitor.model import Post
from monitor.store.searching import ANYWHERE, WINDOW, Filters

_MOST = 1_000_000_000
_SNIPPET = 120  # characters
_LONGEST = (
    60_000  # characters of a post that are looked at: more than any platform lets people write
)


def search(  # noqa: PLR0913 - each is an option of the command
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WORD",
            help="All of them must stand in the post. '\"lost parcel\"': one after the other;"
            " 'parc*': a beginning; '-train' (behind '--'): must not stand in it.",
        ),
    ] = None,
    *,
    brand: choosing.Brand = None,
    platform: choosing.Platform = None,
    author: choosing.Author = None,
    language: choosing.Language = None,
    label: choosing.Judged = None,
    since: choosing.Since = None,
    until: choosing.Until = None,
    rank: Annotated[
        bool, typer.Option("--rank", help=f"The best of the newest {WINDOW:,} hits first.")
    ] = False,
    before: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="ID", help="Only posts that come behind the post with this id."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find stored posts, newest first.

    Capitals, accents and forms of a letter make no difference: 'istanbul' finds 'İstanbul'.
    """
    with desk() as opened:
        filters = choosing.chosen(
            opened,
            brand=brand,
            platform=platform,
            author=author,
            language=language,
            label=label,
            since=since,
            until=until,
        )
        asked = " ".join(words or [])
        _check(opened, asked, filters, before)
        posts = opened.store.posts
        find = posts.ranked if rank else posts.search
        found = find(asked, limit=limit + 1, before=before, filters=filters)
        if not found:
            _check_names(opened, filters)
        _tell(opened, parse(asked), found, limit, as_json=as_json, is_ranked=rank)


def _check(opened: Opened, asked: str, filters: Filters, before: int | None) -> None:
    if not asked.strip() and filters == ANYWHERE:
        raise ConfigError("WORD: expected words to look for, or a filter such as --brand")
    if before is not None and opened.store.posts.by_id(before) is None:
        raise ConfigError(f"--before: no post has the id {before}")


def _check_names(opened: Opened, filters: Filters) -> None:
    """Raise ConfigError where nothing was found because no brand has this name."""
    known = [each.name for each in opened.settings.brand]
    if filters.brand is not None and filters.brand not in known:
        raise ConfigError(
            f"--brand: unknown brand {filters.brand!r}; {unknown(filters.brand, known)}"
        )


def _tell(
    opened: Opened,
    query: Query,
    found: Sequence[Post],
    limit: int,
    *,
    as_json: bool,
    is_ranked: bool,
) -> None:
    shown = found[:limit]
    if as_json:
        written = Records(opened.store)
        frame.print_json([_record(opened, written, post, query) for post in shown])
        return
    if not shown:
        frame.say("Nothing was found.")
        return
    heads = ("posted", "items", "where", "author", "post", "url")
    tables.show(heads, [_row(opened, post, query) for post in shown])
    if is_ranked:
        frame.say(f"The best of the newest {WINDOW:,} hits first.")
    elif len(found) > limit:
        frame.say(f"There are more: --before {shown[-1].id} shows the next ones.")


def _record(opened: Opened, written: Records, post: Post, query: Query) -> Record:
    piece = snippet(post.mention.text, query, _SNIPPET)
    marked = [[span.start, span.end] for span in piece.marked]
    return {
        **written.post(post),
        "items": _items(opened, post),
        "snippet": {"text": piece.text, "marked": marked},
    }


def _row(opened: Opened, post: Post, query: Query) -> tuple[str, ...]:
    mention = post.mention
    return (
        tables.local(mention.posted_at, opened.settings.desk.timezone),
        " ".join(f"#{item}" for item in _items(opened, post)) or "-",
        tables.line(f"{mention.platform} {mention.place}".strip()),
        tables.line(mention.author.handle) if mention.author else "-",
        "(deleted)" if mention.deleted else _marked(mention.text, query),
        tables.line(mention.url, 300),
    )


def _marked(text: str, query: Query) -> str:
    """Return the piece of a post that shows what was found, marked for a terminal."""
    piece: Snippet = snippet(tables.line(text, _LONGEST), query, _SNIPPET)
    behind = 0 if piece.is_from_start else 1
    return tables.Marked.of(
        piece.shown, [(span.start + behind, span.end + behind) for span in piece.marked]
    )


def _items(opened: Opened, post: Post) -> list[int]:
    return list(opened.store.posts.items_of([post.id]).get(post.id, ()))

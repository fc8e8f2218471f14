"""`mentiondesk poll`: every source is read once, beside a `run` that may be under way."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import frame
from monitor.errors import ConfigError
from monitor.mistakes import unknown

if TYPE_CHECKING:
    from bot.wiring import App
    from monitor.intake.polling import Polled
    from monitor.ports import Connector

PARTLY_DONE = 3


def poll(
    platforms: Annotated[
        list[str] | None, typer.Argument(metavar="PLATFORM", help="Default: all of them.")
    ] = None,
    *,
    once: Annotated[  # noqa: ARG001 - it says so in a line of cron
        bool, typer.Option("--once", help="Read once and end; there is no other way yet.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """Read every source once.

    What comes is judged and stored with its clocks; `run` shows it. Ends with 3 if some sources
    failed, with 1 if all did.
    """
    from bot.wiring import open_app

    app = open_app(frame.config_path(), os.environ)
    chosen = _chosen(app.connectors(), platforms or [])
    _tell_unapplied(app)
    done: list[Polled] = []
    for polled in _polled(app, chosen):
        done.append(polled)
        if not as_json:
            typer.echo(_line(polled))
    if as_json:
        frame.print_json([_record(polled) for polled in sorted(done, key=lambda one: one.source)])
    if any(polled.error for polled in done):
        read = {polled.source for polled in done if polled.error is None}
        raise typer.Exit(PARTLY_DONE if read & {each.platform for each in chosen} else 1)


def _tell_unapplied(app: "App") -> None:
    """Say that the desk goes by other policies than the file has: only `run` adopts them."""
    policies = app.workshop().ledger.policies
    if not policies.in_force(app.settings):
        frame.say("The settings have other policies than the desk: see `mentiondesk policy diff`.")
    app.close_workshop()


def _chosen(found: dict[str, "Connector"], names: list[str]) -> list["Connector"]:
    if not found:
        raise ConfigError("connectors: no source in the settings; add [connectors.<platform>]")
    for name in names:
        if name not in found:
            hint = unknown(name, list(found))
            raise ConfigError(f"poll: no source '{name}' in the settings" + (hint and f"; {hint}"))
    return [connector for name, connector in found.items() if name in names or not names]


def _polled(app: "App", connectors: list["Connector"]) -> Iterator["Polled"]:
    """Yield what each source came to; each platform has a thread, a slow one delays none."""
    with ThreadPoolExecutor(max_workers=len(connectors)) as threads:
        under_way = [threads.submit(_read, app, connector) for connector in connectors]
        for each in as_completed(under_way):
            yield from each.result()


def _read(app: "App", connector: "Connector") -> list["Polled"]:
    from bot.sources import close
    from monitor.intake.polling import poll as read
    from monitor.intake.polling import poll_own
    from monitor.ports import OwnReplies

    shop, look_back = app.workshop(), app.settings.desk.look_back
    try:
        done = [read(connector, shop.pipeline, shop.store, look_back, app.time.now())]
        if isinstance(connector, OwnReplies):
            platform, now = connector.platform, app.time.now()
            done.append(poll_own(connector, platform, shop.pipeline, shop.store, look_back, now))
    finally:
        close(connector)
        app.close_workshop()
    return done


def _record(polled: "Polled") -> dict[str, Any]:
    taken = polled.taken
    return {
        "source": polled.source,
        "read": taken.read,
        "matched": taken.matched,
        "new": taken.new,
        "duplicate": taken.duplicate,
        "flagged": taken.flagged,
        "items": list(taken.items),
        "error": str(polled.error) if polled.error else None,
    }


def _line(polled: "Polled") -> str:
    taken = polled.taken
    told = (
        f"{polled.source}: {taken.read} read, {taken.matched} matched, {taken.new} new,"
        f" {taken.flagged} flagged, {len(taken.items)} items touched"
    )
    return told if polled.error is None else f"{told}; FAILED: {_problem(polled)}"


def _problem(polled: "Polled") -> str:
    platform, _, problem = str(polled.error).partition(": ")
    return problem if polled.source.startswith(platform) else str(polled.error)

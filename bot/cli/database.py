"""`mentiondesk db`: the database is brought up to date, checked and copied."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import frame
from bot.cli.opened import Opened, desk, must_exist
from bot.cli.progress import counted
from monitor.handling.ledger import Standing
from monitor.model import Item, ItemId
from monitor.store.items import Listed

if TYPE_CHECKING:
    from monitor.settings import Settings

_REPAIRABLE = "full text:"
_JSON = typer.Option("--json", help="Print one JSON object.")

app = typer.Typer(help="Look after the database.", no_args_is_help=True, add_completion=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """An item whose row says something else than its events."""

    item: ItemId
    what: str  # "state, owner"


@app.command()
def migrate(*, as_json: Annotated[bool, _JSON] = False) -> None:
    """Bring the schema up to date.

    It prints the steps taken; every start of the desk takes them by itself.
    """
    with desk(create=True) as opened:
        steps = opened.store.migrated
        if as_json:
            frame.print_json({"database": opened.store.path, "applied": steps})
            return
        for step in steps:
            typer.echo(step)
        if not steps:
            frame.say(f"{opened.store.path}: up to date")


@app.command()
def check(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be derived from the rest.")
    ] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Find damage and name it.

    Ends with 1 if there is any. It looks at every page, index and reference, at the full-text
    index, and whether each item is what its events say. --repair mends the last two.
    """
    settings = frame.settings()
    must_exist(settings)
    repaired: list[str] = []
    damage = _damage(settings)
    if repair and any(line.startswith(_REPAIRABLE) for line in damage):
        with desk() as opened:
            opened.store.rebuild_full_text()
        repaired.append("full text: rebuilt")
        damage = _damage(settings)
    drifted = [] if damage else _drifted(repaired, repair=repair)
    _tell(settings, damage, drifted, repaired, as_json=as_json)


def _damage(settings: "Settings") -> list[str]:
    from monitor.store.database import damage_of

    return damage_of(settings.desk.database)


def _drifted(repaired: list[str], *, repair: bool) -> list[Drift]:
    """Return the items that are not what their events say, once what can be mended is."""
    with desk() as opened:
        found = list(_drifts(opened))
        if not repair:
            return found
        for each in found:
            opened.ledger.settle(each.item, opened.now)
            repaired.append(f"item #{each.item}: {each.what} read anew")
        return list(_drifts(opened)) if found else []


def _drifts(opened: Opened) -> Iterator[Drift]:
    for listed in counted(opened.store.items.every(), "items"):
        standing = opened.ledger.standing(listed.item.id, opened.now)
        if what := differences(listed, standing, opened.now):
            yield Drift(item=listed.item.id, what=", ".join(what))


def differences(listed: Listed, standing: Standing, now: datetime) -> list[str]:
    """Return the names of what an item's row holds and its events do not say.

    What is due is left aside where the tick is late: time alone has changed it.
    """
    if not standing.events:
        return ["no events"]
    told = replace(standing.item, policy=standing.terms.newest.name)
    names = [each.name for each in fields(Item)]
    wrong = [name for name in names if getattr(listed.item, name) != getattr(told, name)]
    looked_at = listed.due.next_check_at
    if looked_at is not None and looked_at <= now:
        return wrong
    kept, due = listed.due, standing.due
    return wrong + [
        name for name in ("target", "due_at") if getattr(kept, name) != getattr(due, name)
    ]


def _tell(
    settings: "Settings",
    damage: list[str],
    drifted: list[Drift],
    repaired: list[str],
    *,
    as_json: bool,
) -> None:
    sound = not damage and not drifted
    path = settings.desk.database
    if as_json:
        items = [{"item": each.item, "what": each.what} for each in drifted]
        told = {"sound": sound, "damage": damage, "items": items, "repaired": repaired}
        frame.print_json({"database": path, **told})
    else:
        for line in (*repaired, *damage):
            typer.echo(line)
        for each in drifted:
            typer.echo(f"item #{each.item}: its row differs from its events in {each.what}")
        frame.say(f"{path}: " + ("sound" if sound else _advice(damage)))
    if not sound:
        raise typer.Exit(1)


def _advice(damage: list[str]) -> str:
    if damage and not all(line.startswith(_REPAIRABLE) for line in damage):
        return "DAMAGED: stop the desk and put a backup in its place (see docs/operating.md)"
    return "DAMAGED: `mentiondesk db check --repair` mends this"


@app.command()
def backup(
    path: Annotated[Path, typer.Argument(help="The file to write, or a folder to put one into.")],
    *,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Copy the database while it is in use.

    The copy is verified; nothing is overwritten.
    """
    with desk() as opened:
        target = path / f"mentiondesk-{opened.now:%Y%m%dT%H%M%SZ}.db" if path.is_dir() else path
        opened.store.back_up(target)
    size = target.stat().st_size
    if as_json:
        frame.print_json({"backup": target, "bytes": size})
        return
    typer.echo(target)
    frame.say(f"verified, {size / 1e6:.1f} MB")

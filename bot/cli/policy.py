"""`mentiondesk policy`: what the clocks go by, and what a changed file makes of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli import frame, tables
from bot.cli.opened import Opened, desk
from bot.cli.records import Record, instant, instant_or_none, seconds
from monitor.clock.policy import Mode, Policy
from monitor.durations import spell_duration
from monitor.errors import ConfigError
from monitor.fields import spelled_share
from monitor.handling.flips import Flip, Held, Preview, preview
from monitor.handling.policies import Edition, Policies
from monitor.model import Target
from monitor.sections import Section
from monitor.settings import PolicyBook

_JSON = typer.Option("--json", help="Print one JSON object.")
_TARGETS = tuple(Target)
_BY_HAND = "on the command line"
_KINDS = ("policy", "rule", "calendar")

app = typer.Typer(
    help="Show the policies in force, and apply changed ones.",
    no_args_is_help=True,
    add_completion=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A part of the policies that is not as it was. None: it is not there."""

    kind: str  # policy, rule, calendar
    name: str
    before: Record | None
    after: Record | None

    @property
    def fields(self) -> dict[str, tuple[Any, Any]]:
        """What changed within it, by its keys in the settings."""
        before, after = self.before or {}, self.after or {}
        keys = dict.fromkeys((*before, *after))
        pairs = {key: (before.get(key), after.get(key)) for key in keys}
        return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


@app.command()
def show(
    *,
    edition: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="An earlier edition. Default: in force.")
    ] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Show the policies, rules and calendars in force.

    Policies and calendars have versions, each counted by its own changes; an edition is all of them
    together.
    """
    with desk() as opened:
        found = _edition(opened, edition)
        if as_json:
            frame.print_json(_shown(opened, found))
            return
        for line in _lines(opened, found):
            typer.echo(line)
        if not opened.ledger.policies.in_force(opened.settings) and edition is None:
            frame.say("The settings file says something else: see `mentiondesk policy diff`.")


@app.command()
def diff(*, as_json: Annotated[bool, _JSON] = False) -> None:
    """Show what the settings file would change of the policies in force."""
    with desk() as opened:
        policies = opened.ledger.policies
        found = list(_differences(policies.current.book, opened.settings))
        if as_json:
            frame.print_json(
                {
                    "edition": policies.current.number,
                    "changed": not policies.in_force(opened.settings),
                    "differences": [_difference(each) for each in found],
                }
            )
            return
        for each in found:
            for line in _difference_lines(each):
                typer.echo(line)
        if not found:
            frame.say(f"Edition {policies.current.number} is what the settings file says.")


@app.command()
def apply(
    *,
    mode: Annotated[
        Mode,
        typer.Option(
            help="What becomes of clocks that run: now keeps their past as it was counted,"
            " recompute counts as if the new policies had always held, restart begins anew."
        ),
    ] = Mode.NOW,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would change.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="List every clock that changes, not only those that flip.")
    ] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Apply the policies of the settings file, also while `run` is under way.

    Lists the open items that flip: late before and not after, or the other way round. Fixed results
    never change.
    """
    with desk() as opened:
        before = opened.ledger.policies.current
        edition = opened.ledger.policies.draft(opened.settings)
        found = preview(opened.ledger, edition, mode, opened.now)
        moved = 0 if dry_run else _apply(opened, mode, found.mode)
        after = edition if dry_run else opened.ledger.policies.current
        if as_json:
            frame.print_json(_applied(found, before, after, dry_run=dry_run, moved=moved))
            return
        _show_flips(opened, found, every=every)
        frame.say(_outcome(found, before, after, dry_run=dry_run, moved=moved))


def _apply(opened: Opened, mode: Mode, done: Mode) -> int:
    """Put the settings' policies into force, and return how many items were moved.

    `done` is how: what was broken off is finished as it was begun.
    """
    store, ledger = opened.store, opened.ledger
    before = ledger.policies.newest
    Policies.adopt(store, opened.settings, opened.now, mode)
    number = ledger.policies.newest
    moved = ledger.move_to_current(opened.now)
    if moved or number != before:
        with store.writing():
            detail = f"edition {number}, {done}: {moved} open items, {_BY_HAND}"
            store.people.log(opened.now, "policy apply", detail=detail)
    return moved


def _edition(opened: Opened, number: int | None) -> Edition:
    policies = opened.ledger.policies
    if number is None:
        return policies.current
    newest = policies.newest or 0
    if number > newest:
        raise ConfigError(f"--edition: the newest is {newest}, got {number}")
    return policies.edition(number)


# ------------------------------------------------------------ show


def _shown(opened: Opened, edition: Edition) -> Record:
    kept = opened.store.notes.policy_snapshot(edition.number)
    book = edition.book.model_dump(mode="json")
    calendars = {one.calendar.name: one.calendar_version for one in edition.policies}
    return {
        "edition": edition.number,
        "since": instant_or_none(kept[1] if kept else None),
        "newest": opened.ledger.policies.newest == edition.number,
        "policies": [
            {**given, "version": one.version, "calendar_version": one.calendar_version}
            for given, one in zip(book["policy"], edition.policies, strict=True)
        ],
        "rules": book["rule"],
        "calendars": [
            {**given, "version": calendars.get(given["name"])} for given in book["calendar"]
        ],
    }


def _lines(opened: Opened, edition: Edition) -> Iterator[str]:
    kept = opened.store.notes.policy_snapshot(edition.number)
    since = tables.local(kept[1] if kept else None, opened.settings.desk.timezone)
    yield f"edition {edition.number}, since {since}"
    for one in edition.policies:
        yield from _policy_lines(one)
    for number, rule in enumerate(edition.book.rule, start=1):
        when = rule.when.model_dump(mode="json", exclude_defaults=True)
        asked = ", ".join(f"{key} {_plain(value)}" for key, value in when.items())
        yield f"rule {number}: {asked or 'whatever'} -> {rule.policy}"


def _policy_lines(one: Policy) -> Iterator[str]:
    calendar = f"{one.calendar.name} v{one.calendar_version}"
    yield f"policy {one.name} v{one.version}, calendar {calendar}"
    targets = (
        f"{target.value.replace('_', ' ')} {spell_duration(one.target(target))}"
        for target in _TARGETS
    )
    yield f"  {', '.join(targets)}"
    yield f"  resolved after {spell_duration(one.auto_resolve)} of silence"
    steps = (f"{spelled_share(step.share)} {step.tell}" for step in one.steps)
    yield f"  told at {', '.join(steps)}"


# ------------------------------------------------------------ diff


def _differences(before: PolicyBook, after: PolicyBook) -> Iterator[Difference]:
    for kind in _KINDS:
        was, becomes = _parts(kind, getattr(before, kind)), _parts(kind, getattr(after, kind))
        for name in dict.fromkeys((*was, *becomes)):
            if was.get(name) != becomes.get(name):
                yield Difference(
                    kind=kind, name=name, before=was.get(name), after=becomes.get(name)
                )
    if list(_names(before)) != list(_names(after)) and set(_names(before)) == set(_names(after)):
        names = {"order": ", ".join(_names(before))}, {"order": ", ".join(_names(after))}
        yield Difference(kind="policy", name="*", before=names[0], after=names[1])


def _names(book: PolicyBook) -> Iterator[str]:
    return (one.name for one in book.policy)


def _parts(kind: str, given: Iterable[Section]) -> dict[str, Record]:
    """Return the parts of a kind by name; rules have a number instead."""
    plain = [one.model_dump(mode="json") for one in given]
    if kind == "rule":
        return {str(number): one for number, one in enumerate(plain, start=1)}
    return {one["name"]: one for one in plain}


def _difference(each: Difference) -> Record:
    return {
        "kind": each.kind,
        "name": each.name,
        "change": _change(each),
        "fields": {key: list(pair) for key, pair in each.fields.items()},
    }


def _change(each: Difference) -> str:
    if each.before is None:
        return "added"
    return "removed" if each.after is None else "changed"


def _difference_lines(each: Difference) -> Iterator[str]:
    if each.before is None or each.after is None:
        yield f"{each.kind} {each.name}: {_change(each)}"
        return
    for key, (before, after) in each.fields.items():
        yield f"{each.kind} {each.name}.{key}: {_plain(before)} -> {_plain(after)}"


def _plain(value: object) -> str:
    """Return a value of the settings in one line."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "none"
    if isinstance(value, dict):
        return " ".join(f"{key} {_plain(each)}" for key, each in value.items() if each) or "none"
    return "none" if value is None else str(value)


# ------------------------------------------------------------ apply


def _applied(
    found: Preview, before: Edition, after: Edition, *, dry_run: bool, moved: int
) -> Record:
    return {
        "dry_run": dry_run,
        "mode": found.mode.value,
        "edition_before": before.number,
        "edition": after.number,
        "items": found.items,
        "would_change": found.moved,
        "moved": moved,
        "flips": sum(each.flips for each in found.changes),
        "changes": [_flip(each) for each in found.changes],
    }


def _flip(each: Flip) -> Record:
    return {
        "id": each.item.id,
        "brand": each.item.brand,
        "target": each.target.value,
        "cycle": each.cycle,
        "flips": each.flips,
        "before": _held(each.before),
        "after": _held(each.after),
    }


def _held(held: Held | None) -> Record | None:
    if held is None:
        return None
    return {
        "policy": held.policy,
        "policy_version": held.policy_version,
        "calendar": held.calendar,
        "calendar_version": held.calendar_version,
        "allowed_s": seconds(held.allowed),
        "team_time_s": seconds(held.team_time),
        "due_at": instant(held.due_at) if held.due_at else None,
        "breached": held.breached,
    }


def _show_flips(opened: Opened, found: Preview, *, every: bool) -> None:
    shown = [each for each in found.changes if every or each.flips]
    if shown:
        heads = ("item", "brand", "clock", "policy", "due before", "due after", "late")
        zone = opened.settings.desk.timezone
        tables.show(heads, (_row(each, zone) for each in shown))


def _row(each: Flip, zone: ZoneInfo) -> tuple[str, ...]:
    before, after = each.before, each.after
    number = f" {each.cycle}" if each.cycle > 1 else ""
    return (
        f"#{each.item.id}",
        tables.line(each.item.brand),
        each.target.value.replace("_", " ") + number,
        _both(_name(before), _name(after)),
        tables.local(before.due_at if before else None, zone),
        tables.local(after.due_at if after else None, zone),
        _both(_late(before), _late(after)),
    )


def _both(before: str, after: str) -> str:
    return before if before == after else f"{before} -> {after}"


def _name(held: Held | None) -> str:
    return f"{held.policy} v{held.policy_version}" if held else "-"


def _late(held: Held | None) -> str:
    if held is None:
        return "-"
    return "late" if held.breached else "in time"


def _outcome(found: Preview, before: Edition, after: Edition, *, dry_run: bool, moved: int) -> str:
    flips = len({each.item.id for each in found.changes if each.flips})
    counts = f"{found.items} open items, {found.moved} change, {flips} flip"
    if dry_run:
        return f"{counts}. Nothing was applied (--dry-run)."
    if before.number == after.number and not moved:
        return f"Nothing to apply: edition {after.number} is what the settings file says."
    return f"{counts}. Edition {after.number} is in force ({found.mode}); {moved} items were moved."

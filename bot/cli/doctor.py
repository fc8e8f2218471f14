"""`mentiondesk doctor`: everything the desk stands on, looked at once, with what to do about it."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import frame
from bot.logs import Redactor
from monitor.credentials import NAMES, known_secrets, secrets_for, variable
from monitor.errors import ConfigError, MonitorError, StoreError

if TYPE_CHECKING:
    from bot.probes import Finding
    from bot.wiring import App
    from monitor.sections import ChatSettings
    from monitor.settings import Settings
    from monitor.store.store import Store

PATIENCE = timedelta(seconds=45)  # with all checks together; each request has a shorter limit
LOW_DISK, NO_DISK = 1_000_000_000, 100_000_000  # bytes that are left
_OTHERS = 0o077  # what the group and the others may do to a file
_SET_BACK = timedelta(seconds=5)
_RELEASE_AGE = 2  # years after which rules of time zones are old


class Outcome(StrEnum):
    """How a check came out, best first."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, what was found, and what to do about it."""

    place: str  # "database", "connectors.reddit"
    outcome: Outcome = Outcome.OK
    found: str
    advice: str = ""

    @property
    def line(self) -> str:
        """The check as people read it."""
        advice = f" -> {self.advice}" if self.advice else ""
        return f"{self.outcome:<5} {self.place}: {self.found}{advice}"


Look = Callable[[], Iterable[Check]]


def doctor(
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask neither Telegram nor a platform.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Load the judge, and read the whole database.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check settings, secrets, database, judge and sources.

    The requests to Telegram and the platforms are real but harmless. Ends with 1 if a check
    failed; warnings alone end with 0.
    """
    settings = frame.settings()
    hidden = Redactor(known_secrets(os.environ))
    checks = [
        replace(each, found=hidden(each.found), advice=hidden(each.advice))
        for each in examined(_looks(settings, offline=offline, deep=deep))
    ]
    sick = any(each.outcome is Outcome.FAIL for each in checks)
    if as_json:
        rows = [
            {
                "check": each.place,
                "outcome": each.outcome.value,
                "found": each.found,
                "advice": each.advice or None,
            }
            for each in checks
        ]
        frame.print_json({"ok": not sick, "checks": rows})
    else:
        for each in checks:
            typer.echo(each.line)
    if sick:
        raise typer.Exit(1)


def examined(looks: Sequence[tuple[str, Look]], patience: timedelta = PATIENCE) -> list[Check]:
    """Return what all looks found, in their order; they run side by side.

    One that does not come back in time has failed, and is left behind.
    """
    found: dict[int, list[Check]] = {}
    threads = [
        Thread(target=_look, args=(found, number, place, look), daemon=True)
        for number, (place, look) in enumerate(looks)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + patience.total_seconds()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return [
        each
        for number, (place, _) in enumerate(looks)
        for each in found.get(number, [_late(place)])
    ]


def _look(found: dict[int, list[Check]], number: int, place: str, look: Look) -> None:
    try:
        checks = list(look())
    except MonitorError as error:
        checks = [_failed(place, str(error))]
    except Exception as error:  # noqa: BLE001 - whatever a check meets, the others go on
        checks = [_failed(place, f"unexpected {type(error).__name__}: {error}")]
    found[number] = checks


def _failed(place: str, found: str, advice: str = "") -> Check:
    return Check(place=place, outcome=Outcome.FAIL, found=" ".join(found.split()), advice=advice)


def _late(place: str) -> Check:
    return _failed(place, "no answer in time", "try again; if it stays so, look at the network")


def _looks(settings: "Settings", *, offline: bool, deep: bool) -> list[tuple[str, Look]]:
    looks: list[tuple[str, Look]] = [
        ("settings", partial(_settings, settings)),
        ("secrets", partial(_secrets, settings)),
        ("database", partial(_database, settings, deep)),
        ("judge", partial(_judge, deep)),
        ("time", partial(_time, settings)),
        ("disk", partial(_disk, settings.desk.database.parent)),
    ]
    if offline:
        looks += _sections()
    else:
        looks.append(("telegram", partial(_telegram, settings)))
        looks += platform_looks()
    return looks


def _settings(settings: "Settings") -> Iterator[Check]:
    counts = (
        (len(settings.brand), "brand"),
        (len(settings.chat), "chat"),
        (len(settings.connectors), "source"),
    )
    told = ", ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts)
    yield Check(place="settings", found=f"{frame.config_path()}: {told}")
    if not settings.brand:
        yield _warning("settings", "no brand is watched", "add a [[brand]]")
    if not settings.connectors:
        yield _warning("settings", "nothing is read", "add a [connectors.<platform>]")


def _warning(place: str, found: str, advice: str) -> Check:
    return Check(place=place, outcome=Outcome.WARN, found=found, advice=advice)


def _secrets(settings: "Settings") -> Iterator[Check]:
    """Yield which secrets are there, by the names of their variables: never what they say.

    Those of platforms that are not read are nobody's business.
    """
    from bot.wiring import platforms

    built = platforms()
    for platform in ("telegram", *(each for each in settings.connectors if each in built)):
        try:
            given = secrets_for(platform, os.environ)
        except ConfigError as error:
            yield _failed("secrets", str(error), "mend the environment of the service")
            continue
        if given:
            names = ", ".join(variable(platform, name) for name in given)
            yield Check(place="secrets", found=f"{platform}: {names}")
        elif platform in NAMES:
            yield _no_secret(platform, settings)


def _no_secret(platform: str, settings: "Settings") -> Check:
    wanted = variable(platform, NAMES[platform][0])
    if platform != "telegram":
        return Check(place="secrets", found=f"{platform}: none")
    if settings.chat:
        return _warning(
            "secrets",
            "telegram: none, so that no chat gets a card but this terminal",
            f"set {wanted} to the token of @BotFather",
        )
    return Check(place="secrets", found="telegram: none; the chat is this terminal")


def _database(settings: "Settings", deep: bool) -> Iterator[Check]:
    path = settings.desk.database
    if not path.exists():
        yield _place_for(path)
        return
    from monitor.store.database import missing_steps
    from monitor.store.store import Store

    if path.stat().st_mode & _OTHERS:
        yield _warning("database", f"{path}: others can read it", f"chmod 600 {path}")
    if steps := missing_steps(path):
        count = f"{len(steps)} step" + ("s" if len(steps) > 1 else "")
        words = f"{path}: {count} behind this version"
        yield _warning("database", words, "back it up; the next start brings it up to date")
        return
    with Store(path) as store:
        damage = store.damage(quick=not deep)
        yield from (_failed("database", line, "mentiondesk db check") for line in damage[:5])
        if not damage:
            size = path.stat().st_size / 1e6
            read = "every page and index" if deep else "quick check"
            yield Check(place="database", found=f"{path}: {size:.1f} MB, sound ({read})")
            yield from _troubles(store)
            yield from _shifts(store, settings)


def _place_for(path: Path) -> Check:
    if os.access(path.parent, os.W_OK):
        return Check(place="database", found=f"{path}: not there yet; `mentiondesk run` makes it")
    return _failed(
        "database", f"{path}: cannot be made there", f"make {path.parent} and let this user write"
    )


def _troubles(store: "Store") -> Iterator[Check]:
    """Yield what the desk itself wrote down as going wrong."""
    for source in store.sources.all():
        if source.failing_since is not None:
            since = f"{source.failing_since:%Y-%m-%d %H:%M} UTC"
            yield _warning(
                "database",
                f"{source.name} fails since {since}: {source.error}",
                "see what the source itself says below",
            )
    for chat in store.people.chats():
        if chat.gone_at is not None:
            words = f"the bot is shut out of the chat {chat.name!r} since {chat.gone_at:%Y-%m-%d}"
            yield _warning("database", words, "add it to the group again")
    lost = sum(1 for _ in store.outbox.failed())
    if lost:
        yield _warning("database", f"{lost} messages were refused", "the log says why")


def _shifts(store: "Store", settings: "Settings") -> Iterator[Check]:
    """Yield the names in shifts that are nobody's: who is not linked is never told."""
    from monitor.handling.shifts import Shifts

    for shift, name in Shifts(store, settings).unknown():
        words = f"shift {shift!r}: no agent, lead or manager here is called {name!r}"
        yield _warning("settings", words, "see `mentiondesk team list`, or let them in")


def _judge(deep: bool) -> Iterator[Check]:
    from bot.wiring import LazyJudge, judge_version

    if not deep:
        yield Check(place="judge", found=f"{judge_version()}: all files are whole")
        return
    from monitor.model import Passage

    judge = LazyJudge()
    found = next(judge.classify([Passage(text="My parcel is lost, please help")]))
    yield Check(place="judge", found=f"{judge.version}: loaded; reads {found.language}")


def _time(settings: "Settings") -> Iterator[Check]:
    now = datetime.now(UTC)
    yield _zones(settings, now)
    if time.tzname != ("UTC", "UTC"):
        yield _failed("time", f"the process is in {time.tzname[0]}", "start it as `mentiondesk`")
    latest = _latest_reading(settings.desk.database)
    if latest is not None and latest > now + _SET_BACK:
        yield _failed(
            "time",
            f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC, but sources were read at"
            f" {latest:%Y-%m-%d %H:%M:%S}",
            "set the clock; switch on its synchronisation",
        )


def _zones(settings: "Settings", now: datetime) -> Check:
    from importlib.metadata import version

    zone = settings.desk.timezone
    shown = f"{now.astimezone(zone):%Y-%m-%d %H:%M} in {zone}"
    rules = version("tzdata")
    if int(rules.partition(".")[0]) + _RELEASE_AGE < now.year:
        return _warning("time", f"{shown}; the rules are of {rules}", "update the package tzdata")
    return Check(place="time", found=f"{shown} (rules of {rules}), {now:%H:%M} UTC")


def _latest_reading(path: Path) -> datetime | None:
    """Return when a source was last read; None where there is nothing to compare with."""
    store = _usable(path)
    if store is None:
        return None
    with store:
        read_at = (each.last_ok_at for each in store.sources.all() if each.last_ok_at)
        return max(read_at, default=None)


def _usable(path: Path) -> "Store | None":
    """Return the open store, None where there is none yet, or one that only `_database` tells of.

    An older one is left as it is.
    """
    from monitor.store.database import missing_steps
    from monitor.store.store import Store

    try:
        return Store(path) if path.exists() and not missing_steps(path) else None
    except StoreError:
        return None


def _disk(folder: Path) -> Iterator[Check]:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words, advice = (
        f"{free / 1e9:.1f} GB free at {folder}",
        "make room: a full disk pauses the desk",
    )
    if free >= LOW_DISK:
        yield Check(place="disk", found=words)
    elif free >= NO_DISK:
        yield _warning("disk", words, advice)
    else:
        yield _failed("disk", words, advice)


def _telegram(settings: "Settings") -> Iterator[Check]:
    token = secrets_for("telegram", os.environ).get("token")
    if token is None:
        return
    from bot.probes import telegram_findings

    chats = _present_chats(settings)
    for finding in telegram_findings(settings.telegram.base_url, token, chats):
        yield _as_check(finding, "see that the token is right and the bot is in the group")


def _present_chats(settings: "Settings") -> tuple["ChatSettings", ...]:
    """Return the chats as they are now: a group that became a supergroup has another number."""
    store = _usable(settings.desk.database)
    if store is None:
        return settings.chat
    with store:
        linked = {chat.name: chat.chat_id for chat in store.people.chats()}
        moved = {
            chat.name: linked[chat.name]
            for chat in settings.chat
            if chat.name in linked and store.notes.value(f"chat:{chat.name}") == str(chat.id)
        }
    return tuple(
        chat.model_copy(update={"id": moved.get(chat.name, chat.id)}) for chat in settings.chat
    )


def platform_looks() -> list[tuple[str, Look]]:
    """Return what asks each platform of the settings one real but harmless question."""
    from bot.wiring import open_app, platforms

    app = open_app(frame.config_path(), os.environ)
    built = platforms()
    return [
        (
            f"connectors.{platform}",
            partial(_connector, app, platform)
            if platform in built
            else partial(_unbuilt, platform),
        )
        for platform in app.settings.connectors
    ]


def _sections() -> list[tuple[str, Look]]:
    """Return what can be said of the sources without asking them."""
    from bot.wiring import open_app, platforms

    app = open_app(frame.config_path(), os.environ)
    built = platforms()
    return [
        (
            f"connectors.{platform}",
            partial(_section, app, platform) if platform in built else partial(_unbuilt, platform),
        )
        for platform in app.settings.connectors
    ]


def _section(app: "App", platform: str) -> Iterator[Check]:
    app.every(platform)
    yield Check(place=f"connectors.{platform}", found="its section is right")


def _unbuilt(platform: str) -> Iterator[Check]:
    yield _warning(f"connectors.{platform}", "not built yet, so not read", "wait for a release")


def _connector(app: "App", platform: str) -> Iterator[Check]:
    from bot.probes import connector_findings
    from bot.sources import close

    place = f"connectors.{platform}"
    try:
        connector = app.connector(platform)
    except MonitorError as error:
        yield _failed(place, str(error), "mend the settings or the secrets")
        return
    try:
        found = list(connector_findings({platform: connector}))
    finally:
        close(connector)
    if not found:
        yield Check(place=place, found="cannot be asked; `poll` shows it")
    for finding in found:
        yield _as_check(finding, "see docs/connectors for what it needs")


def _as_check(finding: "Finding", advice: str) -> Check:
    if finding.good:
        return Check(place=finding.place, found=finding.words)
    return _failed(finding.place, finding.words, advice)

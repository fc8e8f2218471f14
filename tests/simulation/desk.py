"""The real desk in simulated time: opened, worked at, closed and opened again."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.office import Office, open_office
from bot.timekeeping import Timekeeper
from bot.wiring import App
from monitor.clock.policy import Mode
from monitor.handling.ledger import Ledger, Standing
from monitor.handling.policies import Policies
from monitor.model import ItemId, Member, Notice, Page, Role
from monitor.settings import parse
from monitor.store.sources import SourceRow
from tests.simulation.editions import PLATFORMS, TEAM, Edition, settings
from tests.simulation.judging import ScriptedJudge
from tests.simulation.mailing import Mailing
from tests.simulation.watching import Watcher

_AT_ONCE = 5  # ticks until nothing is due any more
_HELD = timedelta(seconds=1)


class SimulatedTime(Timekeeper):
    """A clock that stands where it was put."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self.at


class RealDesk:
    """The product, wired as `mentiondesk run` wires it, but for connectors, judge and Telegram."""

    def __init__(self, folder: Path, edition: Edition, time: SimulatedTime) -> None:
        self.database = folder / "desk.db"
        self.time = time
        self.edition = edition
        self.mailing = Mailing()
        self.touched: dict[ItemId, None] = {}
        self.told: list[Notice] = []
        self.members: dict[str, Member] = {}
        self._open()
        self._let_in()

    def _open(self) -> None:
        text = settings(self.edition, self.database)
        app = App(parse(text, self.database.with_name("mentiondesk.toml")), {}, self.time)
        app.judge = ScriptedJudge()
        self.app = app
        self.office = open_office(app, terminal=False)
        self._listen(self.office)
        self.watcher = Watcher(self.office, self.mailing.texts)

    def _listen(self, office: Office) -> None:
        """Note what is touched and what is told, on its way through."""
        ledger, dispatch = office.workshop.ledger, office.dispatch
        settle, announce = ledger.settle, dispatch.announce

        def settling(item: ItemId, now: datetime) -> Standing:
            self.touched[item] = None
            return settle(item, now)

        def announcing(standing: Standing, notices: tuple[Notice, ...], now: datetime) -> None:
            self.told += notices
            announce(standing, notices, now)

        vars(ledger)["settle"] = settling
        vars(dispatch)["announce"] = announcing

    def _let_in(self) -> None:
        store = self.office.workshop.store
        with store.writing():
            for number, (name, role) in enumerate(TEAM, start=1):
                self.members[name] = store.people.join(name, number, Role(role), self.time.at)
            for platform in PLATFORMS:
                store.sources.switch_on(platform, platform, self.time.at)
                store.sources.switch_on(f"{platform}:own", platform, self.time.at)
        self.office.begin(self.time.at)

    def restart(self, edition: Edition) -> None:
        """Open the desk anew, as after an update or a crash."""
        self.close()
        self.edition = edition
        self._open()
        self.office.begin(self.time.at)

    def apply(self, edition: Edition) -> None:
        """Apply other settings while the desk runs, as `mentiondesk policy apply` does."""
        self.edition = edition
        book = parse(settings(edition, self.database), self.database.with_suffix(".toml"))
        Policies.adopt(self.office.workshop.store, book, self.time.at, Mode(edition.mode))
        self.ledger.move_to_current(self.time.at)

    def close(self) -> None:
        """Close the desk's file."""
        self.app.close_workshop()

    @property
    def ledger(self) -> Ledger:
        """The ledger of the desk that is open."""
        return self.office.workshop.ledger

    def source(self, name: str) -> SourceRow:
        """Return a source."""
        found = self.office.workshop.store.sources.get(name)
        assert found is not None
        return found

    def take(self, page: Page, source: str, *, live: bool = True) -> None:
        """Take a page in."""
        self.office.workshop.pipeline.take(page, self.source(source), self.time.at, live=live)

    def tick(self) -> None:
        """Let time do its work, until nothing is due any more."""
        for _ in range(_AT_ONCE):
            self.office.tick(self.time.at)
            if not self.office.workshop.store.items.to_check(self.time.at, 1):
                return

    def next_check(self) -> datetime | None:
        """Return when the desk itself means to look at an item next."""
        found = self.office.workshop.store.items.to_check(
            datetime.max.replace(tzinfo=self.time.at.tzinfo), 1
        )
        at = found[0].due.next_check_at if found else None
        return max(at, self.time.at + _HELD) if at is not None else None

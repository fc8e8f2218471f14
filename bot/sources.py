"""The sources at work: each platform has two threads, and delays nobody else.

In the first its poll, its own accounts and its second looks take turns, a bounded slice each. In
the second are acts that a person or a breach waits for: looks at one conversation, and replies;
so a long poll never holds one of them up. Each thread has a store and a client of the platform of
its own, so that no client must stand being called twice at once; one that says that it is
`Shared` serves both.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import TypeVar

from bot.jobs import Job
from bot.looking import Allowance, Looking
from bot.wiring import App, Workshop
from monitor.errors import ConnectorError, RateLimitError
from monitor.handling.replying import Delivered, Limit, deliver
from monitor.intake import answers, polling, recheck
from monitor.intake.answers import Clocks, Looked
from monitor.intake.pipeline import Taken
from monitor.intake.polling import OWN
from monitor.intake.spending import metered, month_of, tell_spent
from monitor.model import ItemId
from monitor.ports import Budgeted, Connector, OwnReplies, Rechecking, Replying, Streaming, Threads

LOOK_EVERY_S = 2.0
REPLY_EVERY_S = 3.0  # beside the call when one was confirmed
LOOKS_A_MINUTE = 30  # at conversations, before a breach or after a tap
STALE_A_MINUTE = 20  # and in place of second looks, where a platform knows none
STALE_AT_ONCE = 2  # of these, until it is looked whether something urgent came
Returned = TypeVar("Returned")
_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Lanes:
    """The two threads of a platform, and what each of them works with."""

    connector: Connector  # of the reading thread
    reading: ThreadPoolExecutor
    acting: ThreadPoolExecutor
    second: Connector | None = None  # of the acting thread, once it did something
    clocks: Clocks  # of the acting thread
    limit: Limit | None = None  # until when the platform takes no replies
    tripped: bool = False  # the latest second look failed
    looks: Allowance = field(default_factory=lambda: Allowance(a_minute=LOOKS_A_MINUTE))
    stale: Allowance = field(default_factory=lambda: Allowance(a_minute=STALE_A_MINUTE))


class Sources:
    """Makes the jobs that read the platforms."""

    def __init__(
        self,
        app: App,
        connectors: Mapping[str, Connector],
        changed: Callable[[], Awaitable[None]],
        *,
        looking: Looking | None = None,
        second: Callable[[Connector], Connector] | None = None,
    ) -> None:
        """`changed` is awaited when what was read concerns items.

        `second` makes the client of a platform's acting thread.
        """
        self._app = app
        self._changed = changed
        self._looking = looking or Looking()
        self._second = second or app.second
        self._lanes = {
            platform: _Lanes(
                connector=connector,
                clocks=Clocks(platform),
                reading=ThreadPoolExecutor(max_workers=1, thread_name_prefix=platform),
                acting=ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"{platform}-act"),
            )
            for platform, connector in connectors.items()
        }

    @property
    def threads(self) -> tuple[ThreadPoolExecutor, ...]:
        """The threads of the platforms."""
        return tuple(
            each for lanes in self._lanes.values() for each in (lanes.reading, lanes.acting)
        )

    def jobs(self) -> list[Job]:
        """Return the jobs of every platform."""
        return [job for lanes in self._lanes.values() for job in self._jobs_of(lanes)]

    def listen(self, wake: Callable[[str], None]) -> None:
        """Have streams wake their poll, and breaches a look; `wake` takes the name of a job."""
        loop = asyncio.get_running_loop()
        for platform, lanes in self._lanes.items():
            if isinstance(lanes.connector, Streaming):
                lanes.connector.on_news(_Bell(loop, partial(wake, f"poll {platform}")))
            if self._looks_at(lanes.connector):
                self._looking.can(platform, _Bell(loop, partial(wake, f"look {platform}")))

    def close(self) -> None:
        """Let every stream end; the threads are not waited for."""
        for lanes in self._lanes.values():
            close(lanes.connector)
            if lanes.second is not None and lanes.second is not lanes.connector:
                close(lanes.second)

    async def act(self, platform: str, work: Callable[[Connector, Workshop], Returned]) -> Returned:
        """Return what `work` returned in the acting thread of a platform, soon: no poll is there.

        It gets that thread's own client and workshop.
        """
        lanes = self._lanes[platform]
        return await _in(lanes.acting, lambda: work(self._client(lanes), self._app.workshop()))

    def _client(self, lanes: _Lanes) -> Connector:
        if lanes.second is None:
            lanes.second = self._second(lanes.connector)
        return lanes.second

    def _jobs_of(self, lanes: _Lanes) -> list[Job]:
        connector, platform = lanes.connector, lanes.connector.platform
        every_s = self._app.every(platform)
        name, read = f"poll {platform}", partial(self._poll, connector)
        jobs = [self._reading_job(name, lanes, every_s, read)]
        if isinstance(connector, OwnReplies):
            own_read = partial(self._poll_own, connector, connector)
            jobs.append(self._reading_job(name + OWN, lanes, every_s, own_read))
        if isinstance(connector, Rechecking):
            turn_s = recheck.turn_of(connector).total_seconds()
            jobs.append(self._job(f"recheck {platform}", turn_s, lambda: self._recheck(lanes)))
        return [*jobs, *self._acts_of(lanes)]

    def _acts_of(self, lanes: _Lanes) -> list[Job]:
        """Return what is done in a platform's acting thread."""
        platform = lanes.connector.platform
        jobs: list[Job] = []
        if self._looks_at(lanes.connector):
            jobs.append(
                Job(name=f"look {platform}", every_s=LOOK_EVERY_S, work=lambda: self._look(lanes))
            )
        if isinstance(lanes.connector, Replying):
            name = f"reply {platform}"
            jobs.append(Job(name=name, every_s=REPLY_EVERY_S, work=lambda: self._reply(lanes)))
        return jobs

    def hurry(self, wake: Callable[[str], None]) -> Callable[[str], None]:
        """Return what has the replies of a platform sent at once, from any thread."""
        loop = asyncio.get_running_loop()
        bells = {name: _Bell(loop, partial(wake, f"reply {name}")) for name in self._lanes}
        return lambda platform: bells[platform]()

    def _looks_at(self, connector: Connector) -> bool:
        """Return whether single conversations are read: not in a demo, which is over too soon."""
        return isinstance(connector, Threads) and self._app.time.factor == 1.0

    def _job(self, name: str, every_s: float, work: Callable[[], Awaitable[None]]) -> Job:
        return Job(name=name, every_s=every_s / self._app.time.factor, work=work)

    def _reading_job(
        self, name: str, lanes: _Lanes, every_s: float, read: Callable[[], Taken]
    ) -> Job:
        async def work() -> None:
            await self._tell((await _in(lanes.reading, read)).items)

        return self._job(name, every_s, work)

    async def _tell(self, items: Sequence[ItemId]) -> None:
        if items:
            await self._changed()

    # ------------------------------------------------------------ polls, in the reading thread

    def _poll(self, connector: Connector) -> Taken:
        shop, now = self._app.workshop(), self._app.time.now
        if not self._is_due(shop, connector, connector.platform, now()):
            return Taken()
        look_back = self._app.settings.desk.look_back
        return polling.poll(connector, shop.pipeline, shop.store, look_back, now(), now).taken

    def _poll_own(self, own: OwnReplies, connector: Connector) -> Taken:
        shop, now, platform = self._app.workshop(), self._app.time.now, connector.platform
        if not self._is_due(shop, connector, platform + OWN, now()):
            return Taken()
        look_back = self._app.settings.desk.look_back
        return polling.poll_own(
            own, platform, shop.pipeline, shop.store, look_back, now(), now
        ).taken

    def _is_due(self, shop: Workshop, connector: Connector, name: str, now: datetime) -> bool:
        """Return whether a source may be polled: it does not rest, and the money lasts."""
        platform = connector.platform
        until = polling.rests_until(shop.store, platform, now)
        if not isinstance(connector, Budgeted):
            return until is None
        tell_spent(connector, shop.store, platform, now)
        every = timedelta(seconds=self._app.every(platform))
        pace = connector.pace(every, now)
        if until is not None and (until != month_of(now)[1] or pace >= until - now):
            return False  # unless it rested for want of money, and got some
        source = shop.store.sources.get(name)
        if source is None:
            return True
        if source.pace != (slowed := pace if pace > every else None):
            with shop.store.writing():
                shop.store.sources.paced(name, slowed)
        read_at = (source.last_ok_at, shop.store.coverage.read_at(name))
        paid_at = max((each for each in read_at if each is not None), default=None)
        return paid_at is None or now - paid_at >= pace - every / 2

    # ------------------------------------------------------------ second looks, likewise

    async def _recheck(self, lanes: _Lanes) -> None:
        """Look again at what is due, batch by batch: polls come in between."""
        batches = await _in(lanes.reading, lambda: self._due_batches(lanes))
        for keys in batches:
            looked = await _in(lanes.reading, partial(self._recheck_some, lanes, keys))
            await self._tell(looked.taken.items)
            lanes.tripped = looked.error is not None
            if lanes.tripped:
                return

    def _due_batches(self, lanes: _Lanes) -> tuple[tuple[str, ...], ...]:
        store, now = self._app.workshop().store, self._app.time.now()
        connector, strewn = lanes.connector, lanes.tripped
        if not isinstance(connector, Rechecking):
            return ()
        if polling.rests_until(store, connector.platform, now) is not None:
            return ()
        return recheck.due_batches(connector, connector.platform, store, now, strewn=strewn)

    def _recheck_some(self, lanes: _Lanes, keys: Sequence[str]) -> Looked:
        shop, now = self._app.workshop(), self._app.time.now
        looked = recheck.recheck(lanes.connector, keys, shop.pipeline, shop.store, now(), now)
        return self._heed(shop, lanes.connector, looked)

    def _heed(self, shop: Workshop, connector: Connector, looked: Looked) -> Looked:
        """Leave a platform alone for as long as it asked for.

        One with a budget may have no money left for looks, and some for polls, which ask by
        themselves.
        """
        if looked.error is not None and not isinstance(connector, Budgeted):
            self.heed(shop, looked.error)
        return looked

    def heed(self, shop: Workshop, error: ConnectorError) -> None:
        """Leave the platform of `error` alone for as long as it asked for."""
        if isinstance(error, RateLimitError) and error.retry_at is not None:
            polling.rest(shop.store, error.platform, error.retry_at, str(error))

    # ------------------------------------------------------------ conversations, in the acting one

    async def _look(self, lanes: _Lanes) -> None:
        """Read the conversations that matter now, one by one: replies come in between."""
        platform = lanes.connector.platform
        if self._looking.rests(platform):
            return
        for thread in await self.act(platform, lambda _, shop: self._wanted(lanes, shop)):
            looked = await self.act(platform, partial(self._look_at, thread))
            await self._tell(looked.taken.items)
            if looked.error is None:
                self._looking.worked(platform, thread)
                continue
            slow_down = isinstance(looked.error, RateLimitError)
            self._looking.failed(platform, thread, wholly=slow_down)
            if self._looking.rests(platform):
                return

    def _wanted(self, lanes: _Lanes, shop: Workshop) -> tuple[str, ...]:
        platform, now = lanes.connector.platform, self._app.time.now()
        if polling.rests_until(shop.store, platform, now) is not None:
            return ()
        free = not isinstance(lanes.connector, Budgeted)
        rested = self._looking.rested(platform)
        most = lanes.looks.left + len(rested)
        urgent = answers.wanted(shop.ledger, lanes.clocks, now, most, claims=free)
        stale: list[str] = []
        if free and not isinstance(lanes.connector, Rechecking):
            most = STALE_AT_ONCE + len(rested)
            found = shop.store.looks.stale(platform, now - answers.STALE, most)
            stale = [each for each in found if each not in rested][:STALE_AT_ONCE]
        return tuple(
            dict.fromkeys(
                [
                    *(each for each in urgent if each not in rested and lanes.looks.take()),
                    *(each for each in stale if lanes.stale.take()),
                ]
            )
        )

    def _look_at(self, thread: str, connector: Connector, shop: Workshop) -> Looked:
        now = self._app.time.now
        looked = answers.look(connector, thread, shop.pipeline, shop.store, now(), now)
        return self._heed(shop, connector, looked)

    # ------------------------------------------------------------ replies, likewise

    async def _reply(self, lanes: _Lanes) -> None:
        """Send the replies that members confirmed, and take back those they took back."""
        delivered = await self.act(lanes.connector.platform, partial(self._deliver, lanes.limit))
        lanes.limit = delivered.limit
        await self._tell(delivered.items)

    def _deliver(self, limit: Limit | None, connector: Connector, shop: Workshop) -> Delivered:
        if not isinstance(connector, Replying):
            return Delivered()
        platform, now = connector.platform, self._app.time.now
        with metered(connector, shop.store, platform, "reply", now()):
            return deliver(connector, platform, shop.answers, now, limit)


class _Bell:
    """Calls something in the loop's thread, soon and once, however often it is rung in any."""

    def __init__(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
        self._loop = loop
        self._call = call
        self._turn = Lock()
        self._rung = False

    def __call__(self) -> None:
        """Ring."""
        with self._turn:
            if self._rung:
                return
            self._rung = True
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            self._loop.call_soon_threadsafe(self._heard)

    def _heard(self) -> None:
        with self._turn:
            self._rung = False
        self._call()


def close(connector: Connector) -> None:
    """Let a stream end; one that cannot is left behind."""
    if not isinstance(connector, Streaming):
        return
    try:
        connector.close()
    except Exception:  # noqa: BLE001 - nothing is lost with it, and others must be closed
        _log.exception("%s: the stream could not be closed", connector.platform)


async def _in(thread: ThreadPoolExecutor, work: Callable[[], Returned]) -> Returned:
    return await asyncio.get_running_loop().run_in_executor(thread, work)

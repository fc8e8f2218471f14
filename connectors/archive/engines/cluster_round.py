"""One reading on a cluster: who reads which archive, and what of it is passed on."""

import pickle
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from distributed import Client, Future, Queue
from distributed.scheduler import KilledWorker

from connectors.archive.engines.cluster_task import Order, Told, orders_of, read_archive
from connectors.archive.engines.courses import Course, OutOfStepError, Read, Trouble
from connectors.archive.wanted import Wanted
from monitor.errors import UnavailableError
from monitor.model import Portion

_PAUSE_S = 0.05
_LOOK_S = 1.0


@dataclass(slots=True)
class _Task:
    """One archive as the cluster was asked for it."""

    course: Course
    future: Future[None]
    has_begun: bool = False
    is_ended: bool = False  # what it told before is in the queue by now


class Round:
    """All archives of one call, from the first task to the last portion."""

    def __init__(
        self,
        client: Client,
        errand: tuple[Read, Wanted],
        courses: list[Course],
        patience_s: float,
    ) -> None:
        self._client = client
        self._read, wanted = errand
        self._wanted = pickle.dumps(wanted)
        self._waiting = courses
        self._tasks: dict[int, _Task] = {}
        self._begun = 0
        self._name = f"mentiondesk-{uuid4().hex}"
        self._news: Queue = Queue(self._name, client=client)
        self._answers: list[Queue] = []
        self._room = _Room(client, patience_s)

    def portions(self) -> Iterator[Portion]:
        """Yield all portions, those of one archive in order."""
        while self._submit():
            ended = [number for number, task in self._tasks.items() if task.is_ended]
            told = self._told()
            for each in told:
                passed = self._heard(*each)
                if passed is not None:
                    yield passed
            yield from self._without_end(ended)
            for task in self._tasks.values():
                task.is_ended = task.future.status != "pending"
            if not told:
                time.sleep(_PAUSE_S)

    def close(self) -> None:
        """Leave nothing behind in a scheduler that others use."""
        with suppress(OSError, RuntimeError):
            self._client.cancel([task.future for task in self._tasks.values()], force=True)
            for queue in self._answers:
                _release(queue, 2)  # ours and the reader's
            _release(self._news, 1 + len(self._answers))

    def _submit(self) -> bool:
        """Return whether anything is left to read, after asking for as much as there is room for.

        No more than that: which worker takes an archive is seen when it is free, so that none
        waits behind a long one.
        """
        room = self._room.threads() - len(self._tasks)
        for _ in range(min(room, len(self._waiting))):
            self._ask_for(self._waiting.pop())
        return bool(self._tasks or self._waiting)

    def _ask_for(self, course: Course) -> None:
        self._begun += 1
        future = self._client.submit(
            read_archive,
            self._name,
            self._begun,
            course.source,
            self._read,
            key=f"{self._name}-{self._begun}",
            pure=False,
        )
        self._tasks[self._begun] = _Task(course, future)

    def _told(self) -> list[Told]:
        """Return all that waits in the queue. Raises: `UnavailableError`."""
        try:
            waiting = self._news.get(batch=True)
        except KeyError as error:
            raise UnavailableError("dask", "the scheduler was started anew") from error
        return [pickle.loads(each) for each in waiting]  # noqa: S301 - from our own tasks

    def _heard(self, number: int, reader: str, word: Portion | Trouble | None) -> Portion | None:
        if word is None:
            return self._asked(number, reader)
        task = self._tasks.get(number)
        if task is None:
            return None
        try:
            passed = task.course.said(reader, word)
        except OutOfStepError as error:
            return self._again(number, str(error))
        if task.course.is_over:
            del self._tasks[number]
        return passed

    def _asked(self, number: int, reader: str) -> Portion | None:
        """Tell a reader where to begin, or to do nothing; return what is said if none may begin."""
        task = self._tasks.get(number)
        order: Order = None
        damage = None
        if task is not None and task.course.may_begin:
            task.has_begun = True
            order = self._wanted, task.course.begin(reader)
        elif task is not None:
            damage = task.course.given_up("its workers were lost")
            del self._tasks[number]
        self._answers.append(Queue(orders_of(self._name, reader), client=self._client))
        self._answers[-1].put(pickle.dumps(order))
        return damage

    def _without_end(self, ended: list[int]) -> Iterator[Portion]:
        """Yield the ends of archives whose tasks ended and never told the last portion."""
        for number in ended:
            task = self._tasks.get(number)
            if task is None:
                continue
            fault = task.future.exception() if task.future.status == "error" else None
            passed = (
                self._again(number, "its workers were lost")
                if fault is None or _is_death(fault)
                else self._faulty(number, fault)
            )
            if passed is not None:
                yield passed

    def _again(self, number: int, why: str) -> Portion | None:
        """Ask anew, from where the archive stands; return what is said if that went on too long."""
        task = self._tasks.pop(number)
        task.future.cancel()
        if not task.has_begun:
            task.course.attempts += 1
        if not task.course.may_begin:
            return task.course.given_up(why)
        self._waiting.append(task.course)
        return None

    def _faulty(self, number: int, fault: BaseException) -> Portion:
        reason = f"{type(fault).__name__}: {fault}"
        return self._tasks.pop(number).course.ended(Trouble(reason=reason))


class _Room:
    """How much a cluster can do at once; it may grow, and workers may leave."""

    def __init__(self, client: Client, patience_s: float) -> None:
        self._client = client
        self._patience_s = patience_s
        self._threads = 0
        self._looked = float("-inf")
        self._had_workers = time.monotonic()

    def threads(self) -> int:
        """Return how many tasks can run. Raises: `UnavailableError` after long without any."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_S:
            self._looked = now
            self._threads = sum(self._client.nthreads().values())
        if self._threads:
            self._had_workers = now
        elif now - self._had_workers > self._patience_s:
            raise UnavailableError("dask", f"no worker for {self._patience_s:.0f} s")
        return self._threads


def _release(queue: Queue, times: int) -> None:
    """Give a queue up for all who hold it: those that were killed cannot."""
    for _ in range(times):
        queue.close()


def _is_death(fault: BaseException) -> bool:
    """Return whether a task failed because its workers died, or lost the scheduler."""
    return isinstance(fault, KilledWorker | OSError)

"""What a tick costs with 100 and with 10,000 open items: idle, and with a hundred of them due.

A tick looks up whose time has come by an index, so what it costs should follow what is due, not
what is open.
"""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from monitor.handling.ledger import Ledger, Standing
from monitor.handling.policies import Policies
from monitor.handling.tick import Tick
from monitor.intake.pipeline import Pipeline
from monitor.matching.matcher import Matcher
from monitor.model import (
    Author,
    Brand,
    Classification,
    Cursor,
    Flag,
    Mention,
    Notice,
    Page,
    Passage,
)
from monitor.settings import PolicyBook
from monitor.store.sources import SourceRow
from monitor.store.store import Store

FEW, MANY = 100, 10_000
DUE = 100  # items whose first step falls due together
IDLE = 50  # ticks with nothing to do
ROUNDS = 3  # the quickest counts: what else the machine does is not measured
GROWTH_WANTED = 3.0  # times as long with a hundred times as many open items, at most
_BEGIN = datetime(2026, 3, 6, 12, tzinfo=UTC)
_STEP = timedelta(minutes=5)  # the claim's target, the first that a new item crosses
_PAGE = 200
_WORDS = ("parcel", "invoice", "router", "refund", "bridge", "winter", "socket", "garden", "pepper")


class _Strict:
    """Takes everything for a complaint."""

    version = "bench"

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        for _ in passages:
            yield Classification(
                language="en", complaint=0.9, request=0.1, flags=frozenset({Flag.COMPLAINT})
            )


def run() -> dict[str, Any]:
    """Return milliseconds of a tick, idle and with 100 items due, and how both grow."""
    with tempfile.TemporaryDirectory() as folder:
        few = _measured(Path(folder) / "few.db", FEW)
        many = _measured(Path(folder) / "many.db", MANY)
    idle, due = (many[name] / few[name] for name in ("idle_ms", "due_ms"))
    return {
        "open": {str(FEW): few, str(MANY): many},
        "due": DUE,
        "idle_growth": round(idle, 2),
        "due_growth": round(due, 2),
        "growth_wanted": GROWTH_WANTED,
        "growth_reached": max(idle, due) <= GROWTH_WANTED,
    }


def _measured(path: Path, size: int) -> dict[str, float]:
    with Store(path) as store:
        ledger = Ledger(store, Policies.adopt(store, PolicyBook(), _BEGIN))
        _open(store, ledger, size - DUE, _BEGIN)
        _settle(ledger, _BEGIN + timedelta(days=3))  # all that is told of those was told
        rounds = [_round(store, ledger, size, number) for number in range(ROUNDS)]
    idle, due = (min(each[place] for each in rounds) for place in (0, 1))
    return {"idle_ms": round(idle * 1e3, 3), "due_ms": round(due * 1e3, 1)}


def _round(store: Store, ledger: Ledger, size: int, number: int) -> tuple[float, float]:
    """Return the seconds of an idle tick, and of one with so many items due."""
    late = _BEGIN + timedelta(days=3 + number)
    _open(store, ledger, DUE, late, after=size + number * DUE)
    idle = [_ticked(ledger, late + timedelta(milliseconds=each)) for each in range(IDLE)]
    due = _ticked(ledger, late + _STEP + timedelta(seconds=1))
    _settle(ledger, late + timedelta(hours=20))
    return median(idle), due


def _open(store: Store, ledger: Ledger, count: int, now: datetime, after: int = 0) -> None:
    """Open so many items, each by a post of its own."""
    brand = Brand(name="Acme", keywords=("acme",))
    times = {"look_back": timedelta(days=9), "found_late": timedelta(minutes=15)}
    pipeline = Pipeline(ledger, Matcher((brand,)), _Strict(), (brand,), **times)
    with store.writing():
        source = store.sources.switch_on("sample", "sample", _BEGIN)
    numbers = range(after, after + count)
    for first in numbers[::_PAGE]:
        _take(pipeline, source, numbers[first - after : first - after + _PAGE], now)


def _take(pipeline: Pipeline, source: SourceRow, numbers: Iterable[int], now: datetime) -> None:
    posts = tuple(_post(number, now) for number in numbers)
    pipeline.take(Page(mentions=posts, cursor=Cursor(str(now))), source, now)


def _post(number: int, now: datetime) -> Mention:
    told = " ".join(_WORDS[number // 9**place % 9] for place in range(5))
    return Mention(
        key=f"sample:{number}",
        platform="sample",
        thread=f"sample:{number}",
        author=Author(id=f"a{number}", handle=f"a{number}"),
        text=f"acme {told} {number}",
        url=f"https://sample.example/{number}",
        posted_at=now,
    )


def _settle(ledger: Ledger, now: datetime) -> None:
    while Tick(ledger, _nobody).run(now).looked_at:
        if not ledger.store.items.to_check(now, 1):
            return


def _ticked(ledger: Ledger, now: datetime) -> float:
    began = perf_counter()
    Tick(ledger, _nobody).run(now)
    return perf_counter() - began


def _nobody(standing: Standing, notices: tuple[Notice, ...], now: datetime) -> None:
    """Tell nobody: what is sent is measured elsewhere."""

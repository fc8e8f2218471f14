"""A day of polls in simulated time: requests and dollars of the platforms that limit or bill them.

Five keywords, a poll every 60 seconds, 480 posts that name them, every fourth of them the account
too, and 240 own replies. The answers to 1,000 open items are looked for in the same day. What is
counted is what the connectors say, beside it what X on loopback billed. Some hours of the day are
played, and stand for all of it: no hour differs from another.
"""

import argparse
import json
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from connectors import reddit as reddits
from connectors import x as xs
from monitor.model import Brand, Meter, Watch
from tests.servers.reddit import RedditServer
from tests.servers.x import XServer

DAY = datetime(2026, 3, 2, tzinfo=UTC)  # one day of billing, midnight to midnight
EVERY = timedelta(seconds=60)
KEYWORDS = ("acme", "@acmecare", "#acme", "acme.example", "acme shop")
POSTS, REPLIES, OPEN_ITEMS = 480, 240, 1000  # posts and replies a day
ACME = Brand(
    name="Acme", keywords=KEYWORDS, own_accounts=(("x", "acmecare"), ("reddit", "acme_care"))
)
SET_UP_USD = 0.010  # looking up the account, once
X_KEYS = {
    "bearer_token": "bearer-token",
    "api_key": "api-key",
    "api_secret": "api-secret",
    "access_token": "1001-access",
    "access_secret": "access-secret",
}
REDDIT_KEYS = {
    "client_id": "client-id",
    "client_secret": "client-secret",
    "username": "acme_care",
    "password": "correct horse",
}


def measured(hours: float = 2) -> dict[str, Any]:
    """Return the figures of a day, from `hours` of it."""
    began = monotonic()
    figures = {
        "keywords": len(KEYWORDS),
        "poll_every_s": EVERY.total_seconds(),
        "posts_a_day": POSTS,
        "own_replies_a_day": REPLIES,
        "open_items": OPEN_ITEMS,
        "simulated_hours": hours,
        "x": _x(hours),
        "reddit": _reddit(hours),
    }
    return {**figures, "seconds": round(monotonic() - began, 1)}


def _x(hours: float) -> dict[str, Any]:
    with XServer() as server:
        section = {"base_url": server.url, "monthly_budget_usd": "unlimited"}
        options = xs.Options.model_validate(section)
        connector: Any = xs.connect(options, Watch(brands=(ACME,), secrets=X_KEYS))
        old = _open_items_on_x(server)

        def happens(minute: int, at: float) -> None:
            server.now = at
            if minute % 3 == 0:
                named = "@acmecare " if minute % 12 == 0 else ""
                server.post(f"{named}acme parcel {minute} is late", at=at - 5)
            if minute % 6 == 0:
                server.reply(old[minute % OPEN_ITEMS], f"Sorry {minute}", "acmecare", at=at - 5)

        figures = _day(connector, hours, happens)
        billed = server.billed_usd - SET_UP_USD
        looked = connector.meter
        list(connector.recheck([f"x:{each}" for each in old], DAY + timedelta(days=1)))
        look = connector.meter - looked
        return {
            **figures,
            "billed_usd_a_day": round(billed * 24 / hours, 4),
            "second_look_at_open_items": {
                "requests": look.requests,
                "usd": round(look.cost_usd, 4),
            },
        }


def _open_items_on_x(server: XServer) -> list[str]:
    server.now = DAY.timestamp()
    before = server.now - 86_400
    return [server.post(f"acme open {each}", at=before + each) for each in range(OPEN_ITEMS)]


def _reddit(hours: float) -> dict[str, Any]:
    with RedditServer() as server:
        server.limits(1_000_000, 0, 1)  # else the client takes its time, as it should
        section = {"subreddits": ["acme"], "reddit_url": server.url, "oauth_url": server.url}
        options = reddits.Options.model_validate(section)
        connector: Any = reddits.connect(options, Watch(brands=(ACME,), secrets=REDDIT_KEYS))
        before = DAY.timestamp() - 86_400
        old = [
            server.add_submission(f"acme open {each}", at=before + each)
            for each in range(OPEN_ITEMS)
        ]

        def happens(minute: int, at: float) -> None:
            if minute % 3 == 0:
                server.add_submission(f"acme parcel {minute} is late", at=at - 5)
            if minute % 6 == 0:
                server.add_comment(old[minute % OPEN_ITEMS], "Sorry", author="acme_care", at=at - 5)

        figures = _day(connector, hours, happens)
        looked = connector.meter
        list(connector.recheck([f"reddit:{each}" for each in old], DAY + timedelta(days=1)))
        look = connector.meter - looked
        return {**figures, "second_look_at_open_items": {"requests": look.requests}}


def _day(connector: Any, hours: float, happens: Any) -> dict[str, Any]:
    """Return what a day of polls costs, for new posts and for answers each."""
    cursor, own = connector.cursor_at(DAY), connector.own_cursor_at(DAY)
    polls, answers, last = Meter(), Meter(), Meter()
    found = replies = 0
    minutes = range(round(hours * 60))
    for page in connector.pages(cursor, DAY - EVERY):  # what is done once, such as looking up
        cursor = page.cursor
    for page in connector.own_pages(own, DAY - EVERY):
        own = page.cursor
    for minute in minutes:
        now = DAY + minute * EVERY + timedelta(seconds=30)
        happens(minute, now.timestamp())
        before = connector.meter
        for page in connector.pages(cursor, now):
            cursor, found = page.cursor, found + len(page.mentions)
        between = connector.meter
        for page in connector.own_pages(own, now):
            own, replies = page.cursor, replies + len(page.mentions)
        last = connector.meter - between
        polls, answers = _sum(polls, between - before), _sum(answers, last)
    times = 24 / hours
    if not found or not replies:
        raise SystemExit("the polls found nothing")
    return {
        "new_posts": _figures(polls, times, len(minutes)),
        "answers_to_open_items": {
            **_figures(answers, times, len(minutes)),
            "requests_for_one_check": last.requests,
        },
    }


def _sum(one: Meter, other: Meter) -> Meter:
    return Meter(requests=one.requests + other.requests, cost_usd=one.cost_usd + other.cost_usd)


def _figures(meter: Meter, times: float, polls: int) -> dict[str, float]:
    return {
        "requests_a_day": round(meter.requests * times),
        "requests_a_poll": round(meter.requests / polls, 2),
        "usd_a_day": round(meter.cost_usd * times, 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2)
    print(json.dumps(measured(parser.parse_args().hours)))  # noqa: T201  # its caller reads it

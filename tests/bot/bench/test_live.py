"""The live desk is measured whole, and a figure that misses says so."""

import asyncio
from pathlib import Path

import pytest

from bot.bench.live import contest, measure
from bot.bench.live.posts import BRAND, Posts
from bot.bench.live.scene import Scene, play
from monitor.matching.matcher import Matcher
from monitor.matching.near_duplicates import bands, fingerprint
from tests.fakes import WordJudge


def test_one_made_up_post_in_so_many_names_the_brand_and_none_is_a_copy() -> None:
    matcher = Matcher([BRAND])

    posts = Posts("living", hits=0.1).take(1_000, contest.NOW)

    hits = [post for post in posts if matcher.brands(post)]
    assert len(hits) == 100
    texts = [bands(fingerprint(post.text))[0] for post in hits]
    assert len(set(texts)) == len(hits)


def test_both_ways_through_the_same_posts_are_timed() -> None:
    rates = contest.rates(WordJudge(), posts=60, rounds=1)

    assert rates.keys() == {
        "every_hit_per_second",
        "by_hand_per_second",
        "times_by_hand",
        "one_in_hundred_events_per_second",
    }
    assert all(rate > 0 for rate in rates.values())


def test_a_scene_stores_what_its_platforms_tell_beside_a_dead_one(tmp_path: Path) -> None:
    scene = Scene(platforms=2, events_per_second=400, hits=0.05, seconds=1.0, dead=1, warm_s=0.5)

    figures = asyncio.run(play(scene, tmp_path))

    assert figures["events"] > 100
    assert figures["stored_after_ms"]["count"] > 5
    assert figures["loop_lag_ms"]["count"] > 10
    assert figures["rss_mb"]["peak"] >= figures["rss_mb"]["end"] > 0


@pytest.mark.parametrize(
    ("name", "value", "reached"),
    [
        pytest.param("times_by_hand", 5.0, True, id="at least, and it is"),
        pytest.param("times_by_hand", 4.9, False, id="at least, and it is not"),
        pytest.param("rss_mb", 400, True, id="at most, and it is"),
        pytest.param("rss_mb", 401, False, id="at most, and it is not"),
        pytest.param("stored_after_ms_p99", None, False, id="not known"),
    ],
)
def test_a_figure_that_misses_says_so(name: str, value: float | None, *, reached: bool) -> None:
    assert measure.reached(name, value) is reached

"""What a rehearsal has read: each post once, in the order of time, drawn by the seed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from monitor.clock.policy import Facts
from monitor.desk.matters import OTHER
from monitor.model import Classification, Flag
from monitor.store.scratch import Arrival, Need, Owed, Read, Scratch
from tests.builders import NOON, a_mention, a_verdict, minutes


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    with Scratch(1) as opened:
        yield opened


def a_read(number: int, need: int = Need.ANSWER, judged: Classification | None = None) -> Read:
    mention = a_mention(
        f"Acme {number}", key=f"sample:{number}", posted_at=NOON + minutes(number), author="jana"
    )
    verdict = judged or a_verdict(*([Flag.COMPLAINT] if need == Need.ANSWER else []))
    return Read(mention=mention, brands=("Acme",), classification=verdict, need=need)


def owed(who: str = "jana", brand: str = "Acme") -> Owed:
    return Owed(brand=brand, who=who.encode(), policy="always")


def arranged(scratch: Scratch) -> list[Arrival]:
    scratch.arrange()
    return list(scratch.arrivals())


def test_a_post_that_comes_twice_is_one(scratch: Scratch) -> None:
    added = [scratch.add(a_read(1), [owed()]) for _ in range(2)]

    assert added == [True, False]
    assert len(arranged(scratch)) == 1


def test_arrivals_come_in_the_order_of_time_whenever_they_were_read(scratch: Scratch) -> None:
    for number in (3, 1, 2):
        scratch.add(a_read(number), [owed(who=str(number))])

    found = arranged(scratch)

    assert [each.text for each in found] == ["Acme 1", "Acme 2", "Acme 3"]
    assert all(each.gap is None for each in found)
    assert len({each.item for each in found}) == 3


def test_what_the_same_author_writes_later_joins_the_item_of_the_earliest(
    scratch: Scratch,
) -> None:
    for number in (9, 4, 1):
        scratch.add(a_read(number), [owed()])

    first, second, third = arranged(scratch)

    assert first.item == second.item == third.item
    assert [each.gap for each in (first, second, third)] == [None, minutes(3), minutes(5)]


def test_a_post_about_two_brands_opens_two_items(scratch: Scratch) -> None:
    scratch.add(a_read(1), [owed(), owed(brand="Zenith")])

    assert len({(each.brand, each.item) for each in arranged(scratch)}) == 2


def test_counts_are_by_how_much_a_post_is_needed(scratch: Scratch) -> None:
    for number, need in enumerate((Need.NONE, Need.DOUBT, Need.ANSWER, Need.ANSWER)):
        scratch.add(a_read(number, need), [])

    count = scratch.languages()["en"]

    assert (count.posts, count.doubtful, count.wanted) == (4, 1, 2)
    assert scratch.brands() == {"Acme": count}


def test_the_same_seed_draws_the_same_posts_in_whatever_order_they_were_read() -> None:
    drawn: list[list[str]] = []
    for seed, order in ((1, range(50)), (1, range(49, -1, -1)), (2, range(50))):
        with Scratch(seed) as scratch:
            for number in order:
                scratch.add(a_read(number, Need.NONE), [])
            drawn.append([each.mention.key for each in scratch.drawn("en", 10)])
            texts = list(scratch.drawn_texts("Acme", 10, needed=False))
            assert texts == [f"Acme {key.partition(':')[2]}" for key in drawn[-1]]

    assert drawn[0] == drawn[1] != drawn[2]


def test_private_posts_are_counted_and_never_drawn(scratch: Scratch) -> None:
    one = a_read(1)
    scratch.add(replace(one, mention=replace(one.mention, private=True)), [])

    assert scratch.languages()["en"].posts == 1
    assert list(scratch.drawn("en", 9)) == list(scratch.doubtful("en", 9)) == []


def test_a_post_comes_back_as_it_was(scratch: Scratch) -> None:
    one = a_read(1)
    scratch.add(one, [])

    assert list(scratch.drawn("en", 1)) == [one]


def test_the_most_doubtful_are_nearest_to_where_an_answer_begins_to_be_needed(
    scratch: Scratch,
) -> None:
    chances = {1: 0.05, 2: 0.5, 3: 0.7, 4: 0.99}  # flagged from 0.6 on
    for number, chance in chances.items():
        flagged = chance > 0.6
        verdict = replace(a_verdict(*([Flag.COMPLAINT] if flagged else [])), complaint=chance)
        scratch.add(a_read(number, Need.ANSWER if flagged else Need.NONE, verdict), [])

    found = [each.mention.key for each in scratch.doubtful("en", 2)]

    assert sorted(found) == ["sample:2", "sample:3"]


def test_nothing_read_has_no_time(scratch: Scratch) -> None:
    assert scratch.span() is None
    assert arranged(scratch) == []
    assert scratch.languages() == scratch.brands() == {}


def test_rules_are_asked_of_all_that_an_item_says_by_then(scratch: Scratch) -> None:
    for number, urgency, labels in (
        (2, 4, {Flag.REQUEST}),
        (1, 1, {Flag.COMPLAINT}),
        (3, 2, {Flag.REQUEST}),
    ):
        facts = Facts(
            brand="Acme", platform="sample", labels=frozenset(labels), urgency=urgency, topic=OTHER
        )
        scratch.add(a_read(number), [replace(owed(), facts=facts)])
        scratch.add(a_read(number + 10), [replace(owed(who=str(number)), facts=facts)])

    scratch.arrange(lambda facts: f"{facts.urgency} {'+'.join(sorted(facts.labels))}")

    found = [each.policy for each in scratch.arrivals()]
    assert found == ["1 complaint", "4 complaint+request", "4 complaint+request", *["always"] * 3]

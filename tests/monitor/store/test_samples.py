"""Samples of a rehearsal: they wait for a person, and a new rehearsal replaces them."""

from datetime import timedelta

from monitor.model import Flag
from monitor.store.samples import Drawn, Sample
from monitor.store.store import Store
from tests.builders import NOON, a_mention, a_verdict


def a_sample(number: int = 1) -> Sample:
    return Sample(
        mention=a_mention(f"Acme {number} 🙂 شكوى", key=f"sample:{number}"),
        brands=("Acme",),
        classification=a_verdict(Flag.COMPLAINT),
        drawn=Drawn.EDGE,
    )


def renewed(store: Store, *samples: Sample) -> None:
    with store.writing():
        store.samples.renew(samples, NOON)


def test_a_sample_comes_back_as_it_was(store: Store) -> None:
    renewed(store, a_sample())

    [(number, found)] = store.samples.waiting()

    assert found == a_sample() == store.samples.get(number)


def test_a_rehearsal_made_anew_replaces_the_samples(store: Store) -> None:
    renewed(store, a_sample(1), a_sample(2))
    renewed(store, a_sample(3), a_sample(3))

    assert [each.mention.key for _, each in store.samples.waiting()] == ["sample:3"]


def test_samples_are_no_posts_of_the_desk(store: Store) -> None:
    renewed(store, a_sample())

    assert store.posts.get("sample:1") is None


def test_samples_are_kept_no_longer_than_posts(store: Store) -> None:
    renewed(store, a_sample())

    with store.writing():
        store.samples.prune(NOON)
    assert len(list(store.samples.waiting())) == 1
    with store.writing():
        store.samples.prune(NOON + timedelta(seconds=1))

    assert list(store.samples.waiting()) == []
    assert store.samples.get(1) is None

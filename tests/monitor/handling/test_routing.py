"""Which policy an item gets, from the post that came to the clock that runs."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model import Classification, EventKind, ItemId, Mention, Passage
from monitor.settings import PolicyBook, PolicySettings, RuleSettings, RuleWhen
from tests.builders import NOON, a_brand, a_mention, minutes
from tests.desk import Bench, a_bench
from tests.fakes import WordJudge

FIRST = ItemId(1)


class DetailedJudge(WordJudge):
    """Judges by plain words, also what a post is about and how much it presses."""

    def classify(self, passages: Iterable[Passage]) -> Iterator[Classification]:
        passages = list(passages)
        for passage, judged in zip(passages, super().classify(passages), strict=True):
            said = passage.text.lower()
            yield replace(
                judged,
                language="tr" if "merhaba" in said else "en",
                topic="billing" if "bill" in said else "other",
                urgency=2 if "urgent" in said else 0,
                churn_risk=0.9 if "leaving" in said else 0.1,
            )


def ruled(**when: object) -> PolicyBook:
    """Return policies of which the rule hands the second one out."""
    return PolicyBook(
        policy=(PolicySettings(), PolicySettings(name="ruled", first_response=minutes(7))),
        rule=(RuleSettings(policy="ruled", when=RuleWhen.model_validate(when)),),
    )


def a_desk(path: Path, book: PolicyBook) -> Bench:
    return a_bench(path, a_brand(), a_brand("Beta"), book=book, judge=DetailedJudge())


def later(text: str, key: str = "sample:2") -> Mention:
    """Return a further post of the same person in the thread."""
    return a_mention(text, key=key, thread="sample:1", posted_at=NOON + minutes(2))


@pytest.mark.parametrize(
    ("when", "fits", "fits_not"),
    [
        ({"brand": ("Beta",)}, "Beta complaint", "Acme complaint"),
        ({"language": ("tr",)}, "Acme merhaba complaint", "Acme complaint"),
        ({"label": ("request",)}, "Acme, please", "Acme complaint"),
        ({"topic": ("billing",)}, "Acme bill complaint", "Acme complaint"),
        ({"urgency": 2}, "Acme urgent complaint", "Acme complaint"),
        ({"platform": ("sample",)}, "Acme complaint", None),
        ({"customer": ("sample:jana",)}, "Acme complaint", None),
        (
            {"topic": ("billing",), "urgency": 2},
            "Acme urgent bill complaint",
            "Acme bill complaint",
        ),
    ],
)
def test_a_rule_chooses_by_what_a_post_is(
    tmp_path: Path, when: dict[str, object], fits: str, fits_not: str | None
) -> None:
    bench = a_desk(tmp_path, ruled(**when))

    bench.take(a_mention(fits), a_mention(fits_not or "Acme complaint", key="sample:9", author="p"))

    [response] = bench.item(1, NOON + minutes(1)).readings.responses
    expected = "always" if fits_not or "customer" in when else "ruled"
    assert (response.policy_name, response.due_at) == ("ruled", NOON + minutes(7))
    assert bench.item(2).item.policy == expected


def test_a_later_post_that_is_urgent_hands_the_item_the_urgent_policy(tmp_path: Path) -> None:
    bench = a_desk(tmp_path, ruled(urgency=2))
    bench.take(a_mention())

    bench.take(later("Acme, this is urgent now, please"), now=NOON + minutes(3))

    standing = bench.item(1, NOON + minutes(4))
    assert (standing.item.policy, standing.item.urgency) == ("ruled", 2)
    assert standing.readings.responses[0].due_at == NOON + minutes(7)
    assert standing.events[-1].kind is EventKind.POLICY_CHANGED


def test_an_item_that_became_urgent_stays_so(tmp_path: Path) -> None:
    bench = a_desk(tmp_path, ruled(urgency=2))
    bench.take(a_mention("Acme urgent bill complaint"))

    bench.take(later("Acme, please, I am leaving"), now=NOON + minutes(3))

    item = bench.item(1, NOON + minutes(4)).item
    assert (item.policy, item.urgency, item.topic, item.churn_risk) == ("ruled", 2, "billing", 0.9)


def test_a_post_that_was_edited_is_routed_by_its_new_text(tmp_path: Path) -> None:
    bench = a_desk(tmp_path, ruled(topic=("billing",)))
    bench.take(a_mention())

    changed = replace(a_mention("Acme bill complaint"), edited_at=NOON + minutes(2))
    bench.take(changed, now=NOON + minutes(3))

    assert bench.item(1, NOON + minutes(4)).item.policy == "ruled"


def test_a_post_that_is_judged_late_is_routed_then(tmp_path: Path) -> None:
    bench = a_desk(tmp_path, ruled(urgency=2))
    bench.judge.broken = True
    bench.take(a_mention("Acme urgent complaint"))
    bench.judge.broken = False

    bench.pipeline.rejudge(NOON + minutes(2))

    assert bench.item(1, NOON + minutes(3)).item.policy == "ruled"


def test_an_item_that_another_joins_is_routed_by_both(tmp_path: Path) -> None:
    bench = a_desk(tmp_path, ruled(urgency=2))
    bench.take(a_mention(), a_mention("Acme urgent complaint", key="sample:7", author="peter"))
    member = bench.member()

    merged = bench.desk.merge(ItemId(2), FIRST, member, NOON + minutes(1))
    bench.desk.undo(ItemId(2), member, NOON + minutes(2))

    assert merged.item.policy == "ruled"
    assert bench.item(1, NOON + minutes(3)).item.policy == "always"


def test_what_presses_most_is_first_in_the_queue_among_equals(tmp_path: Path) -> None:
    bench = a_desk(tmp_path, PolicyBook())
    texts = ("Acme complaint", "Acme complaint, leaving", "Acme urgent complaint of mine")
    bench.take(
        *(
            a_mention(text, key=f"sample:{number}", author=f"p{number}")
            for number, text in enumerate(texts, start=1)
        )
    )

    assert [one.item.id for one in bench.store.items.queue()] == [3, 2, 1]

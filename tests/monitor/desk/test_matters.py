"""What an item is about, from all its posts."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.desk.matters import OTHER, facts, joined, matter
from monitor.model import Classification, Flag, Post
from tests.builders import NOON, a_mention, a_verdict, an_item

judged = st.builds(
    lambda flags, language, topic, urgency: replace(
        a_verdict(*flags, language=language), topic=topic, urgency=urgency
    ),
    flags=st.sets(st.sampled_from(list(Flag))),
    language=st.sampled_from(["en", "tr"]),
    topic=st.sampled_from([None, OTHER, "billing", "delivery"]),
    urgency=st.sampled_from([None, 0, 1, 2]),
)
ITEM = an_item()


@settings(max_examples=100, deadline=None)
@given(st.lists(judged, min_size=2, max_size=4))
def test_facts_that_are_joined_post_by_post_are_those_of_all_posts(
    said: list[Classification],
) -> None:
    posts = [
        Post(id=at, mention=a_mention(), seen_at=NOON, brands=("Acme",), classification=each)
        for at, each in enumerate(said)
    ]

    known = facts(ITEM, matter(posts[:1]))
    for post in posts[1:]:
        known = joined(known, facts(ITEM, matter([post])))

    assert known == facts(ITEM, matter(posts))

"""Which words bring what nobody needs to answer, and which may be left out."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.matcher import Matcher
from monitor.model import Brand
from monitor.report.noise import SURE, Noise, log_odds, noise, telling
from monitor.store.scratch import Need
from tests.builders import a_brand, a_mention

ADVERTS = [f"acme giveaway retweet to win {number}" for number in range(60)]
NEEDED = [f"acme lost my parcel again, number {number}" for number in range(40)]


def found_in(
    idle: list[str],
    wanted: list[str],
    doubtful: list[str] | None = None,
    brand: Brand | None = None,
) -> Noise:
    doubtful = doubtful or []
    texts = [
        *((text, Need.NONE, True) for text in idle),
        *((text, Need.DOUBT, True) for text in doubtful),
        *((text, Need.ANSWER, True) for text in wanted),
    ]
    return noise(brand or a_brand(), list(telling(idle, [*wanted, *doubtful])), texts)


def test_a_phrase_of_posts_that_nobody_needs_is_told() -> None:
    found = {phrase for phrase, z in telling(ADVERTS, NEEDED) if z >= SURE}

    assert found == {"acme giveaway retweet", "retweet to win"}


def test_a_rare_phrase_is_not_told_however_one_sided() -> None:
    idle = [*ADVERTS, *["acme zebra"] * 5]

    assert "zebra" not in dict(telling(idle, NEEDED))


def test_nothing_is_told_where_nothing_is_needed_to_compare_with() -> None:
    assert list(telling(ADVERTS, [])) == []


def test_one_phrase_that_spares_all_is_suggested_once() -> None:
    found = found_in(ADVERTS, NEEDED)

    [only] = found.exclusions
    assert (only.spared, only.all, only.lost) == (60, 60, 0)
    assert only.at_most == 3 / 60


def test_a_phrase_that_a_needed_post_has_is_never_suggested() -> None:
    found = found_in(ADVERTS, [*NEEDED, "acme giveaway retweet to win: you cheated me"])

    assert [(each.phrase, each.wanted) for each in found.phrases] == [("acme giveaway retweet", 1)]
    assert found.exclusions == ()
    assert found.line == ""


def test_a_phrase_of_a_post_in_doubt_is_never_suggested() -> None:
    found = found_in(ADVERTS, NEEDED, ["acme giveaway retweet to win?"])

    assert found.exclusions == ()


def test_the_line_keeps_what_is_excluded_already() -> None:
    brand = Brand(name="Acme", keywords=("acme",), exclude=('say "acme"', "acme street"))

    found = found_in(ADVERTS, NEEDED, brand=brand)

    [new] = found.exclusions
    assert tomllib.loads(found.line) == {"exclude": ['say "acme"', "acme street", new.phrase]}


def test_a_keyword_itself_is_never_suggested() -> None:
    brand = Brand(name="Acme", keywords=("giveaway", "acme"))

    found = found_in(ADVERTS, NEEDED, brand=brand)

    assert "giveaway" not in [each.phrase for each in found.phrases]
    assert "giveaway" not in [each.phrase for each in found.exclusions]


def test_each_suggestion_counts_what_those_before_it_left() -> None:
    jobs = [f"acme is hiring, apply by mail {number}" for number in range(30)]

    found = found_in([*ADVERTS, *jobs], NEEDED)

    assert [each.spared for each in found.exclusions] == [60, 30]


words = st.sampled_from(["giveaway", "parcel", "retweet", "refund", "late", "hiring", "number"])
texts = st.lists(st.lists(words, max_size=6).map(lambda each: " ".join(["acme", *each])))


@settings(max_examples=80, deadline=None)
@given(idle=texts.map(lambda each: each * 4), wanted=texts, doubtful=texts)
def test_the_settings_own_matcher_loses_nothing_by_the_line_and_spares_what_is_told(
    idle: list[str], wanted: list[str], doubtful: list[str]
) -> None:
    found = found_in(idle, wanted, doubtful)

    exclude = tuple(each.phrase for each in found.exclusions)
    matcher = Matcher([Brand(name="Acme", keywords=("acme",), exclude=exclude)])
    left = [sum(bool(matcher.brands(a_mention(text))) for text in pile) for pile in (idle, wanted)]
    assert left[0] == len(idle) - sum(each.spared for each in found.exclusions)
    assert left[1] == len(wanted)
    assert all(matcher.brands(a_mention(text)) for text in doubtful)


def test_what_is_as_frequent_here_as_there_has_no_weight() -> None:
    counts = {"the": 50, "acme": 50}

    assert log_odds(counts, 100, counts, 100) == {"the": 0.0, "acme": 0.0}


def test_what_only_some_may_read_is_counted_and_never_shown() -> None:
    texts = [
        *((text, Need.NONE, False) for text in ADVERTS),
        *((text, Need.ANSWER, True) for text in NEEDED),
    ]

    found = noise(a_brand(), list(telling(ADVERTS, NEEDED)), texts)

    assert found.exclusions
    assert {each.example for each in found.exclusions} == {""}

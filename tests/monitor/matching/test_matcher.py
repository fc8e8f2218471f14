from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.errors import ConfigError
from monitor.matching.matcher import Matcher
from monitor.model import Author, Brand, Hit, Mention
from tests.builders import a_mention


def mention(text: str, *, author: str = "ana", place: str = "", hint: str | None = None) -> Mention:
    return Mention(
        key="reddit:t1_a",
        platform="reddit",
        thread="reddit:t1_a",
        author=Author(id=author, handle=author),
        text=text,
        url="https://www.reddit.com/a",
        posted_at=datetime(2026, 3, 6, tzinfo=UTC),
        place=place,
        language_hint=hint,
    )


def test_every_hit_is_listed_in_the_order_of_the_text() -> None:
    matcher = Matcher(
        [
            Brand(name="Acme", keywords=("acme", "@acmecare")),
            Brand(name="Rival", keywords=("rivalco",)),
        ]
    )

    found = matcher.hits("rivalco beats Acme'ye, @acmecare")

    assert found == (
        Hit(brand="Rival", keyword="rivalco", start=0, end=7),
        Hit(brand="Acme", keyword="acme", start=14, end=18),
        Hit(brand="Acme", keyword="@acmecare", start=23, end=32),
    )


def test_the_longest_of_a_brands_keywords_wins_where_several_begin() -> None:
    matcher = Matcher([Brand(name="Acme", keywords=("acme", "acme bank", "bank", "#acme"))])

    found = matcher.hits("#Acme and the Acme Bank")

    assert [hit.keyword for hit in found] == ["#acme", "acme bank"]


def test_brands_may_share_a_keyword() -> None:
    shared = Matcher([Brand(name=name, keywords=("acme",)) for name in ("North", "South")])

    assert [hit.brand for hit in shared.hits("acme")] == ["North", "South"]


def test_an_excluded_phrase_anywhere_takes_all_hits_of_its_brand_alone() -> None:
    matcher = Matcher(
        [
            Brand(name="Acme", keywords=("acme",), exclude=("looney tunes",)),
            Brand(name="Other", keywords=("acme",)),
        ]
    )

    found = matcher.hits("acme, as in Looney  Tunes")

    assert [hit.brand for hit in found] == ["Other"]


@pytest.mark.parametrize(
    ("text", "is_hit"),
    [
        pytest.param("my Orange phone bill", True, id="a required word is there"),
        pytest.param("my orange juice", False, id="no required word is there"),
        pytest.param("my orange billboard", False, id="only a part of a longer word"),
    ],
)
def test_one_of_the_required_words_must_stand_in_the_text(text: str, is_hit: bool) -> None:
    matcher = Matcher([Brand(name="Orange", keywords=("orange",), required=("bill", "sim"))])

    assert bool(matcher.hits(text)) is is_hit


def test_a_blocked_author_names_no_brand() -> None:
    matcher = Matcher([Brand(name="Acme", keywords=("acme",), blocked_authors=frozenset({"bot"}))])

    assert matcher.brands(mention("acme", author="Bot")) == ()
    assert matcher.brands(mention("acme", author="ana")) == ("Acme",)


def test_a_blocked_place_names_no_brand() -> None:
    matcher = Matcher([Brand(name="Acme", keywords=("acme",), blocked_places=frozenset({"r/ads"}))])

    assert matcher.brands(mention("acme", place="Ads")) == ()
    assert matcher.brands(mention("acme", place="adsense")) == ("Acme",)


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        pytest.param("tr", ("Acme",), id="a wanted language"),
        pytest.param("tr-TR", ("Acme",), id="with its region"),
        pytest.param("en", (), id="another language"),
        pytest.param(None, ("Acme",), id="no word of the language"),
        pytest.param("und", ("Acme",), id="a language the platform could not tell"),
    ],
)
def test_a_brands_languages_stop_only_what_is_known_to_be_another(
    hint: str | None, expected: tuple[str, ...]
) -> None:
    matcher = Matcher([Brand(name="Acme", keywords=("acme",), languages=frozenset({"tr"}))])

    assert matcher.brands(mention("acme", hint=hint)) == expected


def test_brands_come_in_the_order_of_the_settings() -> None:
    matcher = Matcher([Brand(name=name, keywords=(name,)) for name in ("beta", "alpha")])

    assert matcher.brands(mention("alpha and beta and alpha")) == ("beta", "alpha")


def test_a_keyword_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"brand Acme: the keyword .* has nothing to look for"):
        Matcher([Brand(name="Acme", keywords=("\u200d ",))])


def test_no_brands_match_nothing() -> None:
    assert Matcher([]).hits("acme") == ()


def test_an_explanation_shows_the_longer_word() -> None:
    matcher = Matcher([Brand(name="Acme", keywords=("acme",))])

    (verdict,) = matcher.explain("an acmeology!").verdicts

    assert [(near.word, near.within) for near in verdict.parts_of_words] == [("acme", "acmeology")]


def test_an_explanation_tells_exclusion_and_missing_words_apart() -> None:
    matcher = Matcher(
        [
            Brand(name="Excluded", keywords=("acme",), exclude=("cartoon",)),
            Brand(name="Lacking", keywords=("acme",), required=("bank",)),
        ]
    )

    excluded, lacking = matcher.explain("acme cartoon").verdicts

    assert [found.word for found in excluded.excluded_by] == ["cartoon"]
    assert excluded.missing == ()
    assert lacking.missing == ("bank",)
    assert not lacking.hits
    assert [found.word for found in lacking.named] == ["acme"]


@pytest.mark.parametrize(
    ("platform", "text", "named"),
    [
        pytest.param("x", "@AcmeCare where is my order?", True, id="at the start"),
        pytest.param("x", "hey @acmecare, where is it", True, id="before a comma"),
        pytest.param("x", "so, @acmecare.", True, id="before a full stop"),
        pytest.param("reddit", "u/acmecare please help", True, id="as Reddit calls people"),
        pytest.param("mastodon", "@acme@social.example help", True, id="with its server"),
        pytest.param("mastodon", "@acme@elsewhere.example help", False, id="of another server"),
        pytest.param("bluesky", "@acmecare help", False, id="an account elsewhere"),
        pytest.param("x", "@acmecareless help", False, id="a longer handle"),
        pytest.param("x", "mail me@acmecare", False, id="an address"),
        pytest.param("x", "@acmecare in a looney tune", False, id="excluded words stand there"),
    ],
)
def test_to_call_an_own_account_is_to_name_its_brand(
    platform: str, text: str, *, named: bool
) -> None:
    accounts = (("x", "acmecare"), ("reddit", "acmecare"), ("mastodon", "acme@social.example"))
    brand = Brand(
        name="Acme", keywords=("zenbyte",), exclude=("looney tune",), own_accounts=accounts
    )

    found = Matcher([brand]).brands(a_mention(text, platform=platform))

    assert found == (("Acme",) if named else ())


def test_who_answers_an_own_account_need_not_write_its_handle() -> None:
    brand = Brand(name="Acme", keywords=("zenbyte",), own_accounts=(("bluesky", "acme.example"),))
    answer = replace(a_mention("It is broken", platform="bluesky"), calls=("Acme.example",))

    assert Matcher([brand]).brands(answer) == ("Acme",)
    assert Matcher([brand]).brands(replace(answer, calls=())) == ()

"""Saved replies: how they are filled, and which are offered first."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.components import labels
from monitor.desk.saved_replies import (
    SavedReply,
    Wanted,
    customer,
    fill,
    folded,
    offered,
    problem,
)
from monitor.model import TOPICS, Author
from tests.builders import a_saved_reply

LATE = a_saved_reply()
JANA = Author(id="1", handle="jana_k", name="Jana Kováčová")


def names(*given_back: tuple[SavedReply, int]) -> list[str]:
    return [f"{saved.name}/{saved.language}" for saved, _ in given_back]


def test_the_topics_are_those_of_the_judge() -> None:
    assert TOPICS == labels.TOPICS


def test_the_bad_news_comes_first_then_the_remedy_with_name_brand_and_link() -> None:
    text = fill(LATE, author=JANA, brand="Acme")

    assert text == (
        "Hi Jana Kováčová, we are sorry that your Acme parcel is late."
        "\n\nPlease see https://acme.example/late."
    )


@pytest.mark.parametrize(
    ("language", "apology", "expected"),
    [
        pytest.param("en", "Hi {name}, we are sorry.", "Hi, we are sorry.", id="after a greeting"),
        pytest.param("en", "{name}, we are sorry.", "We are sorry.", id="at the beginning"),
        pytest.param("tr", "{name}, içtenlikle…", "İçtenlikle…", id="a Turkish capital"),
        pytest.param("ar", "مرحبا {name}، نعتذر", "مرحبا، نعتذر", id="an Arabic comma"),
        pytest.param("sk", "Dobrý deň, {name}, mrzí nás to", "Dobrý deň, mrzí nás to", id="both"),
        pytest.param("en", "Thank you {name}!", "Thank you!", id="at the end"),
    ],
)
def test_where_nobody_knows_a_name_its_place_closes(
    language: str, apology: str, expected: str
) -> None:
    saved = replace(LATE, language=language, apology=apology, remedy="x")

    text = fill(saved, author=None, brand="Acme")

    assert text == f"{expected}\n\nx"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        pytest.param(Author(id="1", handle="jana"), "jana", id="no display name"),
        pytest.param(Author(id="1", handle="jana@social.example"), "jana", id="fediverse"),
        pytest.param(Author(id="1", handle="j", name="Jana 🌸"), "Jana", id="pictures"),
        pytest.param(Author(id="1", handle="j", name="Jana\u202e\nK"), "JanaK", id="overrides"),
        pytest.param(Author(id="1", handle="j", name="see evil.com"), "j", id="an address"),
        pytest.param(Author(id="1", handle="j", name="ask @boss"), "j", id="a handle"),
        pytest.param(Author(id="1", handle="j", name="{link}"), "j", id="a blank"),
        pytest.param(Author(id="1", handle="j", name="!!! 123"), "j", id="no letter"),
        pytest.param(Author(id="1", handle="j", name="x" * 80), "j", id="too long"),
        pytest.param(Author(id="1", handle="", name=""), "", id="nothing"),
        pytest.param(Author(id="1", handle="ن", name="محمد علي"), "محمد علي", id="Arabic"),
    ],
)
def test_a_customer_is_called_by_a_name_that_reads_as_one(author: Author, expected: str) -> None:
    assert customer(author) == expected


def test_the_short_text_stands_in_where_the_whole_does_not_fit() -> None:
    text = fill(LATE, author=JANA, brand="Acme", fits=lambda one: len(one) <= 60)

    assert text == "Sorry, Jana Kováčová! https://acme.example/late"


def test_where_not_even_the_short_text_fits_it_is_given_all_the_same() -> None:
    text = fill(LATE, author=JANA, brand="Acme", fits=lambda _: False)

    assert text.startswith("Sorry, Jana")


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=60), handle=st.text(max_size=60), brand=st.text(max_size=20))
def test_whatever_people_call_themselves_no_blank_stays_and_no_address_gets_in(
    name: str, handle: str, brand: str
) -> None:
    author = Author(id="1", handle=handle, name=name)

    text = fill(replace(LATE, apology="Hi {name}!", remedy="{link}"), author=author, brand=brand)

    assert text.endswith("https://acme.example/late")
    assert not set("@/:#\n\u202e") & set(customer(replace(author, handle="x")))


def test_first_comes_the_topic_then_what_is_about_any_then_the_rest() -> None:
    general = replace(LATE, name="Thanks", topic=None)
    other = replace(LATE, name="Refund", topic="refund")
    replies = [(other, 90), (general, 50), (LATE, 1)]

    found = offered(replies, Wanted(brand="Acme", topic="delivery", language="en"))

    assert names(*found) == ["Late parcel/en", "Thanks/en", "Refund/en"]


def test_among_equals_what_is_sent_most_comes_first() -> None:
    often = replace(LATE, name="Really late")

    found = offered([(LATE, 1), (often, 7)], Wanted(brand="Acme", topic="delivery", language="en"))

    assert names(*found) == ["Really late/en", "Late parcel/en"]


def test_of_each_reply_there_is_one_in_the_customers_language_or_the_teams() -> None:
    slovak = replace(LATE, language="sk")
    only_english = replace(LATE, name="Thanks")
    replies = [(LATE, 9), (slovak, 0), (only_english, 0), (replace(LATE, language="tr"), 9)]

    found = offered(replies, Wanted(brand="Acme", topic="delivery", language="sk"))

    assert names(*found) == ["Late parcel/sk", "Thanks/en"]


def test_another_brands_replies_are_not_offered() -> None:
    others = replace(LATE, brands=("Rival",))

    found = offered([(others, 0)], Wanted(brand="Acme", language="en"))

    assert found == ()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("Hi {nam}", "unknown blank {nam}", id="misspelt"),
        pytest.param("Hi {name!r}", "unknown blank", id="a conversion"),
        pytest.param("Hi {name.x}", "unknown blank", id="an attribute"),
        pytest.param("Hi {0}", "unknown blank", id="a number"),
        pytest.param("Hi {name", "brace", id="an open brace"),
        pytest.param("See {link}", "no link", id="a link that is not there"),
    ],
)
def test_a_blank_that_nobody_fills_is_refused(text: str, part: str) -> None:
    assert part in problem(text)


def test_names_are_found_whatever_their_case_and_accents() -> None:
    assert folded("  Neskorý  Balík ") == folded("neskory balik")

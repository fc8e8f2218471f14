"""The corpus that the judge is taught from keeps the rules of its guide."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifiers import posts, split
from classifiers.components.identifying import TRAINED
from classifiers.components.labels import CHANCES, LABELS, TOPICS
from classifiers.posts import HAND_MADE, LabelledPost

CORPUS = Path(posts.__file__).parent / "corpus"
COLUMNS = {
    *("id", "text", "lang", "labels", "urgency", "topic", "branch", "tag", "source", "gold"),
    "train_ok",
}
BRANCHES = {
    *("bank", "telecom", "airline", "delivery", "retail", "food", "energy", "transport", "games"),
    *("software", "hotel", "health", "insurance", "public", "streaming", "other"),
}
KINDS = {
    *("fault", "angry", "both", "chasing", "mild", "noemotion", "sarcasm", "rhetorical", "relayed"),
    *("churn", "staff", "review", "long", "short", "cut", "insult", "question", "action", "wish"),
    *("askothers", "polite", "praise", "thanks", "nocomplaint", "neutral", "news", "finance"),
    *("jobs_ads", "spam", "joke", "agent", "advice", "compare", "fragment", "quote", "chat"),
    "hypo",
}
FEWEST = 1_500  # posts of a language
LONGEST = 500  # characters
ALIKE = 0.6  # Jaccard, of runs of three letters
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_NOBODYS = re.compile(r"@[\w.-]+\.(?:example|ornek)$")
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ ()/-]*\d){8,}")  # nine digits or more
_NOT_GIVEN = "00000"  # stands in every number of nobody

each_language = pytest.mark.parametrize("language", TRAINED)


@cache
def corpus(language: str) -> list[LabelledPost]:
    file = CORPUS / f"{language}.jsonl"
    if not file.is_file():
        pytest.skip(f"needs {file}: what is installed has no corpus")
    return list(posts.read([file]))


def rows(language: str) -> Iterator[dict[str, Any]]:
    corpus(language)
    with (CORPUS / f"{language}.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@each_language
def test_every_row_is_well_formed(language: str) -> None:
    odd = [
        row["id"]
        for row in rows(language)
        if not set(row) >= COLUMNS
        or row["lang"] != language
        or set(row["labels"]) != set(CHANCES)
        or not set(row["labels"].values()) <= {0, 1}
        or row["urgency"] not in {0, 1, 2}
        or row["topic"] not in TOPICS
        or row["branch"] not in BRANCHES
        or not re.fullmatch(r"[\w-]+(,[\w-]+)*", row["tag"])
        or row["source"] != split.SOURCE
        or row["gold"] not in HAND_MADE
        or row["train_ok"] is not True
    ]

    assert odd == []


def test_no_two_posts_have_one_name() -> None:
    names = Counter(post.id for language in TRAINED for post in corpus(language))

    assert [name for name, times in names.items() if times > 1 or not name] == []


@each_language
def test_a_post_that_needs_no_answer_is_not_urgent_and_about_nothing(language: str) -> None:
    odd = [
        post.id
        for post in corpus(language)
        if not any(post.labels[label] for label in LABELS)
        and (post.urgency, post.topic) != (0, "other")
    ]

    assert odd == []


@each_language
def test_there_are_enough_posts_of_every_side(language: str) -> None:
    found = corpus(language)

    sides = Counter(tuple(post.labels[label] for label in LABELS) for post in found)
    assert len(found) >= FEWEST
    assert min(sides[side] for side in ((0, 0), (0, 1), (1, 0), (1, 1))) >= len(found) / 20
    assert sum(post.labels["praise"] or 0 for post in found) >= len(found) / 20
    assert sum(post.labels["churn_risk"] or 0 for post in found) >= 20
    assert {post.urgency for post in found} == {0, 1, 2}


@each_language
def test_every_branch_and_topic_is_there(language: str) -> None:
    branches = Counter(post.branch for post in corpus(language))
    topics = Counter(post.topic for post in corpus(language))

    assert set(branches) == BRANCHES
    assert min(branches.values()) >= 20
    assert set(topics) == set(TOPICS)


@each_language
def test_every_kind_of_post_is_there(language: str) -> None:
    kinds = Counter(tag for post in corpus(language) for tag in post.tag.split(","))

    assert sorted(kind for kind in KINDS if kinds[kind] < 5) == []


@each_language
def test_posts_are_as_short_and_as_long_as_people_write_them(language: str) -> None:
    texts = [post.text for post in corpus(language)]

    words = [len(text.split()) for text in texts]
    assert min(words) >= 1
    assert sum(count == 1 for count in words) <= len(texts) / 100
    assert sum(count <= 3 for count in words) >= 20
    assert max(map(len, texts)) <= LONGEST
    assert sum(len(text) > 280 for text in texts) >= 20


@each_language
def test_no_two_posts_are_nearly_alike(language: str) -> None:
    alike = list(near_pairs(corpus(language)))

    assert alike == []


def test_two_posts_that_differ_in_a_word_would_be_found() -> None:
    texts = ["My parcel is lost, again", "my parcel is lost again!!", "When do you open today?"]

    found = [replace(post, text=text) for post, text in zip(corpus("en"), texts, strict=False)]

    assert list(near_pairs(found)) == [(found[0].id, found[1].id)]


@pytest.mark.parametrize("language", ["ar", "hy", "ru"])
def test_some_write_their_language_in_latin_letters(language: str) -> None:
    latin = [post for post in corpus(language) if is_latin(post.text)]

    assert len(latin) >= len(corpus(language)) / 30


@each_language
def test_nobodys_address_or_telephone_is_given_away(language: str) -> None:
    found = [
        (post.id, given)
        for post in corpus(language)
        for given in [*_MAIL.findall(post.text), *_NUMBER.findall(post.text)]
        if not _NOBODYS.search(given) and _NOT_GIVEN not in re.sub(r"\D", "", given)
    ]

    assert found == []


@each_language
def test_some_posts_of_every_side_are_kept_back(language: str) -> None:
    kept = split.kept_back(corpus(language))

    assert 0.05 < len(kept) / len(corpus(language)) < 0.11
    assert {tuple(post.labels[label] for label in LABELS) for post in kept} == {
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    }


def is_latin(text: str) -> bool:
    """Return whether a text's words are in Latin letters, handles and links apart."""
    letters = [sign for sign in re.sub(r"https?://\S+|[@#]\w+", "", text) if sign.isalpha()]
    return len(letters) >= 8 and sum(sign < "\u0250" for sign in letters) > 0.9 * len(letters)


def runs(text: str) -> frozenset[str]:
    """Return the runs of three letters of a text's words."""
    words = " ".join(["", *re.findall(r"\w+", text.lower()), ""])
    return frozenset(words[place : place + 3] for place in range(len(words) - 2))


def near_pairs(found: Sequence[LabelledPost]) -> Iterator[tuple[str, str]]:
    """Yield the names of the posts that share too many of their runs."""
    sparse = pytest.importorskip("scipy.sparse", reason="needs SciPy, of the extra `train`")
    sets = [runs(post.text) for post in found]
    column = {run: place for place, run in enumerate(sorted(frozenset().union(*sets)))}
    sizes = np.array([len(one) for one in sets])
    columns = [column[run] for one in sets for run in one]
    ones = np.ones(len(columns), dtype=np.int32)
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    matrix = sparse.csr_matrix((ones, columns, bounds), shape=(len(sets), len(column)))
    shared = sparse.triu(matrix @ matrix.T, k=1).tocoo()
    either = sizes[shared.row] + sizes[shared.col] - shared.data
    for place in np.flatnonzero(shared.data > ALIKE * either).tolist():
        yield found[shared.row[place]].id, found[shared.col[place]].id

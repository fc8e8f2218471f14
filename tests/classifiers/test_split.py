"""The split: drawn by the text alone, so that a post stays on its side."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import split
from classifiers.posts import LabelledPost
from monitor.errors import ConfigError

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


def a_post(text: str, language: str = "en") -> LabelledPost:
    labels = {"complaint": 1, "request": 0}
    return LabelledPost(text=text, language=language, labels=labels, source="corpus", gold="hand")


@given(st.lists(ANY_TEXT, max_size=30))
@settings(max_examples=50, deadline=None)
def test_a_post_is_taught_or_kept_back_and_never_both(texts: list[str]) -> None:
    posts = [a_post(text) for text in texts]

    taught, kept = split.taught(posts), split.kept_back(posts)

    assert len(taught) + len(kept) == len(posts)
    assert not {post.text for post in taught} & {post.text for post in kept}


@given(ANY_TEXT)
@settings(max_examples=50, deadline=None)
def test_only_the_text_decides(text: str) -> None:
    post = a_post(text)

    other = replace(post, id="other", language="hy", labels={}, tag="spam", source="elsewhere")

    assert split.is_kept_back(post) == split.is_kept_back(other)


def test_the_draw_is_the_same_on_every_machine() -> None:
    kept = [n for n in range(120) if split.is_kept_back(a_post(f"post number {n}"))]

    assert kept == KEPT


def test_about_one_post_in_thirteen_is_kept_back() -> None:
    posts = [a_post(f"post number {n}") for n in range(5_000)]

    assert len(split.kept_back(posts)) == pytest.approx(5_000 / 13, rel=0.15)


def test_the_corpus_is_read_file_by_file_and_nothing_else(tmp_path: Path) -> None:
    row = '{"text": "%s", "lang": "en", "labels": {"complaint": 0}}\n'
    for name in ("tr.jsonl", "en.jsonl", "languages.jsonl", "second_pass.jsonl", "en.txt"):
        (tmp_path / name).write_text(row % name, encoding="utf-8")

    found = split.corpus(tmp_path)

    assert [post.text for post in found] == ["en.jsonl", "tr.jsonl"]


def test_a_folder_without_a_corpus_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected \.jsonl files, found none"):
        split.corpus(tmp_path)


KEPT = [8, 17, 27, 36, 42, 49, 50, 52, 55, 63, 67, 80, 110]

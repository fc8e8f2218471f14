"""What single characters fold to."""

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.matching.folding import fold
from monitor.matching.folds import folds, folds_onto

quickly = settings(max_examples=300, deadline=None)


@quickly
@given(st.characters(exclude_categories=["Cs"]))
def test_a_character_is_listed_with_its_fold_if_folding_changes_it(char: str) -> None:
    assert folds().get(char, char) == fold(char)


@quickly
@given(st.sampled_from(sorted(folds())))
def test_what_folds_onto_a_letter_is_told_with_what_folds_to_nothing(char: str) -> None:
    onto_s = dict(folds_onto(frozenset("s")))

    assert (char in onto_s) == (fold(char) == "" or "s" in fold(char))

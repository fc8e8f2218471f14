"""What a challenger's report says of members."""

from classifiers.learning.reports import name_of
from monitor.model import MemberId

ZUZANA = MemberId(1)


def test_a_name_stays_in_its_cell() -> None:
    assert name_of(ZUZANA, {ZUZANA: " Zuzana |\n Nová "}) == "Zuzana / Nová"


def test_a_name_cannot_steer_the_terminal_that_shows_the_report() -> None:
    assert name_of(ZUZANA, {ZUZANA: "Zuz\x1b[2Jana\u202e"}) == "Zuz[2Jana"


def test_a_member_who_is_gone_has_a_number() -> None:
    assert name_of(ZUZANA, {}) == "member 1"
    assert name_of(None, {}) == "members without a name"

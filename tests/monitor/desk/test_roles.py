"""Roles: each may do what the one below it may, and something more."""

import pytest

from monitor.desk import roles
from monitor.model import Role

LADDER = (Role.VIEWER, Role.AGENT, Role.LEAD, Role.MANAGER)


@pytest.mark.parametrize("number", range(len(LADDER)), ids=LADDER)
def test_a_role_ranks_as_high_as_itself_and_all_below(number: int) -> None:
    below = [roles.at_least(LADDER[number], asked) for asked in LADDER]

    assert below == [other <= number for other in range(len(LADDER))]


def test_viewers_read_agents_act_and_leads_reach_into_what_others_do() -> None:
    assert [roles.may_act(role) for role in LADDER] == [False, True, True, True]
    assert [roles.may_undo_others(role) for role in LADDER] == [False, False, True, True]
    assert [roles.may_take_over(role) for role in LADDER] == [False, False, True, True]


@pytest.mark.parametrize("command", roles.commands())
def test_no_command_asks_for_more_than_a_lead(command: str) -> None:
    asked = roles.asked_for(command)

    assert asked is None or roles.at_least(Role.LEAD, asked)


@pytest.mark.parametrize("command", ["start", "help", "link"])
def test_a_stranger_is_heard_only_on_the_way_in(command: str) -> None:
    assert roles.asked_for(command) is None


@pytest.mark.parametrize("command", ["resolve", "merge", "missed", "undo", "mute"])
def test_a_viewer_changes_nothing(command: str) -> None:
    asked = roles.asked_for(command)

    assert asked is not None
    assert not roles.at_least(Role.VIEWER, asked)

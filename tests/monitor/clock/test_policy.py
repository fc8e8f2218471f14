"""Policies, rules and terms."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.clock.calendar import AROUND_THE_CLOCK, Calendar, Hours
from monitor.clock.policy import (
    Facts,
    Policy,
    Rule,
    Step,
    Terms,
    Versions,
    policies,
    policy_for,
    rules,
)
from monitor.errors import ConfigError
from monitor.model import Flag, Target
from monitor.settings import CalendarSettings, PolicyBook, PolicySettings, RuleSettings, RuleWhen
from tests.monitor.clock.builders import at, minutes

MORNINGS = Calendar(
    name="mornings", timezone=ZoneInfo("UTC"), week=((Hours(8 * 60, 12 * 60),),) * 7
)
OLD = Policy(name="old", version=1)
NEW = Policy(name="new", version=2, calendar=MORNINGS, first_response=minutes(45))
ACME = Facts(
    brand="Acme",
    platform="reddit",
    language="tr",
    labels=frozenset({Flag.COMPLAINT, Flag.REQUEST}),
    topic="billing",
    urgency=1,
)


def test_the_settings_become_policies_with_the_default_first() -> None:
    book = PolicyBook(
        policy=(PolicySettings(name="always"), PolicySettings(name="office", calendar="office")),
        calendar=(
            CalendarSettings(
                name="office",
                timezone=ZoneInfo("Europe/Bratislava"),
                mon=("08:00-12:00", "22:00-06:00"),
                holidays="SK",
                closed=(date(2026, 12, 24),),
                extra={date(2026, 12, 25): ("10:00-24:00",)},
            ),
        ),
    )

    first, second = policies(book, 3, Versions(calendars={"office": 2}))

    assert (first.name, first.edition, first.calendar) == ("always", 3, AROUND_THE_CLOCK)
    assert first.target(Target.FIRST_RESPONSE) == minutes(30)
    assert first.target(Target.NEXT_RESPONSE) == minutes(60)
    assert first.target(Target.CLAIM) == minutes(5)
    assert first.target(Target.RESOLUTION) == timedelta(hours=24)
    assert first.auto_resolve == timedelta(hours=48)
    assert first.steps[0] == Step(share=0.5, tell="chat")
    assert second.calendar.week[0] == (Hours(480, 720), Hours(1320, 1800))
    assert second.calendar.holidays == "SK"
    assert second.calendar.closed == {date(2026, 12, 24)}
    assert second.calendar.extra == ((date(2026, 12, 25), (Hours(600, 1440),)),)
    assert (first.version, second.version, second.calendar_version) == (1, 1, 2)


def test_a_policy_with_an_unknown_calendar_is_refused() -> None:
    book = PolicyBook(policy=(PolicySettings(name="always", calendar="offise"),))

    with pytest.raises(ConfigError, match=r"policy\.always\.calendar: unknown calendar 'offise'"):
        policies(book)


def test_the_first_rule_that_fits_wins() -> None:
    given = PolicyBook(
        rule=(
            RuleSettings(policy="other", when=RuleWhen(brand=("Rival",))),
            RuleSettings(policy="turkish", when=RuleWhen(language=("tr", "hy"))),
            RuleSettings(policy="late", when=RuleWhen()),
        )
    )

    assert policy_for(rules(given), ACME) == "turkish"


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        pytest.param(Rule(policy="p"), True, id="asks nothing"),
        pytest.param(Rule(policy="p", brands=frozenset({"Acme"})), True, id="brand"),
        pytest.param(Rule(policy="p", platforms=frozenset({"x"})), False, id="other platform"),
        pytest.param(Rule(policy="p", labels=frozenset({"request"})), True, id="one label"),
        pytest.param(Rule(policy="p", labels=frozenset({"review"})), False, id="no label"),
        pytest.param(Rule(policy="p", topics=frozenset({"billing"})), True, id="topic"),
        pytest.param(Rule(policy="p", urgency=1), True, id="at least this urgent"),
        pytest.param(Rule(policy="p", urgency=2), False, id="not urgent enough"),
        pytest.param(
            Rule(policy="p", brands=frozenset({"Acme"}), languages=frozenset({"sk"})),
            False,
            id="all must hold",
        ),
    ],
)
def test_a_rule_fits_if_all_it_asks_holds(rule: Rule, fits: bool) -> None:
    assert rule.fits(ACME) is fits


def test_what_is_not_known_fits_no_condition() -> None:
    unjudged = Facts(brand="Acme", platform="reddit")

    assert policy_for([Rule(policy="p", topics=frozenset({"billing"}))], unjudged) is None
    assert policy_for([Rule(policy="p", urgency=0)], unjudged) is None


def test_time_is_counted_by_the_calendar_that_held_then() -> None:
    terms = Terms.of(OLD).then(NEW, at("13:00"))

    counted = terms.business_time(at("11:00"), at("03-03 09:00"))

    assert counted == minutes(120 + 60)


def test_a_target_goes_on_under_the_next_calendar() -> None:
    terms = Terms.of(OLD).then(NEW, at("13:00"))

    assert terms.due_at(at("12:00"), minutes(60)) == at("13:00")
    assert terms.due_at(at("12:00"), minutes(60), passed=True) == at("03-03 08:00")
    assert terms.due_at(at("12:00"), minutes(90)) == at("03-03 08:30")


def test_a_change_that_comes_with_a_clock_set_back_does_not_count_time_twice() -> None:
    terms = Terms.of(OLD).then(OLD, at("11:00")).then(OLD, at("10:00"))

    assert terms.business_time(at("09:00"), at("12:00")) == minutes(180)


def test_a_policy_holds_from_its_own_instant_on() -> None:
    terms = Terms.of(OLD).then(NEW, at("13:00"))

    assert terms.at(at("12:59:59")) is OLD
    assert terms.at(at("13:00")) is NEW
    assert terms.recomputed(NEW).at(at("10:00")) is NEW


def test_silence_is_never_over_before_the_policy_that_shortens_it() -> None:
    brief = Policy(auto_resolve=minutes(60))
    terms = Terms.of(OLD).then(brief, at("15:00"))

    assert terms.silent_until(at("10:00")) == at("15:00")
    assert terms.silent_until(at("14:30")) == at("15:30")

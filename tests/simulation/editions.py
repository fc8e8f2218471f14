"""The settings of the simulated desk, and how they change in the course of its year."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.simulation.year import BEGINS

BRANDS = ("Acme", "Borea", "Cento", "Dolma", "Etna")
RIVAL = "Fjord"
PLATFORMS = ("reddit", "x", "bluesky", "mastodon")
CHATS = {"care": -1001, "sales": -1002, "night": -1003}
TEAM = (
    ("Mira", "manager"),
    ("Lena", "lead"),
    ("Otto", "lead"),
    *((name, "agent") for name in ("Ana", "Ben", "Cyr", "Dia", "Eva", "Fox", "Gil", "Han", "Ivo")),
)
_CHAT_OF = {"Acme": "care", "Borea": "care", "Cento": "sales", "Dolma": "sales", "Etna": "night"}

_CALENDARS = """
[[calendar]]
name = "office"
timezone = "Europe/Bratislava"
mon = ["08:00-12:00", "12:30-17:00"]
tue = ["08:00-12:00", "12:30-17:00"]
wed = ["08:00-12:00", "12:30-17:00"]
thu = ["08:00-12:00", "12:30-17:00"]
fri = ["08:00-12:00", "12:30-15:30"]
holidays = "SK"
closed = ["2026-05-04", "2026-12-31"]
extra = { "2026-11-28" = ["09:00-13:00"], "2026-12-24" = ["09:00-11:00"] }

[[calendar]]
name = "evenings"
timezone = "America/New_York"
mon = ["16:00-02:00"]
tue = ["16:00-02:00"]
wed = ["16:00-02:00"]
thu = ["16:00-02:00"]
fri = ["16:00-01:00"]
sat = ["01:30-03:30", "12:00-24:00"]
sun = ["01:30-03:30", "12:00-20:00"]
holidays = "US"

[[calendar]]
name = "island"
timezone = "Australia/Lord_Howe"
mon = ["00:00-24:00"]
tue = ["09:15-18:45"]
wed = ["00:00-24:00"]
thu = ["22:00-06:00"]
fri = ["06:00-14:00", "14:00-23:00"]
sat = ["01:45-02:15", "10:00-24:00"]
sun = ["01:45-02:15", "10:00-24:00"]

[[calendar]]
name = "days"
timezone = "Asia/Riyadh"
sun = ["06:00-22:00"]
mon = ["06:00-22:00"]
tue = ["06:00-22:00"]
wed = ["06:00-22:00"]
thu = ["06:00-22:00"]
sat = ["06:00-22:00"]
fri = ["14:00-22:00"]
"""

_STEPS = """steps = [
    { at = "50%", tell = "chat" }, { at = "80%", tell = "owner" },
    { at = "100%", tell = "lead" }, { at = "200%", tell = "manager" },
]
"""

_POLICIES = """
[[policy]]
name = "always"
first_response = "30m"
next_response = "60m"
claim = "5m"
resolution = "24h"

[[policy]]
name = "calm"
first_response = "2h"
next_response = "3h"
claim = "20m"
resolution = "20h"
auto_resolve = "36h"
calendar = "office"
{steps}
[[policy]]
name = "evening"
first_response = "45m"
next_response = "90m"
claim = "10m"
resolution = "30h"
calendar = "evenings"
steps = [{ at = "75%", tell = "owner" }, { at = "150%", tell = "lead" }]

[[policy]]
name = "island"
first_response = "40m"
claim = "7m"
resolution = "12h"
auto_resolve = "24h"
calendar = "island"

[[policy]]
name = "urgent"
first_response = "10m"
next_response = "15m"
claim = "3m"
resolution = "8h"
calendar = "days"
steps = [{ at = "60%", tell = "owner" }, { at = "90%", tell = "lead" }]
"""

_RULES = """
[[rule]]
policy = "urgent"
when = { urgency = 2, label = "complaint" }

[[rule]]
policy = "calm"
when = { brand = ["Acme", "Borea"], platform = ["reddit", "x"] }

[[rule]]
policy = "evening"
when = { brand = "Cento" }

[[rule]]
policy = "island"
when = { language = ["tr", "ar"], topic = "billing" }
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """What the settings say from a day on."""

    since: datetime
    mode: str  # how they were applied: a restart is "now"
    clocks: str  # policies, rules and calendars


def _policies(**changed: str) -> str:
    text = _POLICIES.replace("{steps}", _STEPS)
    for old, new in changed.items():
        before = f'{old.split("__")[1]} = "{old.split("__")[2]}"'
        name = old.split("__")[0]
        start = text.index(f'name = "{name}"')
        found = text.index(before, start)
        text = text[:found] + f'{old.split("__")[1]} = "{new}"' + text[found + len(before) :]
    return text


def editions(*, modes: bool) -> tuple[Edition, ...]:
    """Return the editions of the year; without `modes` each comes into force by a restart."""
    day = BEGINS
    recompute, restart = ("recompute", "restart") if modes else ("now", "now")
    shorter = _CALENDARS.replace('mon = ["08:00-12:00", "12:30-17:00"]', 'mon = ["09:00-16:00"]')
    without = shorter.replace('holidays = "SK"\n', "")
    told = [
        (day, "now", _policies() + _CALENDARS + _RULES),
        (day.replace(month=2, day=17, hour=10), "now", _policies(calm__first_response__2h="1h")),
        (day.replace(month=4, day=8, hour=13), recompute, _policies() + shorter),
        (day.replace(month=5, day=21, hour=9), "now", _policies(calm__auto_resolve__36h="20h")),
        (day.replace(month=7, day=2, hour=15), restart, _policies(evening__claim__10m="25m")),
        (
            day.replace(month=8, day=19, hour=11),
            "now",
            _policies(island__calendar__island="office"),
        ),
        (day.replace(month=10, day=1, hour=8), recompute, _policies(calm__resolution__20h="9h")),
        (day.replace(month=11, day=12, hour=16), restart, _policies()),
    ]
    found = []
    for number, (since, mode, text) in enumerate(told):
        whole = text
        if "[[calendar]]" not in whole:
            whole += without if 4 <= number <= 5 else _CALENDARS if number < 2 else shorter
        if "[[rule]]" not in whole:
            whole += _RULES if number != 5 else _RULES.replace('"Cento"', '["Cento", "Dolma"]')
        found.append(Edition(since, mode, whole))
    return tuple(found)


def settings(edition: Edition, database: Path) -> str:
    """Return the whole settings file."""
    chats = "\n".join(
        f'[[chat]]\nname = "{name}"\nid = {number}\nlanguage = "en"'
        for name, number in CHATS.items()
    )
    own = ", ".join(f'{platform} = ["{{0}}_care"]' for platform in PLATFORMS)
    brands = "\n".join(
        f'[[brand]]\nname = "{brand}"\nkeywords = ["{brand.lower()}"]\nchat = "{_CHAT_OF[brand]}"\n'
        f"own_accounts = {{ {own.format(brand.lower())} }}"
        for brand in BRANDS
    )
    rival = f'[[brand]]\nname = "{RIVAL}"\nkeywords = ["{RIVAL.lower()}"]\ncompetitor = true'
    sources = "\n".join(f"[connectors.{platform}]" for platform in PLATFORMS)
    return (
        f'[desk]\ndatabase = "{database}"\ntimezone = "Europe/Bratislava"\n'
        f"{chats}\n{brands}\n{rival}\n{edition.clocks}\n{sources}\n"
    )


def chat_of(brand: str) -> str:
    """Return the chat that gets a brand's cards."""
    return _CHAT_OF[brand]

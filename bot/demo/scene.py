"""What the demo's desk watches: the settings an operator would write for the sample feed."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from monitor.sections import (
    BrandSettings,
    ChatSettings,
    DeskSettings,
    PolicySettings,
    RuleSettings,
    RuleWhen,
    Settings,
)

FACTOR = 90.0  # half a minute shows three quarters of an hour: a whole first-response target
PLAY = timedelta(minutes=45)  # of the demo's time: when everything has happened once
CHAT = "demo"
_MONDAY_TO_FRIDAY = range(5)
# The feed's first hour is that of a crowded desk. These conversations are left out of it, so that
# somebody can read along; six languages and every kind of post stay.
QUIETER = (
    *("en06", "en15", "en21", "en22", "en28", "en33", "en34", "en35", "en36", "en37"),
    *("ru04", "ru08", "ru11", "ru13", "ru16", "ru25", "ru29", "ru30", "ru31", "ru37"),
    *("tr04", "tr05", "tr11", "tr23", "tr25", "tr28", "tr34"),
    *("sk04", "sk12", "sk15", "sk16", "sk17", "sk18", "sk19", "sk22", "sk24", "sk28", "sk33"),
    *("ar05", "ar08", "ar15", "ar19", "ar23", "ar27", "ar28", "ar29", "ar34"),
    *("hy03", "hy16", "hy17", "hy18", "hy22", "hy27", "hy28", "hy33"),
)


def demo_settings(database: Path, start: datetime, chat: int | None = None) -> Settings:
    """Return the settings of a demo that begins at `start`; `chat` is a chat of Telegram."""
    every = "60s" if chat is None else "5s"  # life's own speed leaves time to look often
    feed = {"start": start.isoformat(), "every": every, "without": QUIETER}
    return Settings(
        desk=DeskSettings(database=database, look_back=timedelta(hours=2)),
        chat=(ChatSettings(name=CHAT, id=chat),) if chat is not None else (),
        brand=(_acme(), BrandSettings(name="Rivalco", keywords=("rivalco",), competitor=True)),
        policy=(PolicySettings(), PolicySettings(name="urgent", first_response=_minutes(15))),
        rule=(RuleSettings(policy="urgent", when=RuleWhen(urgency=2)),),
        connectors={"sample": feed},
    )


def _acme() -> BrandSettings:
    return BrandSettings(
        name="Acme",
        keywords=("acme", "@acmecare", "#acme", "Акме", "أكمي", "Ակմե"),
        exclude=("acme corporation looney tunes",),
        own_accounts=(("sample", "acme_care"),),
    )


def morning(now: datetime) -> datetime:
    """Return nine o'clock of the latest working day: a demo on a Sunday is no night shift."""
    day = now.astimezone(UTC).date()
    while day.weekday() not in _MONDAY_TO_FRIDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, time(9), UTC)


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)

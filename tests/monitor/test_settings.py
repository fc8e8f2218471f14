"""The settings: what a file means, and one clear line for each kind of mistake in it."""

import string
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pytest
import tomlkit
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pydantic import Field

from monitor.durations import LONGEST, parse_duration, parse_open_span, spell_duration
from monitor.errors import ConfigError
from monitor.settings import (
    BaseUrl,
    ConnectorOptions,
    Duration,
    LocalPath,
    Section,
    Settings,
    brands,
    known_secrets,
    load,
    parse,
    parse_snapshot,
    policy_snapshot,
    secrets_for,
    validate_section,
)

HERE = Path("/srv/desk/mentiondesk.toml")

CHAT = '[[chat]]\nname = "care"\nid = -100\n'
BRAND = '[[brand]]\nname = "Acme"\nkeywords = ["acme"]\n'
POLICY = '[[policy]]\nname = "always"\n'
CALENDAR = '[[calendar]]\nname = "office"\nmon = ["08:00-12:00", "12:30-17:00"]\n'

WHOLE = """
[desk]
database = "data/desk.db"
timezone = "Europe/Bratislava"
language = "sk"

[[chat]]
name = "care"
id = -1001234567890
topic = 12
summary_at = "18:30"
language = "tr"

[[chat]]
name = "night"
id = -1001234567891
timezone = "Asia/Yerevan"

[[brand]]
name = "Acme"
keywords = ["acme", "@acmecare", "acme.example"]
exclude = ["acme looney tunes"]
blocked_authors = ["@SpamBot"]
own_accounts = { reddit = ["u/Acme_Care"], mastodon = ["@acme@social.example"] }

[[brand]]
name = "Rival"
keywords = ["rivalco"]
competitor = true
chat = "night"

[[policy]]
name = "office hours"
first_response = "90s"
calendar = "office"
steps = [{ at = "100%", tell = "lead" }, { at = "12.5%" }]

[[rule]]
policy = "office hours"
when = { brand = "Acme", platform = ["x", "reddit"], label = "complaint", urgency = 1 }

[[calendar]]
name = "office"
mon = ["08:00-12:00", "22:00-06:00"]
sun = ["23:00-24:00"]
holidays = "SK"
closed = ["2026-12-24", 2026-12-31]
extra = { 2027-01-03 = ["10:00-14:00"] }

[connectors.reddit]
subreddits = ["acme"]
"""


def mistake_in(text: str) -> str:
    with pytest.raises(ConfigError) as told:
        parse(text, HERE)
    return str(told.value)


def test_a_whole_file_becomes_frozen_values() -> None:
    settings = parse(WHOLE, HERE)

    care, night = settings.chat
    office = settings.calendar[0]
    assert settings.desk.database == Path("/srv/desk/data/desk.db")
    assert (care.timezone, care.language) == (ZoneInfo("Europe/Bratislava"), "tr")
    assert (night.timezone, night.language) == (ZoneInfo("Asia/Yerevan"), "sk")
    assert (care.summary_at, night.summary_at) == (time(18, 30), time(9))
    assert settings.policy[0].first_response == timedelta(seconds=90)
    assert [(step.at, step.tell) for step in settings.policy[0].steps] == [
        (0.125, "chat"),
        (1.0, "lead"),
    ]
    assert settings.rule[0].when.brand == ("Acme",)
    assert settings.rule[0].when.platform == ("x", "reddit")
    assert office.timezone == ZoneInfo("Europe/Bratislava")
    assert office.closed == (date(2026, 12, 24), date(2026, 12, 31))
    assert office.extra == {date(2027, 1, 3): ("10:00-14:00",)}
    assert settings.connectors == {"reddit": {"subreddits": ["acme"]}}


def test_an_empty_file_is_a_desk_with_the_policy_that_is_always_on() -> None:
    settings = parse("", HERE)

    policy = settings.policy[0]
    assert settings.desk.database == Path("/srv/desk/mentiondesk.db")
    assert (policy.name, policy.calendar) == ("always", "around the clock")
    assert policy.first_response == timedelta(minutes=30)
    assert policy.next_response == timedelta(minutes=60)
    assert policy.claim == timedelta(minutes=5)
    assert policy.resolution == timedelta(hours=24)
    assert policy.auto_resolve == timedelta(hours=48)
    assert [step.at for step in policy.steps][:3] == [0.5, 0.8, 1.0]
    assert settings.chat == ()


def test_the_connectors_are_told_of_brands_with_folded_handles_and_a_chat() -> None:
    acme, rival = brands(parse(WHOLE, HERE))

    assert acme.own_accounts == (("reddit", "acme_care"), ("mastodon", "acme@social.example"))
    assert acme.blocked_authors == {"spambot"}
    assert (acme.chat, rival.chat) == ("care", "night")
    assert rival.competitor


def test_without_chats_a_brand_has_none() -> None:
    acme = brands(parse(BRAND, HERE))[0]

    assert acme.chat is None


MISTAKES = [
    pytest.param(
        '[[policy]]\nname = "always"\nfirst_response = "2 hours"\n',
        "policy.always.first_response: expected a duration such as '2h', got '2 hours'",
        id="a duration in words",
    ),
    pytest.param(
        POLICY + "claim = 30\n",
        "policy.always.claim: expected a duration such as '2h', got 30",
        id="a duration that is a number",
    ),
    pytest.param(
        POLICY + 'claim = "0m"\n',
        "policy.always.claim: expected a duration longer than nothing, such as '2h', got '0m'",
        id="a duration of nothing",
    ),
    pytest.param(
        '[desk]\nlook_back = "-5m"\n',
        "desk.look_back: expected a duration such as '2h', got '-5m'",
        id="a negative duration",
    ),
    pytest.param(
        '[desk]\nkeep = "9999999999d"\n',
        "desk.keep: expected a duration of at most '36500d', got '9999999999d'",
        id="a duration beyond all calendars",
    ),
    pytest.param(
        CHAT + "topicc = 3\n",
        "chat.care.topicc: unknown key; did you mean 'topic'?",
        id="a misspelled key",
    ),
    pytest.param(
        '[telegram]\nserver = "https://example.org"\n',
        "telegram.server: unknown key; known are base_url",
        id="a key that resembles none",
    ),
    pytest.param(
        '[telegramm]\nbase_url = "https://example.org"\n',
        "telegramm: unknown key; did you mean 'telegram'?",
        id="a misspelled section",
    ),
    pytest.param(
        POLICY + 'steps = [{ at = "50%", telll = "chat" }]\n',
        "policy.always.steps[1].telll: unknown key; did you mean 'tell'?",
        id="a misspelled key of a step",
    ),
    pytest.param(
        '[[rule]]\npolicy = "always"\nwhen = { plattform = "x" }\n',
        "rule[1].when.plattform: unknown key; did you mean 'platform'?",
        id="a misspelled key of a rule",
    ),
    pytest.param(
        '[[chat]]\nname = "care"\n', "chat.care.id: missing, and required", id="a chat without id"
    ),
    pytest.param(
        '[[brand]]\nkeywords = ["acme"]\n',
        "brand[1].name: missing, and required",
        id="a brand without a name",
    ),
    pytest.param(
        '[[brand]]\nname = "Acme"\nkeywords = []\n',
        "brand.Acme.keywords: expected at least 1 value, got none",
        id="no keywords",
    ),
    pytest.param(
        '[[brand]]\nname = "Acme"\nkeywords = ["acme", " "]\n',
        "brand.Acme.keywords[2]: expected a text, got nothing",
        id="an empty keyword",
    ),
    pytest.param(
        '[[brand]]\nname = "Acme"\nkeywords = "acme"\n',
        "brand.Acme.keywords: expected a list, got 'acme'",
        id="a text for a list",
    ),
    pytest.param(
        '[[brand]]\nname = "Acme"\nkeywords = [5]\n',
        "brand.Acme.keywords[1]: expected a text, got 5",
        id="a number for a text",
    ),
    pytest.param(
        BRAND + 'competitor = "yes"\n',
        "brand.Acme.competitor: expected true or false, got 'yes'",
        id="a text for a yes",
    ),
    pytest.param(
        CHAT + 'topic = "12"\n',
        "chat.care.topic: expected a whole number, got '12'",
        id="a number in quotes",
    ),
    pytest.param(
        CHAT + "topic = true\n",
        "chat.care.topic: expected a whole number, got true",
        id="a yes for a number",
    ),
    pytest.param(
        CHAT + "topic = -3\n",
        "chat.care.topic: expected more than 0, got -3",
        id="a negative topic",
    ),
    pytest.param(
        '[[chat]]\nname = "care"\nid = "@care"\n',
        "chat.care.id: expected a chat's number such as -1001234567890, got '@care'",
        id="a chat's name for its id",
    ),
    pytest.param(
        '[[chat]]\nname = "care"\nid = 0\n',
        "chat.care.id: expected a chat's number such as -1001234567890, got 0",
        id="chat zero",
    ),
    pytest.param(
        '[chat]\nname = "care"\nid = -100\n',
        "chat: expected [[chat]] sections, got a section",
        id="single brackets for a list of sections",
    ),
    pytest.param(
        '[[desk]]\nlanguage = "en"\n',
        "desk: expected a section, got a list",
        id="double brackets for one section",
    ),
    pytest.param("desk = 5\n", "desk: expected a section, got 5", id="a number for a section"),
    pytest.param(
        "brand = [5]\n", "brand[1]: expected a section, got 5", id="a number among the sections"
    ),
    pytest.param(
        '[desk]\ntimezone = "Europe/Bratislawa"\n',
        "desk.timezone: unknown time zone 'Europe/Bratislawa'; did you mean 'Europe/Bratislava'?",
        id="a misspelled time zone",
    ),
    pytest.param(
        '[desk]\ntimezone = "Mars"\nlanguage = "xx"\n' + CHAT + CALENDAR,
        "desk.timezone: unknown time zone 'Mars'; expected one such as 'Europe/Bratislava'"
        " (and 1 more)",
        id="a wrong zone is not told again at each heir",
    ),
    pytest.param(
        '[desk]\ntimezone = "Europe"\n',
        "desk.timezone: unknown time zone 'Europe'; did you mean 'Europe/Rome'?",
        id="half a time zone",
    ),
    pytest.param(
        '[desk]\ntimezone = "../../etc/passwd"\n',
        "desk.timezone: unknown time zone '../../etc/passwd';"
        " expected one such as 'Europe/Bratislava'",
        id="a path for a time zone",
    ),
    pytest.param(
        '[desk]\nlanguage = "de"\n',
        "desk.language: expected one of en, tr, sk, ar, hy, ru, got 'de'",
        id="a language that the desk does not speak",
    ),
    pytest.param(
        BRAND + 'languages = ["Turkish"]\n',
        "brand.Acme.languages[1]: expected a language such as 'tr', or 'und', got 'Turkish'",
        id="a language of posts in words",
    ),
    pytest.param(
        CHAT + 'summary_at = "9am"\n',
        "chat.care.summary_at: expected a time of day such as '09:00', got '9am'",
        id="a time of day in words",
    ),
    pytest.param(
        CHAT + 'summary_at = "25:00"\n',
        "chat.care.summary_at: expected a time of day such as '09:00', got '25:00'",
        id="the twenty-fifth hour",
    ),
    pytest.param(
        CHAT + 'review_chat = "Care"\n',
        "chat.care.review_chat: unknown chat 'Care'; did you mean 'care'?",
        id="an unknown review chat",
    ),
    pytest.param(
        CHAT + BRAND + 'chat = "caer"\n',
        "brand.Acme.chat: unknown chat 'caer'; did you mean 'care'?",
        id="an unknown chat",
    ),
    pytest.param(
        BRAND + 'chat = "care"\n',
        "brand.Acme.chat: unknown chat 'care'; there is no [[chat]] section",
        id="a chat where there is none",
    ),
    pytest.param(
        CHAT + '[[chat]]\nname = "night"\nid = -100\n',
        "chat.night.id: the same chat and topic as chat.care",
        id="two names for one chat",
    ),
    pytest.param(
        CHAT + CHAT,
        "chat.care: there is another [[chat]] of this name",
        id="two chats of one name",
    ),
    pytest.param(
        BRAND + BRAND,
        "brand.Acme: there is another [[brand]] of this name",
        id="two brands of one name",
    ),
    pytest.param(
        POLICY + POLICY,
        "policy.always: there is another [[policy]] of this name",
        id="two policies of one name",
    ),
    pytest.param(
        CALENDAR + CALENDAR,
        "calendar.office: there is another [[calendar]] of this name",
        id="two calendars of one name",
    ),
    pytest.param(
        CALENDAR + POLICY + 'calendar = "ofice"\n',
        "policy.always.calendar: unknown calendar 'ofice'; did you mean 'office'?",
        id="an unknown calendar",
    ),
    pytest.param(
        POLICY + '[[rule]]\npolicy = "allways"\n',
        "rule[1].policy: unknown policy 'allways'; did you mean 'always'?",
        id="an unknown policy",
    ),
    pytest.param(
        BRAND + '[[rule]]\npolicy = "always"\nwhen = { brand = ["Acme", "Acne"] }\n',
        "rule[1].when.brand: unknown brand 'Acne'; did you mean 'Acme'?",
        id="an unknown brand in a rule",
    ),
    pytest.param(
        BRAND + POLICY + '[[rule]]\npolicy = "always"\nwhen = { topic = ["fault", "biling"] }\n',
        "rule[1].when.topic: unknown topic 'biling'; did you mean 'billing'?",
        id="an unknown topic in a rule",
    ),
    pytest.param(
        '[[rule]]\npolicy = "always"\nwhen = { platform = "redit" }\n',
        "rule[1].when.platform: unknown platform 'redit'; did you mean 'reddit'?",
        id="an unknown platform in a rule",
    ),
    pytest.param(
        '[[rule]]\npolicy = "always"\nwhen = { label = "complain" }\n',
        "rule[1].when.label[1]: expected 'complaint', 'request' or 'review', got 'complain';"
        " did you mean 'complaint'?",
        id="an unknown label",
    ),
    pytest.param(
        '[[rule]]\npolicy = "always"\nwhen = { urgency = 3 }\n',
        "rule[1].when.urgency: expected at most 2, got 3",
        id="an urgency beyond two",
    ),
    pytest.param(
        POLICY + 'steps = [{ at = "half" }]\n',
        "policy.always.steps[1].at: expected a share of the target such as '80%', got 'half'",
        id="a share in words",
    ),
    pytest.param(
        POLICY + "steps = [{ at = 0.5 }]\n",
        "policy.always.steps[1].at: expected a share of the target such as '80%', got 0.5",
        id="a share that is a number",
    ),
    pytest.param(
        POLICY + 'steps = [{ at = "0%" }]\n',
        "policy.always.steps[1].at: expected a share of the target such as '80%', got '0%'",
        id="a share of nothing",
    ),
    pytest.param(
        POLICY + 'steps = [{ at = "50%", tell = "boss" }]\n',
        "policy.always.steps[1].tell: expected 'chat', 'on shift', 'owner', 'lead', 'reserve' or"
        " 'manager', got 'boss'",
        id="nobody to tell",
    ),
    pytest.param(
        POLICY + 'steps = [{ at = "50%" }, { at = "50.0%", tell = "lead" }]\n',
        "policy.always.steps: expected each share once, got '50%' twice",
        id="a step told twice",
    ),
    pytest.param(
        '[[calendar]]\nname = "office"\n',
        "calendar.office: expected opening hours on at least one day of the week",
        id="an empty week",
    ),
    pytest.param(
        '[[calendar]]\nname = "around the clock"\nmon = ["08:00-12:00"]\n',
        'calendar."around the clock": this name is taken by the built-in calendar',
        id="the built-in calendar's name",
    ),
    pytest.param(
        CALENDAR + 'tue = ["8-12"]\n',
        "calendar.office.tue[1]: expected hours such as '08:00-17:00', got '8-12'",
        id="hours without minutes",
    ),
    pytest.param(
        CALENDAR + 'tue = ["08:00-25:00"]\n',
        "calendar.office.tue[1]: expected hours between '00:00' and '24:00', got '08:00-25:00'",
        id="hours after midnight's own",
    ),
    pytest.param(
        CALENDAR + 'tue = ["08:00-08:00"]\n',
        "calendar.office.tue[1]: expected hours that do not end where they begin"
        " (a day is '00:00-24:00'), got '08:00-08:00'",
        id="hours without length",
    ),
    pytest.param(
        CALENDAR + 'tue = ["08:00-12:00", "11:00-13:00"]\n',
        "calendar.office.tue: '11:00-13:00' overlaps '08:00-12:00'",
        id="hours that overlap",
    ),
    pytest.param(
        CALENDAR + 'tue = ["22:00-06:00"]\nwed = ["05:00-09:00"]\n',
        "calendar.office.wed: '05:00-09:00' overlaps '22:00-06:00'",
        id="a night that runs into the next morning's hours",
    ),
    pytest.param(
        '[[calendar]]\nname = "nights"\nmon = ["05:00-09:00"]\nsun = ["22:00-06:00"]\n',
        "calendar.nights.mon: '05:00-09:00' overlaps '22:00-06:00'",
        id="Sunday's night that runs into Monday's hours",
    ),
    pytest.param(
        CALENDAR + 'holidays = "sk"\n',
        "calendar.office.holidays: expected a country's code such as 'SK', got 'sk';"
        " did you mean 'SK'?",
        id="a country in small letters",
    ),
    pytest.param(
        CALENDAR + 'holidays = "Slovakia"\n',
        "calendar.office.holidays: expected a country's code such as 'SK', got 'Slovakia'",
        id="a country by name",
    ),
    pytest.param(
        CALENDAR + 'closed = ["24.12.2026"]\n',
        "calendar.office.closed[1]: expected a date such as '2026-12-24', got '24.12.2026'",
        id="a date the local way",
    ),
    pytest.param(
        CALENDAR + 'closed = ["2026-12-24"]\nextra = { 2026-12-24 = ["10:00-12:00"] }\n',
        "calendar.office.extra.2026-12-24: this day is also in closed",
        id="a day both closed and open",
    ),
    pytest.param(
        CALENDAR + "extra = { 2026-12-24 = [] }\n",
        "calendar.office.extra.2026-12-24: expected opening hours; a day without any belongs to"
        " closed",
        id="extra hours without hours",
    ),
    pytest.param(
        BRAND + 'own_accounts = { redit = ["acme"] }\n',
        "brand.Acme.own_accounts.redit: unknown platform 'redit'; did you mean 'reddit'?",
        id="an own account on an unknown platform",
    ),
    pytest.param(
        BRAND + 'own_accounts = ["acme"]\n',
        'brand.Acme.own_accounts: expected { reddit = ["name"] }, got a list',
        id="own accounts without a platform",
    ),
    pytest.param(
        BRAND + "own_accounts = { reddit = [5] }\n",
        "brand.Acme.own_accounts: expected a list of handles for reddit, got a list",
        id="a number for a handle",
    ),
    pytest.param(
        BRAND + 'own_accounts = { reddit = ["acme", "acme care"] }\n',
        "brand.Acme.own_accounts: expected a handle for reddit, got 'acme care'",
        id="a handle with a blank in it",
    ),
    pytest.param(
        BRAND + 'own_accounts = { x = ["https://x.com/acmecare"] }\n',
        "brand.Acme.own_accounts: expected a handle for x, not an address,"
        " got 'https://x.com/acmecare'",
        id="an address for a handle",
    ),
    pytest.param(
        "[connectors.redit]\n",
        "connectors.redit: unknown platform 'redit'; did you mean 'reddit'?",
        id="a source that nobody knows",
    ),
    pytest.param(
        "[connectors]\nreddit = 5\n",
        "connectors.reddit: expected a section, got 5",
        id="a source that is no section",
    ),
    pytest.param(
        '[telegram]\nbase_url = "http://example.org/bot"\n',
        "telegram.base_url: expected https:// (only loopback may be http://),"
        " got 'http://example.org/bot'",
        id="an address that anyone can listen to",
    ),
    pytest.param(
        '[telegram]\nbase_url = "example.org"\n',
        "telegram.base_url: expected an address such as 'https://example.org', got 'example.org'",
        id="an address without a scheme",
    ),
    pytest.param(
        '[telegram]\nbase_url = "https://joe:pass@example.org"\n',
        "telegram.base_url: expected an address without a name or password in it",
        id="a password in an address, which is not repeated",
    ),
    pytest.param(
        '[telegram]\ntoken = "1234567:abc"\n',
        "telegram.token: secrets come from the environment only;"
        " set MENTIONDESK_TELEGRAM_TOKEN or MENTIONDESK_TELEGRAM_TOKEN_FILE",
        id="the bot's token, which is not repeated",
    ),
    pytest.param(
        '[connectors.reddit]\nclient_id = "k2v"\n',
        "connectors.reddit.client_id: secrets come from the environment only;"
        " set MENTIONDESK_REDDIT_CLIENT_ID or MENTIONDESK_REDDIT_CLIENT_ID_FILE",
        id="a key among the options",
    ),
    pytest.param(
        '[[connectors.mastodon.servers]]\nname = "main"\ntoken = "abc"\n',
        "connectors.mastodon.servers.main.token: secrets come from the environment only;"
        " set MENTIONDESK_MASTODON_TOKEN or MENTIONDESK_MASTODON_TOKEN_FILE",
        id="a token deep among the options",
    ),
    pytest.param(
        '[desk]\npassword = "abc"\n',
        "desk.password: secrets come from the environment only",
        id="a password where none is needed",
    ),
    pytest.param(
        '[desk]\ndatabase = ""\n',
        "desk.database: expected a file's path, got '.'",
        id="no path for the database",
    ),
    pytest.param(
        "[desk]\ndatabase = 5\n",
        "desk.database: expected a text, got 5",
        id="a number for a path",
    ),
    pytest.param(
        '[desk]\nlanguage "en"\n',
        "/srv/desk/mentiondesk.toml: line 2, column 10: expected '=' after a key in a key/value"
        " pair",
        id="no TOML",
    ),
    pytest.param(
        '[desk]\nlanguage = "en"\nlanguage = "tr"\n',
        "/srv/desk/mentiondesk.toml: line 3, column 16: cannot overwrite a value",
        id="a key given twice",
    ),
    pytest.param(
        "[desk",
        "/srv/desk/mentiondesk.toml: end of document: expected ']' at the end of a table"
        " declaration",
        id="a file cut off",
    ),
    pytest.param(
        "x = " + "[" * 9000,
        "/srv/desk/mentiondesk.toml: a value is too long or nested too deeply",
        id="brackets without end",
    ),
    pytest.param(
        '[[brand]]\nname = "A\\nB"\nkeywords = []\n',
        "brand.'A\\nB'.keywords: expected at least 1 value, got none",
        id="a name of two lines stays one line",
    ),
    pytest.param(
        CHAT + 'topicc = 3\nsummary_at = "noon"\n' + POLICY + "claim = 1\n",
        "policy.always.claim: expected a duration such as '2h', got 1 (and 2 more)",
        id="three mistakes",
    ),
]


@pytest.mark.parametrize(("text", "line"), MISTAKES)
def test_a_mistake_is_one_line_that_names_the_place(text: str, line: str) -> None:
    assert mistake_in(text) == line


def test_a_known_further_platform_may_be_named(tmp_path: Path) -> None:
    file = tmp_path / "mentiondesk.toml"
    file.write_text("[connectors.lemmy]\n", "utf-8")

    assert "lemmy" in load(file, {}, platforms=["lemmy"]).connectors


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mentiondesk.toml"
    file.write_text('[desk]\ndatabase = "sub/../desk.db"\n', "utf-8")

    settings = load(file, {})

    assert settings.folder == tmp_path
    assert settings.desk.database == tmp_path / "sub/../desk.db"


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mentiondesk.toml"
    file.write_text(BRAND, "utf-8-sig")

    assert load(file, {}).brand[0].name == "Acme"


def told_of(file: Path) -> str:
    with pytest.raises(ConfigError) as told:
        load(file, {})
    return str(told.value).replace(str(file), "FILE")


def test_a_file_that_is_not_there_is_told_with_the_way_to_make_one(tmp_path: Path) -> None:
    line = told_of(tmp_path / "absent.toml")

    assert line == (
        "FILE: no such file; 'mentiondesk init' writes one, --config PATH names another"
    )


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    assert told_of(tmp_path) == "FILE: cannot be read: Is a directory"


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mentiondesk.toml"
    file.write_bytes("[desk]\n# za\u010d\xednaj\xfac\n".encode("cp1250"))

    assert told_of(file) == "FILE: line 2: expected UTF-8 text"


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    assert told_of(Path("/dev/zero")) == "FILE: larger than 1 MB, so it is no settings file"


class Shop(ConnectorOptions):
    """A connector's section, as its file would declare it."""

    base_url: BaseUrl = "https://shop.example"
    feeds: tuple[str, ...] = ()
    budget: float = 1.0
    most: Annotated[float, Field(ge=0)] | Literal["unlimited"] = 1.0
    pause: Duration = timedelta(minutes=1)
    archive: LocalPath | None = None


def test_a_connectors_section_is_checked_by_its_own_options() -> None:
    raw = parse('[connectors.rss]\nevery = "5m"\nfeeds = ["a"]\narchive = "a.zst"\n', HERE)

    shop = validate_section(Shop, raw.connectors["rss"], "connectors.rss", raw.folder)

    assert shop.every == timedelta(minutes=5)
    assert shop.feeds == ("a",)
    assert shop.archive == Path("/srv/desk/a.zst")


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        pytest.param(
            {"feed": []}, "connectors.shop.feed: unknown key; did you mean 'feeds'?", id="key"
        ),
        pytest.param(
            {"every": "soon"},
            "connectors.shop.every: expected a duration such as '2h', got 'soon'",
            id="duration",
        ),
        pytest.param(
            {"budget": True}, "connectors.shop.budget: expected a number, got true", id="number"
        ),
        pytest.param({"feeds": [1]}, "connectors.shop.feeds[1]: expected a text, got 1", id="list"),
        pytest.param(
            {"most": -5},
            "connectors.shop.most: expected at least 0.0 or 'unlimited', got -5",
            id="number or word",
        ),
        pytest.param(
            {"most": "unlimitd"},
            "connectors.shop.most: expected a number or 'unlimited', got 'unlimitd';"
            " did you mean 'unlimited'?",
            id="misspelled word",
        ),
    ],
)
def test_a_mistake_in_a_connectors_section_names_its_place(raw: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as told:
        validate_section(Shop, raw, "connectors.shop")

    assert str(told.value) == line


def test_a_section_cannot_be_changed() -> None:
    class Plain(Section):
        size: int = 1

    with pytest.raises(ValueError, match="frozen"):
        Plain().size = 2


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file\n", "utf-8")
    environ = {
        "MENTIONDESK_REDDIT_CLIENT_ID": "given",
        "MENTIONDESK_REDDIT_CLIENT_SECRET_FILE": str(file),
        "MENTIONDESK_REDDIT_PASSWORD": "",
        "MENTIONDESK_MASTODON_TOKEN_MAIN": "named",
    }

    assert secrets_for("reddit", environ) == {"client_id": "given", "client_secret": "from-a-file"}
    assert secrets_for("mastodon", environ) == {"token_main": "named"}
    assert known_secrets(environ) == {"given", "from-a-file", "named"}


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        pytest.param(
            {"MENTIONDESK_X_API_KEY": "a", "MENTIONDESK_X_API_KEY_FILE": "/b"},
            "MENTIONDESK_X_API_KEY: given twice; unset it, or MENTIONDESK_X_API_KEY_FILE",
            id="twice",
        ),
        pytest.param(
            {"MENTIONDESK_X_API_KEY_FILE": "/no/such"},
            "MENTIONDESK_X_API_KEY_FILE: cannot read '/no/such': No such file or directory",
            id="no file",
        ),
        pytest.param(
            {"MENTIONDESK_X_API_KEY_FILE": "/dev/null"},
            "MENTIONDESK_X_API_KEY_FILE: '/dev/null' is empty",
            id="an empty file",
        ),
    ],
)
def test_a_wrong_secret_is_told_before_anything_starts(
    environ: dict[str, str], line: str, tmp_path: Path
) -> None:
    file = tmp_path / "mentiondesk.toml"
    file.write_text(BRAND, "utf-8")

    with pytest.raises(ConfigError) as told:
        load(file, environ)

    assert str(told.value) == line


def test_a_snapshot_gives_back_the_policies_it_was_made_of() -> None:
    settings = parse(WHOLE, HERE)

    book = parse_snapshot(policy_snapshot(settings))

    assert (book.policy, book.rule, book.calendar) == (
        settings.policy,
        settings.rule,
        settings.calendar,
    )


def test_equal_policies_in_other_words_have_the_same_snapshot() -> None:
    one = parse(POLICY + 'first_response = "90m"\nsteps = [{ at = "50%" }]\n', HERE)
    other = parse(POLICY + 'steps = [{ at = "50.0%" }]\nfirst_response = "5400s"\n', HERE)
    different = parse(POLICY + 'first_response = "91m"\nsteps = [{ at = "50%" }]\n', HERE)

    assert policy_snapshot(one) == policy_snapshot(other)
    assert policy_snapshot(one) != policy_snapshot(different)


def test_a_snapshot_does_not_change_with_what_is_no_policy() -> None:
    bare = parse("", HERE)
    busy = parse(CHAT + BRAND, HERE)

    assert policy_snapshot(bare) == policy_snapshot(busy)


@given(st.integers(min_value=1, max_value=int(LONGEST.total_seconds())))
def test_a_spelled_duration_is_read_back(seconds: int) -> None:
    length = timedelta(seconds=seconds)

    assert parse_duration(spell_duration(length)) == length


@given(st.integers(0, 1439), st.integers(0, 1440))
def test_hours_are_read_as_minutes_and_cross_midnight_when_they_end_before_they_begin(
    opens: int, closes: int
) -> None:
    text = f"{opens // 60:02}:{opens % 60:02}-{closes // 60:02}:{closes % 60:02}"

    if opens == closes:
        with pytest.raises(ValueError, match="do not end where they begin"):
            parse_open_span(text)
    else:
        start, end = parse_open_span(text)
        assert (start, end % 1440) == (opens, closes % 1440)
        assert 0 < end - start <= 1440


KEYS = (
    st.sampled_from(sorted(Settings.model_fields))
    | st.sampled_from(["name", "keywords", "id", "topic", "steps", "at", "tell", "when", "mon"])
    | st.sampled_from(["closed", "extra", "holidays", "timezone", "reddit", "own_accounts"])
    | st.text(string.printable, min_size=1, max_size=5)
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=12)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.sampled_from(["5m", "80%", "08:00-12:00", "owner", "SK", "https://a.example", "Asia"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
@effort(max_examples=200, deadline=None)
def test_any_toml_is_either_settings_or_one_line(data: dict[str, Any]) -> None:
    text = tomlkit.dumps(json_free_of_none(data))

    assert_settings_or_one_line(text)


@given(st.text(max_size=60))
@effort(max_examples=200, deadline=None)
def test_any_text_is_either_settings_or_one_line(text: str) -> None:
    assert_settings_or_one_line(text)


def assert_settings_or_one_line(text: str) -> None:
    try:
        settings = parse(text, HERE)
    except ConfigError as error:
        lines = str(error).splitlines()
    else:
        lines = policy_snapshot(settings).splitlines()
    assert len(lines) == 1


def json_free_of_none(value: Any) -> Any:
    """Return `value` without what TOML has no word for."""
    if isinstance(value, dict):
        return {key: json_free_of_none(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [json_free_of_none(each) for each in value if each is not None]
    return value

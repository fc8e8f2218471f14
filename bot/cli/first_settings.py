"""The settings file that `mentiondesk init` writes: a word on everything that can be set."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

MASTODON = "https://mastodon.social"
REPLIES = "replies.toml"  # beside the settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a first settings file must know."""

    brand: str
    keywords: tuple[str, ...]
    timezone: str
    language: str
    chat_id: int | None
    own_accounts: tuple[tuple[str, str], ...]  # (platform, handle)
    platforms: tuple[str, ...] = ("reddit",)  # what is read
    subreddits: tuple[str, ...] = ()
    server: str = MASTODON
    hashtags: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    x_budget: str = "50"  # dollars a month


def render(answers: Answers) -> str:
    """Return the text of a settings file; what has a default stands there commented out."""
    return "\n".join(
        [
            *_desk(answers),
            *_chat(answers),
            *_brand(answers),
            _POLICIES,
            _REPLIES,
            *_sources(answers),
        ]
    )


def quoted(text: str) -> str:
    """Return `text` as a TOML string, whatever stands in it."""
    import tomlkit

    return tomlkit.item(text).as_string()


def _key(text: str) -> str:
    import tomlkit

    return tomlkit.key(text).as_string()


def _list_of(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _desk(answers: Answers) -> Iterator[str]:
    yield _HEAD
    yield "[desk]"
    yield f"timezone = {quoted(answers.timezone)}"
    yield f"language = {quoted(answers.language)}               # en, tr, sk, ar, hy or ru"
    yield _DESK


def _chat(answers: Answers) -> Iterator[str]:
    yield _CHAT_WORDS
    if answers.chat_id is None:
        yield _NO_CHAT
        return
    yield "[[chat]]"
    yield 'name = "care"'
    yield f"id = {answers.chat_id}"
    yield _CHAT_REST


def _brand(answers: Answers) -> Iterator[str]:
    yield _BRAND_WORDS
    yield "[[brand]]"
    yield f"name = {quoted(answers.brand)}"
    yield f"keywords = {_list_of(answers.keywords)}"
    accounts: dict[str, list[str]] = {}
    for platform, handle in answers.own_accounts:
        accounts.setdefault(platform, []).append(handle)
    own = ", ".join(f"{_key(each)} = {_list_of(tuple(accounts[each]))}" for each in accounts)
    listed = f"{{ {own} }}" if own else "{}"
    yield f"own_accounts = {listed}             # their replies stop the clock"
    yield _BRAND_REST


def _sources(answers: Answers) -> Iterator[str]:
    """Yield a section for each platform; those that are not read are commented out."""
    yield _SOURCES
    for platform in dict.fromkeys([*SECTIONS, *answers.platforms]):
        lines = [f"[connectors.{platform}]", *SECTIONS.get(platform, _bare)(answers)]
        read = platform in answers.platforms
        yield "\n".join(line if read or line.startswith("#") else f"#{line}" for line in lines)
        yield ""
    yield _TELEGRAM


def _bare(_: Answers) -> Iterator[str]:
    yield '#every = "60s"                 # between two polls'


def _reddit(answers: Answers) -> Iterator[str]:
    yield f"subreddits = {_list_of(answers.subreddits)}               # none: all of Reddit"
    yield from _bare(answers)


def _x(answers: Answers) -> Iterator[str]:
    yield f"monthly_budget_usd = {answers.x_budget}        # polls slow down as it is used up"
    yield from _bare(answers)


def _bluesky(answers: Answers) -> Iterator[str]:
    yield "# the whole network is read as it is posted; without an account, too"
    yield from _bare(answers)


def _mastodon(answers: Answers) -> Iterator[str]:
    address, tags = quoted(answers.server), _list_of(answers.hashtags)
    yield f'servers = [ {{ name = "main", base_url = {address}, hashtags = {tags} }} ]'
    yield '#direct_messages = "skip"      # "private" shows them to single members, never a group'
    yield from _bare(answers)


def _rss(answers: Answers) -> Iterator[str]:
    yield f"feeds = {_list_of(answers.feeds)}"
    yield "#allow_private_addresses = false"
    yield '#every = "60s"                 # feeds are asked whether they changed'


# What stands in the section of each platform, in the order in which they are offered.
SECTIONS: dict[str, Callable[[Answers], Iterator[str]]] = {
    "reddit": _reddit,
    "x": _x,
    "bluesky": _bluesky,
    "mastodon": _mastodon,
    "hackernews": _bare,
    "rss": _rss,
}
_HEAD = """\
# Settings of mentiondesk. Lines that begin with "#" and a letter or a bracket show defaults and
# examples: take the "#" away to use them. Secrets never stand here, but in the environment, as
# MENTIONDESK_TELEGRAM_TOKEN, or in a file named by MENTIONDESK_TELEGRAM_TOKEN_FILE.
"""
_DESK = """\
#database = "mentiondesk.db"   # relative paths start at this file's folder
#look_back = "24h"             # posts so old still count as live when a source is switched on
#found_late = "15m"            # first seen so long after it was posted: not the team's breach
#keep = "400d"                 # how long posts are to be kept; none is deleted so far
#judge_checks = 3              # sure posts a day in each chat's reviews, to check the judge
"""
_CHAT_WORDS = """\
# Where cards are shown. Without a chat, `mentiondesk run` shows them in its terminal."""
_NO_CHAT = """\
#[[chat]]
#name = "care"
#id = -1001234567890           # the number of a Telegram group
#summary_at = "09:00"          # the daily summary, in the chat's own time
"""
_CHAT_REST = """\
#topic = 12                    # a forum topic of the group
#review_topic = 13             # posts that a person should judge
#summary_at = "09:00"          # the daily summary, in the chat's own time
#weekly_on = "mon"             # the week's summary comes with it; "never" for none
#language = "en"               # the desk's, if none is given
#timezone = "UTC"              # the desk's, if none is given
#quiet = ["22:00-07:00"]       # warnings wait then, missed targets do not
"""
_REPLIES = """\
# What the team answers again and again: members pick it under Reply, leads change it by /saved.
[replies]
file = "replies.toml"

# The team is told, once, when far more people write than is usual at that hour of the week.
#[surges]
#tell = true
#people = 8                    # in an hour, at least
#growth = 3.0                  # times what is usual, at least
"""
_BRAND_WORDS = """\
# What is watched for: one section for each brand."""
_BRAND_REST = """\
#required = []                 # one of these must stand in a post, too
#exclude = []                  # none of these may
#blocked_authors = []
#blocked_places = []           # subreddits, feeds, servers
#languages = []                # only these; none: all

# A rival is counted, but has no clock.
#[[brand]]
#name = "Rival"
#keywords = ["rivalco"]
#competitor = true
"""
_POLICIES = """\
# How soon what must happen. The first policy is the default; without any, it is this one.
#[[policy]]
#name = "always"
#first_response = "30m"        # from first seen to the brand's first public reply
#next_response = "60m"         # the same for later posts of the customer
#claim = "5m"                  # until somebody takes it
#resolution = "24h"
#auto_resolve = "48h"          # an answered item that stays silent so long is resolved
#calendar = "around the clock"
#steps = [                     # at which share of a target who is told
#  { at = "50%", tell = "chat" },
#  { at = "80%", tell = "owner" },
#  { at = "100%", tell = "lead" },
#  { at = "200%", tell = "manager" },
#  { at = "400%", tell = "manager" },
#]

# Which policy an item gets: the first rule that fits. All conditions must hold.
#[[rule]]
#policy = "always"
#when = { platform = ["reddit", "x"], language = "en", label = "complaint", urgency = 2 }
#[[rule]]
#policy = "always"
#when = { customer = ["reddit:dora", "#vip"] }   # an account, or a tag that the team gave

# Hours in which a policy's clocks run, for `calendar = "office"` in a policy.
#[[calendar]]
#name = "office"
#timezone = "UTC"
#mon = ["08:00-12:00", "12:30-17:00"]
#tue = ["08:00-17:00"]
#sat = ["22:00-06:00"]         # past midnight
#holidays = "SK"               # public holidays of a country
#closed = ["2026-12-24"]
#extra = { 2026-12-27 = ["10:00-14:00"] }

# Who is there in which hours, for steps that tell = "on shift" or "reserve".
#[[shift]]
#name = "early"
#mon = ["08:00-16:00"]
#tue = ["08:00-16:00"]
#members = ["Zuzana", "Emre"]  # as `mentiondesk team list` shows them
#rotation = "weekly"           # one after the other; without it all are there
"""
_SOURCES = """\
# What is read: one section for each platform; docs/connectors has a page on each. Keys come from
# the environment alone: for Reddit MENTIONDESK_REDDIT_CLIENT_ID, …_CLIENT_SECRET and, for replying,
# …_USERNAME and …_PASSWORD (without any, its public feeds are read); for X
# MENTIONDESK_X_BEARER_TOKEN; for Bluesky MENTIONDESK_BLUESKY_HANDLE and …_APP_PASSWORD; for
# Mastodon MENTIONDESK_MASTODON_TOKEN."""
_TELEGRAM = """\
#[telegram]
#base_url = "https://api.telegram.org/bot"
"""

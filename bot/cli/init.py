"""`mentiondesk init`: a first settings file, with a word on everything that can be set."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import frame
from monitor.credentials import variable
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from bot.probes import Finding
    from monitor.settings import Settings

LOCALTIME = Path("/etc/localtime")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a first settings file must know."""

    brand: str
    keywords: tuple[str, ...]
    timezone: str
    language: str
    chat_id: int | None
    subreddits: tuple[str, ...]
    own_accounts: tuple[tuple[str, str], ...]  # (platform, handle)


def init(  # noqa: PLR0913, PLR0917 - each is an option of the command
    brand: Annotated[str, typer.Option(help="The brand to watch.", show_default=False)] = "",
    keyword: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORD",
            help="A word, phrase, @handle, #tag or domain that names it; repeatable.",
        ),
    ] = None,
    timezone: Annotated[str, typer.Option(help="The desk's time zone.", show_default=False)] = "",
    language: Annotated[
        str, typer.Option(help="How times and dates are written: en, tr, sk, ar, hy or ru.")
    ] = "",
    chat_id: Annotated[
        int | None, typer.Option(help="The Telegram group that gets the cards; none: a terminal.")
    ] = None,
    subreddit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A subreddit to read; repeatable; none: search."),
    ] = None,
    own_account: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PLATFORM:HANDLE",
            help="An account whose replies are the brand's own; repeatable.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Test the credentials; a file that is there is only tested."),
    ] = False,
) -> None:
    """Write a settings file; asks what it must know.

    On a terminal it asks for what no option gives; elsewhere --brand is required.
    """
    path = frame.config_path()
    if check and path.exists() and not force:
        _check()
        return
    if path.exists() and not force:
        raise ConfigError(f"{path}: is there already; --force overwrites it, --check tests it")
    given = Answers(
        brand=brand,
        keywords=tuple(keyword or ()),
        timezone=timezone,
        language=language,
        chat_id=chat_id,
        subreddits=tuple(subreddit or ()),
        own_accounts=tuple(map(_account, own_account or ())),
    )
    answers = _asked(given) if frame.on_a_terminal() and not brand else _completed(given)
    _write(path, render(answers), force)
    frame.say(f"{path}: written. Secrets come from the environment: {_variables()}.")
    if check:
        _check()


def _account(text: str) -> tuple[str, str]:
    platform, colon, handle = text.partition(":")
    if not (platform and colon and handle):
        raise ConfigError(f"init: --own-account: expected PLATFORM:HANDLE, got {text!r}")
    return platform, handle


def _variables() -> str:
    return ", ".join((variable("telegram", "token"), variable("reddit", "client_id"), "…"))


def _completed(given: Answers) -> Answers:
    """Return `given` with defaults; nobody can be asked."""
    if not given.brand.strip():
        raise ConfigError("init: --brand is required where nobody can be asked")
    return _with_defaults(given)


def _with_defaults(given: Answers) -> Answers:
    return replace(
        given,
        keywords=given.keywords or (given.brand.casefold(),),
        timezone=given.timezone or local_zone(LOCALTIME),
        language=given.language or "en",
    )


def _asked(given: Answers) -> Answers:
    """Return `given` and what a person answers to the questions that are left."""
    now = _ask(
        "Which brand is to be watched?", "", lambda text: _with_defaults(replace(given, brand=text))
    )
    if not given.keywords:
        proposed = now.keywords[0]
        now = _ask(
            "Words that name it, with commas between them",
            proposed,
            partial(_with_keywords, now, proposed),
        )
    if not given.own_accounts:
        now = _ask("Its own Reddit accounts, if any", " ", partial(_with_accounts, now))
    if not given.subreddits:
        now = _ask("Subreddits to read (none: search all)", " ", partial(_with_subreddits, now))
    if given.chat_id is None:
        now = _ask("Telegram group's number (none: this terminal)", " ", partial(_with_chat, now))
    if not given.timezone:
        now = _ask("Time zone", now.timezone, partial(_with_timezone, now))
    if not given.language:
        now = _ask("Language (en, tr, sk, ar, hy, ru)", "en", partial(_with_language, now))
    return now


def _ask(question: str, default: str, with_answer: Callable[[str], Answers]) -> Answers:
    """Return the answers with the one to `question`, which is asked until settings can hold it."""

    def right(text: str) -> Answers:
        try:
            answers = with_answer(text.strip())
            _checked(answers)
        except ConfigError as error:
            raise typer.BadParameter(str(error)) from None
        return answers

    shown = bool(default.strip())
    answers: Answers = typer.prompt(
        question, default=default or None, show_default=shown, err=True, value_proc=right
    )
    return answers


def _checked(answers: Answers) -> None:
    """Raise `ConfigError` if the settings could not be read with these answers."""
    from monitor.settings import parse

    parse(render(answers), frame.config_path())


def _with_keywords(answers: Answers, proposed: str, text: str) -> Answers:
    return replace(answers, keywords=(text,) if text == proposed else _listed(text))


def _with_accounts(answers: Answers, text: str) -> Answers:
    return replace(answers, own_accounts=tuple(("reddit", each) for each in _listed(text)))


def _with_subreddits(answers: Answers, text: str) -> Answers:
    return replace(answers, subreddits=_listed(text))


def _with_chat(answers: Answers, text: str) -> Answers:
    return replace(answers, chat_id=_number(text))


def _with_timezone(answers: Answers, text: str) -> Answers:
    return replace(answers, timezone=text)


def _with_language(answers: Answers, text: str) -> Answers:
    return replace(answers, language=text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


def _number(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise ConfigError(
            f"init: expected a chat's number such as -1001234567890, got {text!r}"
        ) from None


def local_zone(localtime: Path) -> str:
    """Return the machine's IANA zone, which `localtime` links to; "UTC" if it does not tell."""
    try:
        _, found, name = str(localtime.readlink()).rpartition("zoneinfo/")
    except OSError:
        return "UTC"
    return name if found else "UTC"


def _write(path: Path, text: str, force: bool) -> None:
    """Write the file, readable for its owner alone, if what stands in it is right."""
    from monitor.settings import parse

    parse(text, path)
    unfinished = path.with_name(f".{path.name}.partial")
    try:
        _create(unfinished, text)
        if force:
            unfinished.replace(path)
        else:
            os.link(unfinished, path)
    except FileExistsError:
        raise ConfigError(f"{path}: is there already; --force overwrites it") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _create(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)


def _check() -> None:
    """Print what each probe finds. Raises: `typer.Exit` with 1 if one of them fails."""
    from bot import probes, wiring

    app = wiring.open_app(frame.config_path(), os.environ)
    findings = [
        *_telegram_findings(app.settings),
        *probes.connector_findings(app.connectors()),
    ]
    for found in findings:
        typer.echo(found.line)
    if not all(found.good for found in findings):
        raise typer.Exit(1)


def _telegram_findings(settings: "Settings") -> Iterable["Finding"]:
    from bot.probes import telegram_findings
    from monitor.credentials import secrets_for

    token = secrets_for("telegram", os.environ).get("token")
    if token is None:
        frame.say(f"telegram: {variable('telegram', 'token')} is not set: no chat but a terminal")
        return ()
    return telegram_findings(settings.telegram.base_url, token, settings.chat)


def render(answers: Answers) -> str:
    """Return the text of a settings file; what has a default stands there commented out."""
    return "\n".join(
        [*_desk(answers), *_chat(answers), *_brand(answers), _POLICIES, *_sources(answers)]
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
    yield f"own_accounts = {{ {own} }}          # their replies stop the clock"
    yield _BRAND_REST


def _sources(answers: Answers) -> Iterator[str]:
    yield _SOURCES
    yield "[connectors.reddit]"
    yield f"subreddits = {_list_of(answers.subreddits)}               # none: all of Reddit"
    yield _REDDIT


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
#language = "en"               # the desk's, if none is given
#timezone = "UTC"              # the desk's, if none is given
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
"""
_SOURCES = """\
# What is read. A key for Reddit comes from MENTIONDESK_REDDIT_CLIENT_ID, …_CLIENT_SECRET, and,
# for replying, …_USERNAME and …_PASSWORD; without one, its public feeds are read."""
_REDDIT = """\
#every = "60s"                 # between two polls

#[telegram]
#base_url = "https://api.telegram.org/bot"
"""

"""`mentiondesk init`: asks what a first settings file must know, and writes it."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import frame
from bot.cli.first_settings import MASTODON, REPLIES, SECTIONS, Answers, render
from monitor.credentials import NAMES, variable
from monitor.errors import ConfigError
from monitor.mistakes import unknown

if TYPE_CHECKING:
    from bot.probes import Finding
    from monitor.settings import Settings

LOCALTIME = Path("/etc/localtime")
_WITH_ACCOUNTS = ("reddit", "x", "bluesky", "mastodon", "hackernews")  # where a brand may answer
_NOT_OFFERED = "sample"


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
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="PLATFORM", help="A platform to read; repeatable. Default: reddit."),
    ] = None,
    subreddit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A subreddit to read; repeatable; none: search."),
    ] = None,
    mastodon_server: Annotated[
        str, typer.Option(metavar="URL", help="The Mastodon server to read.")
    ] = MASTODON,
    hashtag: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="A hashtag to read on Mastodon; repeatable."),
    ] = None,
    feed: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="An RSS or Atom feed to read; repeatable."),
    ] = None,
    x_budget: Annotated[
        float, typer.Option(metavar="USD", help="What reading X may cost in a month.", min=0.0)
    ] = 50.0,
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
        own_accounts=tuple(map(_account, own_account or ())),
        platforms=_offered(source or _implied(subreddit, hashtag, feed)),
        subreddits=tuple(subreddit or ()),
        server=mastodon_server,
        hashtags=tuple(hashtag or ()),
        feeds=tuple(feed or ()),
        x_budget=f"{x_budget:g}",
    )
    answers = _asked(given) if frame.on_a_terminal() and not brand else _completed(given)
    _write(path, render(answers), force)
    _write_replies(path.with_name(REPLIES))
    frame.say(f"{path}: written. Secrets come from the environment: {_variables(answers)}.")
    if check:
        _check()


def _account(text: str) -> tuple[str, str]:
    platform, colon, handle = text.partition(":")
    if not (platform and colon and handle):
        raise ConfigError(f"init: --own-account: expected PLATFORM:HANDLE, got {text!r}")
    return platform, handle


def _implied(
    subreddits: list[str] | None, hashtags: list[str] | None, feeds: list[str] | None
) -> list[str]:
    """Return the platforms of which something was named; Reddit, where nothing was."""
    named = {"reddit": subreddits, "mastodon": hashtags, "rss": feeds}
    return [platform for platform, given in named.items() if given] or ["reddit"]


def built() -> tuple[str, ...]:
    """Return the platforms that can be read, those with most to set first."""
    from bot.wiring import platforms

    found = [each for each in platforms() if each != _NOT_OFFERED]
    order = list(SECTIONS)
    return tuple(sorted(found, key=lambda each: order.index(each) if each in order else len(order)))


def _offered(names: Iterable[str]) -> tuple[str, ...]:
    """Return the platforms of these names. Raises: ConfigError for one that is not built."""
    known, chosen = built(), tuple(dict.fromkeys(names))
    for name in chosen:
        if name not in known:
            hint = unknown(name, list(known))
            near = f"; {hint}" if hint.startswith("did") else ""
            told = f"init: there is no platform '{name}'; there are {', '.join(known)}"
            raise ConfigError(told + near)
    return chosen


def _variables(answers: Answers) -> str:
    named = [variable("telegram", "token")]
    named += [variable(each, name) for each in answers.platforms for name in NAMES.get(each, ())]
    return ", ".join(named)


def _completed(given: Answers) -> Answers:
    """Return `given` with defaults; nobody can be asked."""
    if not given.brand.strip():
        raise ConfigError("init: --brand is required where nobody can be asked")
    if "rss" in given.platforms and not given.feeds:
        raise ConfigError("init: rss: name a feed with --feed URL")
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
    now = _asked_of_platforms(given, now)
    if given.chat_id is None:
        now = _ask("Telegram group's number (none: this terminal)", " ", partial(_with_chat, now))
    if not given.timezone:
        now = _ask("Time zone", now.timezone, partial(_with_timezone, now))
    if not given.language:
        now = _ask("Language (en, tr, sk, ar, hy, ru)", "en", partial(_with_language, now))
    return now


def _asked_of_platforms(given: Answers, now: Answers) -> Answers:
    """Return what is to be read, and what must be known of each platform."""
    known, proposed = ", ".join(built()), ", ".join(now.platforms)
    now = _ask(f"Platforms to read ({known})", proposed, partial(_with_platforms, now))
    for platform in now.platforms:
        if platform in _WITH_ACCOUNTS and platform not in dict(given.own_accounts):
            question = f"Its own accounts on {platform}, if any"
            now = _ask(question, " ", partial(_with_accounts, now, platform))
        for asks, default, keep in _QUESTIONS.get(platform, ()):
            now = _ask(asks, default(now), partial(keep, now))
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
    _checked_text(render(answers), frame.config_path())


def _checked_text(text: str, path: Path) -> None:
    """Raise `ConfigError` if a section of the settings, or one of a platform, is wrong."""
    from bot.wiring import App, platforms
    from monitor.settings import parse

    settings = parse(text, path, platforms())
    app = App(settings, {})
    for platform in settings.connectors:
        app.every(platform)


def _with_keywords(answers: Answers, proposed: str, text: str) -> Answers:
    return replace(answers, keywords=(text,) if text == proposed else _listed(text))


def _with_platforms(answers: Answers, text: str) -> Answers:
    names = text.casefold().replace(",", " ").split()
    return replace(answers, platforms=_offered(names))


def _with_accounts(answers: Answers, platform: str, text: str) -> Answers:
    others = tuple(each for each in answers.own_accounts if each[0] != platform)
    mine = tuple((platform, each) for each in _listed(text))
    return replace(answers, own_accounts=(*others, *mine))


def _with_server(answers: Answers, text: str) -> Answers:
    return replace(answers, server=text)


def _with_hashtags(answers: Answers, text: str) -> Answers:
    return replace(answers, hashtags=tuple(each.removeprefix("#") for each in _listed(text)))


def _proposed_hashtags(answers: Answers) -> str:
    """Return the brand's keywords that are one word, as tags."""
    words = (each.removeprefix("#") for each in answers.hashtags or answers.keywords)
    return ", ".join(dict.fromkeys(each for each in words if each.isidentifier())) or " "


def _with_feeds(answers: Answers, text: str) -> Answers:
    if not _listed(text):
        raise ConfigError("init: expected the address of a feed, got nothing")
    return replace(answers, feeds=_listed(text))


def _with_budget(answers: Answers, text: str) -> Answers:
    try:
        return replace(answers, x_budget=f"{float(text):g}")
    except ValueError:
        raise ConfigError(f"init: expected an amount of dollars such as 50, got {text!r}") from None


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
    _checked_text(text, path)
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


def _write_replies(path: Path) -> None:
    """Write saved replies to begin with; a file that is there stays as it is."""
    if path.exists():
        return
    try:
        _create(path, Path(__file__).with_name("starter_replies.toml").read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
    frame.say(f"{path}: written: saved replies in six languages, to begin with.")


def _create(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)


def _check() -> None:
    """Print what each probe finds. Raises: `typer.Exit` with 1 if one of them fails."""
    from bot import probes, wiring
    from bot.cli import doctor

    app = wiring.open_app(frame.config_path(), os.environ)
    findings = [
        *_telegram_findings(app.settings),
        *(
            probes.Finding(
                place=each.place, good=each.outcome is not doctor.Outcome.FAIL, words=each.found
            )
            for each in doctor.examined(doctor.platform_looks())
        ),
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


# What must be known of a platform: the question, what is proposed, and where the answer goes.
_QUESTIONS: dict[
    str, tuple[tuple[str, Callable[[Answers], str], Callable[[Answers, str], Answers]], ...]
] = {
    "reddit": (
        (
            "Subreddits to read (none: search all)",
            lambda answers: ", ".join(answers.subreddits) or " ",
            _with_subreddits,
        ),
    ),
    "x": (("Dollars a month for reading X", lambda answers: answers.x_budget, _with_budget),),
    "mastodon": (
        ("Mastodon server", lambda answers: answers.server, _with_server),
        ("Hashtags to read there", _proposed_hashtags, _with_hashtags),
    ),
    "rss": (
        (
            "Addresses of the feeds",
            lambda answers: ", ".join(answers.feeds) or " ",
            _with_feeds,
        ),
    ),
}

"""Single values of the settings: what was written becomes what is meant, or a clear refusal."""

import re
from collections.abc import Callable, Mapping
from datetime import time, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationInfo

from monitor.durations import parse_duration, parse_open_span
from monitor.mistakes import got, key, unknown

LANGUAGES = ("en", "tr", "sk", "ar", "hy", "ru")  # of the interface
_LARGEST_SHARE = 100.0  # of the target: "10000%"
_PERCENT = re.compile(r"([0-9]{1,5}(?:\.[0-9]{1,2})?)\s?%")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::00)?")


def duration(value: object) -> timedelta:
    """Return the length of time that "2h" spells; one that is a length already stays."""
    if isinstance(value, timedelta):
        return value
    length: timedelta = _read(parse_duration, value, "expected a duration such as '2h'")
    return length


def _refused(expected: str, value: object) -> ValueError:
    return ValueError(f"{expected}, got {got(value)}")


def _read(parse: Callable[[str], Any], value: object, expected: str) -> Any:
    """Return `parse(value)`; what it refuses is told together with the value."""
    if not isinstance(value, str):
        raise _refused(expected, value)
    try:
        return parse(value)
    except ValueError as error:
        raise _refused(str(error), value) from error


def zone(value: object) -> ZoneInfo:
    """Return the IANA time zone of this name."""
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str):
        raise _refused("expected a time zone such as 'Europe/Bratislava'", value)
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        hint = unknown(value, available_timezones()) or "expected one such as 'Europe/Bratislava'"
        raise ValueError(f"unknown time zone {got(value)}; {hint}") from error


def time_of_day(value: object) -> time:
    """Return the local time that "09:00" spells."""
    if isinstance(value, time):
        return value
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise _refused("expected a time of day such as '09:00'", value)
    return time(int(found[1]), int(found[2]))


def share(value: object, info: ValidationInfo) -> float:
    """Return 0.8 for "80%"; in code, unlike in the file, a number is a share already."""
    if isinstance(value, float) and info.mode == "python":
        return value
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    part = float(found[1]) / 100 if found else 0.0
    if not 0 < part <= _LARGEST_SHARE:
        raise _refused("expected a share of the target such as '80%'", value)
    return part


def spelled_share(part: float) -> str:
    """Return "80%" for 0.8."""
    return f"{part * 100:.10g}%"


def text(value: str) -> str:
    """Return `value` without blanks around it; nothing at all is refused."""
    if not value.strip():
        raise ValueError("expected a text, got nothing")
    return value.strip()


def open_span(value: object) -> str:
    """Return `value` if `parse_open_span` reads it."""
    _read(parse_open_span, value, "expected hours such as '08:00-17:00'")
    return str(value)


def language(value: str) -> str:
    """Return `value` if the interface speaks it."""
    if value not in LANGUAGES:
        raise _refused(f"expected one of {', '.join(LANGUAGES)}", value)
    return value


def post_language(value: str) -> str:
    """Return `value` if it has the form of a language that a post may have."""
    if re.fullmatch(r"[a-z]{2}|und", value) is None:
        raise _refused("expected a language such as 'tr', or 'und'", value)
    return value


def chat_id(value: object) -> int:
    """Return the number by which Telegram knows a chat; groups have negative ones."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < abs(value) < 2**52:
        raise _refused("expected a chat's number such as -1001234567890", value)
    return value


def country(value: str) -> str:
    """Return the ISO 3166-1 code of a country whose public holidays are known."""
    from holidays.utils import list_supported_countries  # slow to import, and seldom needed

    known = [code for code in list_supported_countries(include_aliases=False) if len(code) == 2]
    if value not in known:
        hint = f"; did you mean '{value.upper()}'?" if value.upper() in known else ""
        raise ValueError(f"expected a country's code such as 'SK', got {got(value)}{hint}")
    return value


def url(value: str, schemes: tuple[str, str]) -> str:
    """Return `value` without a slash at its end if it is encrypted, or stays on this machine."""
    safe, plain = schemes
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"expected an address such as '{safe}://example.org'") from None
    if parts.username is not None:
        raise ValueError("expected an address without a name or password in it")
    if not host or parts.scheme not in schemes or not value.isprintable() or " " in value:
        raise _refused(f"expected an address such as '{safe}://example.org'", value)
    if parts.scheme == plain and not _is_loopback(host):
        raise _refused(f"expected {safe}:// (only loopback may be {plain}://)", value)
    return value.rstrip("/")


def link(value: str) -> str:
    """Return `value` as it is if a customer can open it; that means encrypted."""
    url(value, ("https", "http"))
    return value


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def local_path(value: Path, info: ValidationInfo) -> Path:
    """Return `value` absolute: relative ones are counted from the folder of the settings file."""
    if not str(value).strip() or str(value) == "." or "\0" in str(value):
        raise ValueError(f"expected a file's path, got {got(str(value))}")
    try:
        named = value.expanduser()
    except RuntimeError:
        raise ValueError(f"there is no such home folder, got {got(str(value))}") from None
    folder = info.context.get("folder") if info.context else None
    return folder / named if isinstance(folder, Path) else named


def one_or_many(value: object) -> tuple[object, ...]:
    """Return a list's values, and anything else as the only one of a list."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def handle(value: str) -> str:
    """Return a handle as connectors compare it: folded, without "@" or "u/"."""
    return value.strip().removeprefix("/").removeprefix("u/").removeprefix("@").casefold()


def customer(value: str) -> str:
    """Return what names customers for a rule, folded: "reddit:dora", or the team's tag "#vip"."""
    platform, colon, name = value.strip().partition(":")
    tag = value.strip().removeprefix("#").casefold()
    if value.strip().startswith("#") and tag and not any(map(str.isspace, tag)):
        return f"#{tag}"
    named = handle(name)
    if not colon or not platform or not named or any(map(str.isspace, named)):
        raise _refused("expected an account such as 'reddit:dora' or a tag such as '#vip'", value)
    return f"{platform}:{named}"


def own_accounts(value: object) -> tuple[tuple[str, str], ...]:
    """Return (platform, handle) for each account of `{ reddit = ["acme_care"] }`."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise _refused('expected { reddit = ["name"] }', value)
    return tuple(
        (platform, each) for platform in value for each in _handles(platform, value[platform])
    )


def _handles(platform: str, value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    handles = [handle(each) for each in listed if isinstance(each, str)]
    if len(handles) < len(listed) or not all(handles):
        raise _refused(f"expected a list of handles for {key(platform)}", value)
    for each in handles:
        if any(map(str.isspace, each)):
            raise _refused(f"expected a handle for {key(platform)}", each)
        if "/" in each:
            raise _refused(f"expected a handle for {key(platform)}, not an address", each)
    return handles


def accounts_section(accounts: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """Return `accounts` as the settings write them: the inverse of `own_accounts`."""
    platforms = dict.fromkeys(platform for platform, _ in accounts)
    return {each: [one for where, one in accounts if where == each] for each in platforms}

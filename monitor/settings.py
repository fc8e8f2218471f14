"""The settings: one TOML file and the secrets of the environment, read once, then frozen."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from monitor import fields, mistakes, references
from monitor.credentials import NAMES, known_secrets, secrets_for, sounds_secret, variable
from monitor.durations import spell_duration
from monitor.errors import ConfigError
from monitor.model import Brand
from monitor.sections import (
    AROUND_THE_CLOCK,
    BaseUrl,
    BrandSettings,
    CalendarSettings,
    ChatSettings,
    ConnectorOptions,
    DeskSettings,
    Duration,
    LocalPath,
    PolicyBook,
    PolicySettings,
    RepliesSettings,
    RuleSettings,
    RuleWhen,
    Section,
    Settings,
    ShiftSettings,
    StepSettings,
    StreamUrl,
    SurgesSettings,
    TelegramSettings,
    Text,
)

__all__ = [
    "AROUND_THE_CLOCK",
    "BaseUrl",
    "BrandSettings",
    "CalendarSettings",
    "ChatSettings",
    "ConnectorOptions",
    "DeskSettings",
    "Duration",
    "LocalPath",
    "PolicyBook",
    "PolicySettings",
    "RepliesSettings",
    "RuleSettings",
    "RuleWhen",
    "Section",
    "Settings",
    "ShiftSettings",
    "StepSettings",
    "StreamUrl",
    "SurgesSettings",
    "TelegramSettings",
    "Text",
    "brands",
    "known_secrets",
    "load",
    "load_policies",
    "parse",
    "parse_snapshot",
    "policy_snapshot",
    "secrets_for",
    "validate_section",
]

_DATABASE = "mentiondesk.db"
_ONLY_OUTSIDE = "secrets come from the environment only"
_LARGEST_FILE = 1_000_000  # bytes; a settings file is a page or two

Checked = TypeVar("Checked", bound=BaseModel)


def load(path: Path, environ: Mapping[str, str], platforms: Iterable[str] = ()) -> Settings:
    """Return the settings that stand in `path`; `platforms` are known beside the built-in ones.

    Raises: `ConfigError` for whatever is wrong with the file or with the secrets in `environ`.
    """
    settings = parse(_read_file(path), path, platforms)
    for platform in NAMES:
        secrets_for(platform, environ)
    return settings


def parse(text: str, path: Path, platforms: Iterable[str] = ()) -> Settings:
    """Return the settings that `text` spells; relative paths in it start at `path`'s folder.

    Raises: `ConfigError` for whatever is wrong with the text.
    """
    data = _tables(text, path)
    if exposed := list(_exposed_secrets(data)):
        raise mistakes.config_error(exposed)
    folder = path.absolute().parent
    settings = validate_section(Settings, _with_inherited(data), "", folder)
    if wrong := references.wrong(settings, platforms):
        raise mistakes.config_error(wrong)
    settings._folder = folder
    return settings


def load_policies(path: Path, settings: Settings) -> PolicyBook:
    """Return the policies, rules and calendars that stand in `path`, for the desk of `settings`.

    The file may be a whole settings file, of which the rest is passed over. Calendars without a
    zone have the desk's.
    Raises: `ConfigError` for whatever is wrong with it.
    """
    if not path.exists():
        raise ConfigError(f"{path}: no such file")
    data = _tables(_read_file(path), path)
    known = list(Settings.model_fields)
    for name in data:
        if name not in known:
            hint = mistakes.unknown(name, known)
            raise ConfigError(f"{path}: unknown key '{name}'" + (f"; {hint}" if hint else ""))
    given = {name: data[name] for name in PolicyBook.model_fields if name in data}
    if not given:
        raise ConfigError(f"{path}: expected [[policy]], [[rule]] or [[calendar]]")
    zone = {"timezone": str(settings.desk.timezone)}
    book = validate_section(PolicyBook, {**given, **_filled(given, "calendar", zone)}, "")
    parts = {name: getattr(book, name) for name in PolicyBook.model_fields}
    if wrong := references.wrong(settings.model_copy(update=parts), ()):
        raise mistakes.config_error(wrong)
    return book


def validate_section(
    model: type[Checked], data: Mapping[str, Any], where: str, folder: Path | None = None
) -> Checked:
    """Return `data`, which stands at `where` in the settings, as a `model`.

    Relative paths start at `folder`, the settings' own. The TOML types are taken strictly: "5"
    is no number, and true is none either.

    Raises: `ConfigError` with the first mistake and how many more there are.
    """
    try:
        return model.model_validate_json(
            _as_json(data, where), strict=True, context={"folder": folder or Path()}
        )
    except ValidationError as error:
        raise mistakes.config_error(mistakes.in_words(error, model, data, where)) from None


def brands(settings: Settings) -> tuple[Brand, ...]:
    """Return the brands to watch; a brand that names no chat goes to the first one."""
    first = settings.chat[0].name if settings.chat else None
    return tuple(_brand(each, each.chat or first) for each in settings.brand)


def policy_snapshot(settings: PolicyBook) -> str:
    """Return policies, rules and calendars as canonical JSON: equal text means equal clocks."""
    book = PolicyBook(policy=settings.policy, rule=settings.rule, calendar=settings.calendar)
    plain = book.model_dump(mode="json")
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse_snapshot(text: str) -> PolicyBook:
    """Return what `policy_snapshot` wrote. Raises: `ConfigError` if `text` is not its work."""
    return validate_section(PolicyBook, json.loads(text), "")


def _read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        hint = "'mentiondesk init' writes one, --config PATH names another"
        raise ConfigError(f"{path}: no such file; {hint}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{path}: cannot be read: {reason}") from None
    if len(raw) > _LARGEST_FILE:
        raise ConfigError(f"{path}: larger than 1 MB, so it is no settings file")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: expected UTF-8 text") from None


def _tables(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {_syntax(str(error))}") from None
    except (ValueError, RecursionError):  # a number of 5,000 digits, or brackets without end
        raise ConfigError(f"{path}: a value is too long or nested too deeply") from None


def _with_inherited(data: dict[str, Any]) -> dict[str, Any]:
    """Give all that names no zone the desk's, and chats its language if they name none.

    The database is named too, for its path to be made absolute.
    """
    desk = data.get("desk", {})
    if not isinstance(desk, dict):
        return data
    zone = _inheritable(desk, "timezone", fields.zone)
    spoken = _inheritable(desk, "language", fields.language)
    return {
        **data,
        "desk": {"database": _DATABASE} | desk,
        **_filled(data, "chat", zone | spoken),
        **_filled(data, "calendar", zone),
        **_filled(data, "shift", zone),
        **_filled(data, "archive", zone),
    }


def _inheritable(desk: dict[str, Any], name: str, check: Callable[[Any], object]) -> dict[str, Any]:
    """Return the desk's value if it is right: a wrong one is told at the desk, not at each heir."""
    try:
        check(desk[name])
    except (KeyError, ValueError):
        return {}
    return {name: desk[name]}


def _filled(data: dict[str, Any], name: str, given: dict[str, Any]) -> dict[str, Any]:
    tables = data.get(name)
    if not isinstance(tables, list):
        return {}
    return {name: [given | each if isinstance(each, dict) else each for each in tables]}


def _syntax(message: str) -> str:
    """Return tomllib's message with the place first."""
    found = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", message, re.DOTALL)
    problem, where = (found[1], found[2]) if found else (message, "not TOML")
    return f"{where}: {problem[:1].lower()}{problem[1:]}".replace("\n", " ")


def _as_json(data: Mapping[str, Any], where: str) -> str:
    try:
        return json.dumps(data, default=_plain)
    except (RecursionError, ValueError):
        raise ConfigError(f"{where or 'settings'}: nested too deeply") from None


def _plain(value: object) -> str:
    """Return TOML's dates and times, and what tests hand in, as text."""
    if isinstance(value, timedelta):
        return spell_duration(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _exposed_secrets(data: Mapping[str, Any]) -> Iterator[str]:
    connectors = data.get("connectors")
    sections: dict[str, Any] = dict(connectors) if isinstance(connectors, Mapping) else {}
    places = {"telegram": data.get("telegram"), **sections}
    for platform, section in places.items():
        where = (platform,) if platform == "telegram" else ("connectors", platform)
        for loc in _secret_keys(section, NAMES.get(platform, ()), ()):
            name = variable(platform, str(loc[-1]))
            shown = mistakes.place(data, (*where, *loc))
            yield f"{shown}: {_ONLY_OUTSIDE}; set {name} or {name}_FILE"
    for name in ("desk", "chat", "brand"):
        for loc in _secret_keys(data.get(name), (), ()):
            yield f"{mistakes.place(data, (name, *loc))}: {_ONLY_OUTSIDE}"


def _secret_keys(
    data: object, names: Iterable[str], loc: tuple[int | str, ...]
) -> Iterator[tuple[int | str, ...]]:
    if isinstance(data, Mapping):
        for name, value in data.items():
            if isinstance(value, str) and (name in names or sounds_secret(name)):
                yield (*loc, name)
            yield from _secret_keys(value, names, (*loc, name))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _secret_keys(value, names, (*loc, index))


def _brand(brand: BrandSettings, chat: str | None) -> Brand:
    return Brand(
        name=brand.name,
        keywords=brand.keywords,
        required=brand.required,
        exclude=brand.exclude,
        blocked_authors=frozenset(map(fields.handle, brand.blocked_authors)),
        blocked_places=frozenset(place.casefold() for place in brand.blocked_places),
        languages=frozenset(brand.languages),
        own_accounts=brand.own_accounts,
        chat=chat,
        competitor=brand.competitor,
    )

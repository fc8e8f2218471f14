"""Mistakes in the settings, said in one line: the place, what was expected, what stands there."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from monitor.errors import ConfigError

_BARE = re.compile(r"[\w-]+")
_SHOWN = 60  # characters of a wrong value that are quoted
_LISTED = 12  # names that are listed where none is near
_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "dict_type": "a section",
    "mapping_type": "a section",
    "model_type": "a section",
    "model_attributes_type": "a section",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "date_type": "a date such as '2026-12-24'",
    "date_parsing": "a date such as '2026-12-24'",
    "date_from_datetime_parsing": "a date such as '2026-12-24'",
    "date_from_datetime_inexact": "a date such as '2026-12-24'",
    "time_type": "a time of day such as '09:00'",
    "time_parsing": "a time of day such as '09:00'",
}
_NAMED = ("literal_error", "enum")
_LIMITS = {  # kind: where pydantic keeps the limit, what was expected
    "too_short": ("min_length", "at least {} value"),
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "at least {}"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "at most {}"),
}


def config_error(mistakes: Sequence[str]) -> ConfigError:
    """Return the error that tells the first mistake and how many more there are."""
    more = len(mistakes) - 1
    return ConfigError(f"{mistakes[0]} (and {more} more)" if more else mistakes[0])


def in_words(error: ValidationError, model: type[BaseModel], data: object, where: str) -> list[str]:
    """Return one line for each mistake that pydantic found in `data`, which stands at `where`."""
    mistakes = error.errors(include_url=False)
    inner = {found["loc"][:-1] for found in mistakes}
    by_place: dict[str, list[Any]] = {}
    for found in mistakes:
        if found["type"] != "too_short" or found["loc"] not in inner:  # wrong values do not count
            by_place.setdefault(place(data, found["loc"], where), []).append(found)
    return [f"{at}: {_problems(found, model)}" for at, found in by_place.items()]


def place(data: object, loc: Sequence[int | str], where: str = "") -> str:
    """Return where `loc` lies in `data`: named tables by their name, others counted from 1."""
    path = where
    for step in loc:
        if isinstance(step, str) and data is not None and not isinstance(data, Mapping):
            break  # a value has no parts: pydantic goes on with a name of each type it might have
        data = _inside(data, step)
        if isinstance(step, int):
            path += _named(data) or f"[{step + 1}]"
        else:
            path += f".{key(step)}" if path else key(step)
    return path or "settings"


def key(name: str) -> str:
    """Return `name` as TOML writes a key: bare where it can be, else quoted, always one line."""
    if _BARE.fullmatch(name):
        return name
    return f'"{name}"' if name.isprintable() else repr(name)


def got(value: object) -> str:
    """Return `value` as it is quoted in a message: short, one line, in TOML's words."""
    if isinstance(value, str):
        return repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a section"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value)[:_SHOWN]


def unknown(name: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the nearest of `known`, else what is known."""
    names = sorted(known)
    folded = {each.casefold(): each for each in names}
    near = difflib.get_close_matches(name.casefold(), folded, n=1)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    return f"known are {', '.join(names)}" if 0 < len(names) <= _LISTED else ""


def _inside(data: object, step: int | str) -> object:
    if isinstance(data, Mapping):
        return data.get(step)
    if isinstance(data, list | tuple) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _named(data: object) -> str:
    name = data.get("name") if isinstance(data, Mapping) else None
    return f".{key(name)}" if isinstance(name, str) and name else ""


def _problems(found: Sequence[Any], model: type[BaseModel]) -> str:
    """Return what is wrong at one place: once, where a value may also be one of a few names."""
    named = next((each for each in found if each["type"] in _NAMED), None)
    other = next((each for each in found if each["type"] not in _NAMED), None)
    if named is None or other is None or other["type"] not in (*_EXPECTED, *_LIMITS):
        return _problem(found[0], model)
    names = _not_among(named["input"], named["ctx"]["expected"])
    return f"{_expected(other, model)} or {names.removeprefix('expected ')}"


def _problem(found: Any, model: type[BaseModel]) -> str:
    kind, value = found["type"], found["input"]
    if kind == "extra_forbidden":
        return _unknown_key(str(found["loc"][-1]), _section_at(model, found["loc"][:-1]))
    if kind == "missing":
        return "missing, and required"
    if kind == "value_error":
        return str(found["ctx"]["error"])
    if kind in _NAMED:
        return _not_among(value, found["ctx"]["expected"])
    return f"{_expected(found, model)}, got {_amount(kind, value)}"


def _expected(found: Any, model: type[BaseModel]) -> str:
    kind = found["type"]
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"expected {words.format(found['ctx'][name])}"
    if kind in _EXPECTED:
        return f"expected {_sections(kind, found['loc'], model)}"
    return f"{found['msg'][:1].lower()}{found['msg'][1:]}"


def _amount(kind: str, value: object) -> str:
    return "none" if kind == "too_short" and not value else got(value)


def _unknown_key(name: str, section: type[BaseModel] | None) -> str:
    hint = unknown(name, section.model_fields if section else ())
    return f"unknown key; {hint}" if hint else "unknown key"


def _not_among(value: object, expected: str) -> str:
    hint = unknown(str(value), re.findall(r"'([^']*)'", expected))
    near = f"; {hint}" if hint.startswith("did") else ""
    return f"expected {expected}, got {got(value)}{near}"


def _sections(kind: str, loc: Sequence[int | str], model: type[BaseModel]) -> str:
    """Return what was expected; a list of sections is told as TOML writes it."""
    if kind == "tuple_type" and len(loc) == 1 and _section_at(model, loc):
        return f"[[{loc[0]}]] sections"
    return _EXPECTED[kind]


def _section_at(model: type[BaseModel], loc: Sequence[int | str]) -> type[BaseModel] | None:
    section: type[BaseModel] | None = model
    for step in loc:
        if section is None or isinstance(step, int):
            continue
        field = section.model_fields.get(step)
        section = _section_in(field.annotation) if field else None
    return section


def _section_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_section_in(each) for each in get_args(annotation))
    return next((section for section in inner if section), None)

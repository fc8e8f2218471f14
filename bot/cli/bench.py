"""`mentiondesk bench`: one part of the desk measured beside its yardstick."""

from collections.abc import Mapping
from importlib import import_module
from inspect import signature
from pkgutil import iter_modules
from types import ModuleType
from typing import Annotated, Any

import typer

from bot import bench as benches
from bot.cli import frame
from monitor.errors import ConfigError
from monitor.mistakes import unknown

_SPELLED = {"lose_a_page": "break", "rule": "break"}


def _names() -> list[str]:
    return sorted(each.name for each in iter_modules(benches.__path__))


def bench(  # noqa: PLR0913 - each is an option of the command
    name: Annotated[
        str, typer.Argument(metavar="NAME", autocompletion=_names, help="What to measure.")
    ] = "",
    rule: Annotated[
        str,
        typer.Argument(
            metavar="[RULE]",
            help="With --break, for `desk`: the rule of the clock to break; `list` names them.",
        ),
    ] = "",
    *,
    size: Annotated[
        int | None,
        typer.Option(min=1, show_default=False, help="Rows, where the measurement has a size."),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=1, show_default=False, help="How often all of it is measured, where it is in turns."
        ),
    ] = None,
    posts: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default=False,
            help="Posts over all connectors, for `sources`; of a year, for `desk`.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(show_default=False, help="Another year, for `desk`.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=2, show_default=False, help="A shorter year, for `desk`.")
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option(
            metavar="MM-DD", show_default=False, help="The day on which it begins, for `desk`."
        ),
    ] = None,
    harsh: Annotated[
        bool,
        typer.Option(
            "--harsh", help="Flag most posts and do often what is seldom done, for `desk`."
        ),
    ] = False,
    broken: Annotated[
        bool,
        typer.Option(
            "--break",
            help="Let `sources` lose a page, or `desk` break a RULE, on purpose: it must notice.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures only, as one JSON object.")
    ] = False,
) -> None:
    """Measure one part beside its yardstick.

    Without NAME it lists what can be measured.
    """
    if not name:
        _list(as_json)
        return
    bench_file = _bench_file(name)
    known = signature(bench_file.run).parameters.keys()
    if rule and "rule" not in known:
        raise ConfigError(f"bench: '{name}' takes no RULE, got '{rule}'")
    asked = {
        "size": size,
        "rounds": rounds,
        "posts": posts,
        "seed": seed,
        "days": days,
        "begin": begin,
        "harsh": harsh or None,
        **_break(rule, broken),
    }
    given = {option: value for option, value in asked.items() if value is not None}
    if "lose_a_page" in given and "rule" in known:
        raise ConfigError(f"bench: '{name}' breaks a RULE; `--break list` names them")
    for option in given.keys() - known:
        raise ConfigError(f"bench: '{name}' has no --{_SPELLED.get(option, option)}")
    figures: Mapping[str, Any] = bench_file.run(**given)
    if not as_json:
        _show(figures)
    frame.print_json(figures)
    if hasattr(bench_file, "check"):
        bench_file.check(figures)


def _break(rule: str, broken: bool) -> dict[str, object]:
    """Return what is to be broken on purpose: a rule, or the one thing there is to break."""
    if rule and not broken:
        raise ConfigError(f"bench: a rule is broken with --break {rule}")
    if not broken:
        return {}
    return {"rule": rule} if rule else {"lose_a_page": True}


def _list(as_json: bool) -> None:
    if as_json:
        frame.print_json(_names())
        return
    for name in _names():
        typer.echo(name)


def _bench_file(name: str) -> ModuleType:
    """Return the file that measures: its `run` gives figures, its `check`, if any, judges them."""
    names = _names()
    if name not in names:
        hint = unknown(name, names)
        raise ConfigError(f"bench: there is no '{name}'" + (f"; {hint}" if hint else ""))
    found = import_module(f"bot.bench.{name}")
    if hasattr(found, "__path__"):  # several files: one of them measures
        found = import_module(f"bot.bench.{name}.measure")
    return found


def _show(figures: Mapping[str, Any], indent: str = "") -> None:
    """Print the figures for people, on stderr."""
    for name, value in figures.items():
        if isinstance(value, Mapping):
            frame.say(f"{indent}{name}:")
            _show(value, indent + "  ")
        else:
            frame.say(f"{indent}{name}: {_shown(value)}")


def _shown(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)

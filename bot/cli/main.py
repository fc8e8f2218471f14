"""The command `mentiondesk`: finds the command, runs it, and tells every error in one line."""

import contextlib
import logging
import os
import sys
import time
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from typer.core import TyperGroup
from typer.main import get_command

from bot import logs
from bot.cli import frame
from bot.cli.commands import COMMANDS, Entry
from bot.cli.frame import Frame, LogFormat
from monitor.credentials import known_secrets
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter
    from typer._click.shell_completion import CompletionItem

NAME = "mentiondesk"
INTERRUPTED = 130
_HELP_OPTIONS = {"help_option_names": ["--help", "-h"]}


class Commands(TyperGroup):
    """A group that imports a command's file only when the command is called."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002 - as its base has it
        """Return the names of the commands whose files are there."""
        return [name for name, entry in COMMANDS.items() if entry.exists]

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":  # noqa: ARG002 - as its base has it
        """Return the command, or None if there is none of this name."""
        entry = COMMANDS.get(cmd_name)
        return _command(cmd_name, entry) if entry and entry.exists else None

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write the list of commands into the help, without importing one."""
        rows = [(name, COMMANDS[name].help) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def shell_complete(self, ctx: "Context", incomplete: str) -> "list[CompletionItem]":
        """Return what a shell may offer, without importing a command."""
        from typer._click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=COMMANDS[name].help)
            for name in self.list_commands(ctx)
            if name.startswith(incomplete) and " " not in name and not incomplete.startswith("-")
        ] or super().shell_complete(ctx, incomplete)

    def resolve_command(
        self, ctx: "Context", args: list[str]
    ) -> "tuple[str | None, Command | None, list[str]]":
        """Return the command that the first argument names; a wrong one is a usage error."""
        name, known = args[0], self.list_commands(ctx)
        if " ".join(args[:2]) in known:  # a command of two words
            return super().resolve_command(ctx, [" ".join(args[:2]), *args[2:]])
        if name not in known and not name.startswith("-"):
            near = get_close_matches(name, known, n=1)
            ctx.fail(f"no command '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: "Context") -> Any:
        """Run the command; a reader who closed the pipe has seen enough."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _let_go_of_stdout()
            raise typer.Exit(0) from None


def _command(name: str, entry: Entry) -> "Command":
    """Return the command of `entry`, understanding the shared options as well."""
    target = entry.load()
    if not isinstance(target, typer.Typer):
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name, context_settings=_HELP_OPTIONS)(target)
        target = single
    command = get_command(target)
    command.name = name
    _share_options(command)
    return command


def _share_options(command: "Command") -> None:
    """Give `command`, or each command of a group, the options that may stand after it."""
    command.rich_markup_mode = None  # type: ignore[attr-defined] # of Typer's commands only
    if isinstance(command, TyperGroup):
        command.context_settings = {**_HELP_OPTIONS, **command.context_settings}
        for each in command.commands.values():
            _share_options(each)
        return
    taken = {option for param in command.params for option in param.opts}
    holder = typer.Typer(add_completion=False, rich_markup_mode=None)
    holder.command()(_shared_options)
    shared = get_command(holder).params
    command.params.extend(param for param in shared if not taken & set(param.opts))


def _keep_config(context: typer.Context, value: Path | None) -> Path | None:
    if value is not None and not context.resilient_parsing:
        frame.name_config(value)
    return value


def _keep_debug(context: typer.Context, value: bool) -> bool:
    if value and isinstance(context.obj, Frame):
        context.obj.debug = True
        _set_up_log(context.obj)
    return value


def _keep_log_format(context: typer.Context, value: LogFormat | None) -> LogFormat | None:
    if value is not None and isinstance(context.obj, Frame):
        context.obj.log_format = value
        _set_up_log(context.obj)
    return value


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"{NAME} {version(NAME)}")
        raise typer.Exit


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="PATH",
        callback=_keep_config,
        expose_value=False,
        help="The settings file; else $MENTIONDESK_CONFIG, else ./mentiondesk.toml.",
    ),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        callback=_keep_debug,
        expose_value=False,
        help="Log details, and where an error came from.",
    ),
]
Format = Annotated[
    LogFormat | None,
    typer.Option(
        "--log-format",
        callback=_keep_log_format,
        expose_value=False,
        help="How the log on stderr is written.",
    ),
]
Version = Annotated[
    bool,
    typer.Option(
        "--version",
        callback=_print_version,
        expose_value=False,
        is_eager=True,
        help="Print the version and exit.",
    ),
]

app = typer.Typer(
    name=NAME,
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_HELP_OPTIONS,
)


@app.callback()
def _root(
    config: Config = None,
    debug: Debug = False,
    log_format: Format = None,
    version: Version = False,
) -> None:
    """Find posts that name your brand, and see to it that each gets its answer in time."""


def _shared_options(
    config: Config = None,
    debug: Debug = False,
    log_format: Format = None,
) -> None: ...


def run() -> None:
    """Run the command line of this process, and end the process with its exit code."""
    os.umask(0o077)
    os.environ["TZ"] = "UTC"
    time.tzset()
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - for all its life
    sys.stdout, sys.stderr = (_writable(stream) for stream in (sys.stdout, sys.stderr))
    sys.exit(main(sys.argv[1:]))


def _writable(stream: TextIO | None) -> TextIO:
    """Return `stream` in UTF-8; where the caller closed it, one that leads nowhere."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - for all its life
    stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[attr-defined] # a real stream
    return stream


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code: 0, 1, 2, 3, or 130 for an interrupt."""
    code = _outcome(arguments, Frame())
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_stdout()
    except OSError as error:
        return _tell(f"{NAME}: {_unforeseen(error)}", 1)
    return code


def _outcome(arguments: Sequence[str], options: Frame) -> int:
    try:
        _set_up_log(options)
        code = get_command(app).main(list(arguments), NAME, standalone_mode=False, obj=options)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except Exception as error:  # noqa: BLE001 - nobody above could tell it better
        return _tell_error(error)
    return code if isinstance(code, int) else 0


def _tell_error(error: Exception) -> int:
    """Print what went wrong in one line and return the exit code; the details go to the log."""
    if isinstance(error, typer.TyperException):
        return _tell(_usage(error), error.exit_code)
    logging.getLogger("bot.cli").debug("where the error came from", exc_info=error)
    if isinstance(error, MonitorError):
        return _tell(f"{NAME}: {_one_line(error)}", error.exit_code)
    return _tell(f"{NAME}: {_unforeseen(error)}; --debug shows where it came from", 1)


def _unforeseen(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        what = f"{error.filename}: " if error.filename else ""
        return f"{what}{error.strerror}"
    return f"unexpected {type(error).__name__}: {_one_line(error)}".removesuffix(": ")


def _usage(error: typer.TyperException) -> str:
    """Return what is wrong with the command line; help that was not asked for stays whole."""
    if error.message.startswith("Usage:"):
        return error.message
    context = getattr(error, "ctx", None)
    command = context.command_path if context else NAME
    near: Sequence[str] = getattr(error, "possibilities", None) or ()
    message = error.message if near else error.format_message()
    problem = _one_line(message).removesuffix(".").replace(": Value error, ", ": ")
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{command}: {problem[:1].lower()}{problem[1:]}{hint} (see '{command} --help')"


def _one_line(message: object) -> str:
    return " ".join(str(message).split())


def _tell(line: str, code: int) -> int:
    with contextlib.suppress(OSError):
        typer.echo(logs.Redactor(known_secrets(os.environ))(line), err=True)
    return code


def _set_up_log(options: Frame) -> None:
    secrets = known_secrets(os.environ)
    logs.set_up(options.log_format.value, secrets=secrets, debug=options.debug)


def _let_go_of_stdout() -> None:
    """Point stdout nowhere: what is still buffered would fail again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

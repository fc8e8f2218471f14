"""Lines typed by a person, without holding up the loop: at a prompt, or from a pipe."""

import asyncio
import contextlib
import getpass
import os
import signal
import sys
import threading
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Callable, Sequence

_AT_ONCE = 1 << 16  # bytes: what a pipe holds
Words = Callable[[], Sequence[str]]


def interrupt() -> None:
    """Ask this process to stop, as Ctrl-C does where no prompt is."""
    signal.raise_signal(signal.SIGINT)


def who_sits_here() -> str:
    """Return the name of this machine's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, and nothing in the environment
        return "somebody"


def at_a_terminal() -> bool:
    """Return whether a person sits in front of this process: both ends, and not in background."""
    if sys.stdin is None or sys.stdout is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return _in_foreground(sys.stdin.fileno())


def stdin_to_read() -> int | None:
    """Return the descriptor of standard input; None where there is none that may be read."""
    try:
        descriptor = sys.stdin.fileno()
        os.fstat(descriptor)
    except (AttributeError, OSError, ValueError):
        return None
    if sys.stdin.isatty() and not _in_foreground(descriptor):
        return None  # a job in the background would be stopped for reading
    return descriptor


async def prompted(
    status: Callable[[], str], offers: Words, stop: Callable[[], None] = interrupt
) -> AsyncIterator[str]:
    """Yield each line typed at a prompt below all that is printed.

    Ctrl-C, Ctrl-D and the end of the terminal stop.
    """
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.patch_stdout import patch_stdout

    session: PromptSession[str] = PromptSession(
        "› ",
        bottom_toolbar=lambda: status() or None,
        completer=WordCompleter(lambda: list(offers()), ignore_case=True, sentence=True),
        complete_while_typing=False,
        refresh_interval=1.0,
    )
    with patch_stdout(raw=True):
        while True:
            try:
                # A fault is for the log: by default it would be shown, and Enter waited for.
                line = await session.prompt_async(handle_sigint=False, set_exception_handler=False)
            except (KeyboardInterrupt, EOFError, OSError):  # the last: a terminal that is gone
                stop()
                return
            yield line


async def piped(descriptor: int | None) -> AsyncIterator[str]:
    """Yield each line that comes through a descriptor, until its end."""
    if descriptor is None:
        return
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def put(line: str | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(lines.put_nowait, line)

    # A read cannot be cancelled: the thread is left behind where the other end says nothing.
    threading.Thread(target=_read, args=(descriptor, put), daemon=True, name="stdin").start()
    while (line := await lines.get()) is not None:
        yield line


def _read(descriptor: int, put: Callable[[str | None], None]) -> None:
    decode = getincrementaldecoder("utf-8")("replace").decode
    rest = ""
    with contextlib.suppress(OSError):
        # Not through sys.stdin: its lock would be held when the interpreter ends.
        while chunk := os.read(descriptor, _AT_ONCE):
            *whole, rest = (rest + decode(chunk)).split("\n")
            for line in whole:
                put(line)
    if rest:
        put(rest)
    put(None)


def _in_foreground(descriptor: int) -> bool:
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # no controlling terminal: nobody stops us for reading
        return True

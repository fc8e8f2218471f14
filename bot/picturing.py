"""Pictures are drawn in a process of their own, which ends with the picture and its memory.

`python -m bot.picturing png` is that process: what to draw comes on its standard input, the file
goes to its standard output. It gives way to whatever else the machine has to do.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter, ValidationError

from monitor.errors import PictureError
from monitor.report.charts import WeekPicture, draw
from monitor.report.sheet import Form

LIMIT_S = 60.0  # a second or two is usual; the first one of a machine looks through its fonts
_NICER = 10
_HOUSE = Path(__file__).parents[1]
_ORDER = TypeAdapter(WeekPicture)


class Painter:
    """Has one picture drawn at a time; `stop`, from any thread, ends the one under way."""

    def __init__(self, limit_s: float = LIMIT_S, environ: Mapping[str, str] = os.environ) -> None:
        self._limit_s = limit_s
        self._environ = environ
        self._lock = Lock()
        self._at_work: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def __call__(self, picture: WeekPicture, form: Form = Form.PNG) -> bytes:
        """Return the file of a picture; blocks until it is drawn. Raises: PictureError."""
        process = self._begun(form)
        try:
            file, said = process.communicate(_ORDER.dump_json(picture), self._limit_s)
        except subprocess.TimeoutExpired:
            raise PictureError(f"picture: not drawn within {self._limit_s:g} s") from None
        finally:
            self._end()
        if process.returncode:
            last = said.decode(errors="replace").strip().rpartition("\n")[2]
            raise PictureError(f"picture: not drawn: {last or f'exit {process.returncode}'}")
        return file

    def stop(self) -> None:
        """Draw nothing more: the desk closes."""
        with self._lock:
            self._stopped = True
            if self._at_work is not None:
                self._at_work.kill()

    def _begun(self, form: Form) -> "subprocess.Popen[bytes]":
        kept = {name: each for name, each in self._environ.items() if "MENTIONDESK" not in name}
        with self._lock:
            if self._stopped:
                raise PictureError("picture: not drawn: the desk closes")
            try:
                self._at_work = subprocess.Popen(  # noqa: S603 - our own interpreter
                    [sys.executable, "-m", "bot.picturing", form],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=_HOUSE,  # where it was started there may be a folder of the same name
                    env={**kept, "MPLBACKEND": "agg"},  # it speaks to nobody: no secret, no window
                )
            except OSError as error:
                raise PictureError(f"picture: not drawn: {error.strerror or error}") from error
            return self._at_work

    def _end(self) -> None:
        with self._lock:
            process, self._at_work = self._at_work, None
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()


def main(arguments: list[str]) -> int:
    """Draw what standard input asks for in the form named; return an exit code."""
    with suppress(OSError):
        os.nice(_NICER)
    try:
        picture = _ORDER.validate_json(sys.stdin.buffer.read())
    except ValidationError as error:
        sys.stderr.write(f"what to draw cannot be read: {error.error_count()} mistakes\n")
        return 1
    sys.stdout.buffer.write(draw(picture, Form(arguments[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

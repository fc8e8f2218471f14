"""What every platform on loopback is made of: HTTP in threads, faults, and a log of what it showed.

A platform is a subclass that answers `answered`. Everything a test can do with the object,
`POST /_control/METHOD` with a JSON object does too, for a server in a process of its own.
"""

import argparse
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

JSON_TYPE = "application/json; charset=UTF-8"
COMMON_CONTROLS = frozenset({"act", "acted", "clear_faults", "fault", "many", "tune"})


@dataclass(slots=True)
class Fault:
    """What goes wrong with requests whose path matches, `times` times (None: until cleared).

    "cut" sends half of the body and resets; "lost_answer" does what was asked and resets; "slow"
    answers after `seconds`; "hang" never does.
    """

    kind: str  # "status", "html", "bad_json", "hang", "slow", "reset", "cut", "lost_answer"
    path: str = ""  # a regular expression, searched in "GET /path?query"
    times: int | None = None
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    seconds: float = 30.0


@dataclass(slots=True)
class Act:
    """Controls that are called before `times` matching requests are answered: bad moments."""

    path: str  # a regular expression, as a fault's
    calls: list[tuple[str, dict[str, Any]]]  # r"\1" in a value: what its first group matched
    times: int = 1
    skip: int = 0  # so many matching requests pass before


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; a text or bytes are sent as they are, anything else as JSON."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    shows: tuple[str, ...] = ()  # keys of the posts that it shows, "reddit:t1_k2v"
    stream: Callable[[Callable[[bytes], None]], None] | None = None  # sends the body, as it comes

    @property
    def content(self) -> bytes:
        """The body as it is sent."""
        if self.status in (204, 304):
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in; `params` holds the last value of each name, of query and form."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]  # names in small letters
    body: bytes = b""
    query: str = ""

    @property
    def line(self) -> str:
        """What faults and acts look for: "GET /path?name=value&…"."""
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.method} {self.path}?{query}"

    @property
    def json(self) -> Any:
        """The body as JSON; an empty object where there is none."""
        return json.loads(self.body or b"{}")

    def every(self, name: str) -> list[str]:
        """Return all values of a name in query and form."""
        form = b"" if "json" in self.headers.get("content-type", "") else self.body
        return [
            *parse_qs(self.query).get(name, []),
            *parse_qs(form.decode("utf-8", "replace")).get(name, []),
        ]


class LoopbackServer:
    """A platform at `url`, from `with` on."""

    controls: ClassVar[frozenset[str]] = frozenset()  # methods that may be called over HTTP
    error_page = "<html><body><h1>Something went wrong</h1></body></html>"

    def __init__(self, port: int = 0, *, log: Path | None = None) -> None:
        """`log` gets a line of JSON for each answer that showed posts and was sent whole."""
        self.requests: list[Asked] = []
        self.before_answer: Callable[[Asked], None] | None = None  # lets a test act in mid-read
        self.guard = threading.RLock()
        self.stopping = threading.Event()
        self._log = log
        self._faults: list[Fault] = []
        self._acts: list[Act] = []
        self._acted: list[tuple[str, dict[str, Any], Any]] = []
        self._server = _Listener(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        """Serve until the process ends."""
        self._server.serve_forever()

    # What a platform must say

    def answered(self, asked: Asked) -> Answer:
        """Return the platform's answer; the lock is held."""
        raise NotImplementedError

    def headers(self) -> Mapping[str, str]:
        """Return what stands at the head of a broken answer too: a rate limit's budget."""
        return {}

    # What goes wrong

    def fault(self, kind: str, **details: Any) -> None:
        """Let matching requests fail; see `Fault` for the details."""
        with self.guard:
            self._faults.append(Fault(kind, **details))

    def clear_faults(self) -> None:
        """Let everything work again."""
        with self.guard:
            self._faults.clear()
            self._acts.clear()

    # What a test in another process does

    def act(self, path: str, calls: list[tuple[str, dict[str, Any]]], **details: int) -> None:
        """Call controls in mid-read, right before a matching request is answered; see `Act`."""
        with self.guard:
            self._acts.append(Act(path, calls, **details))

    def acted(self) -> list[tuple[str, dict[str, Any], Any]]:
        """Return what acts called since the last time, with what, and what was returned."""
        with self.guard:
            called, self._acted = self._acted, []
            return called

    def many(self, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
        """Call many controls at once, between two answers; return what each returned."""
        with self.guard:
            return [self._called(method, details) for method, details in calls]

    def tune(self, **attributes: float) -> None:
        """Change public attributes of the platform: a page's size, whether pages are shuffled."""
        with self.guard:
            for name, value in attributes.items():
                if name.startswith("_") or not isinstance(getattr(self, name), int | float):
                    raise KeyError(name)
                setattr(self, name, value)

    # What a test looks at

    def paths(self) -> list[str]:
        """Return the paths asked for so far."""
        return [each.path for each in self.requests]

    # How it answers

    def respond(self, asked: Asked) -> tuple[Answer | None, Fault | None]:
        """Return the answer to one request, None for none, and the fault that befalls it."""
        if asked.path.startswith("/_control/"):
            return self._control(asked), None
        with self.guard:
            self.requests.append(asked)
            self._act_on(asked)
            fault = self._due_fault(asked)
        if self.before_answer is not None:
            self.before_answer(asked)
        if fault is not None and fault.kind not in ("lost_answer", "cut", "slow"):
            return self._failed(fault), fault
        if fault is not None and fault.kind == "slow":
            self.stopping.wait(fault.seconds)
        with self.guard:
            answer = self.answered(asked)
        return (
            (None, fault) if fault is not None and fault.kind == "lost_answer" else (answer, fault)
        )

    def note_shown(self, answer: Answer) -> None:
        """Write down what an answer showed, once it was sent whole."""
        if self._log is None or not answer.shows:
            return
        line = json.dumps({"at": time.time(), "shown": answer.shows})  # noqa: TID251
        with self.guard, self._log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _due_fault(self, asked: Asked) -> Fault | None:
        for fault in self._faults:
            if fault.times != 0 and re.search(fault.path, asked.line):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def _failed(self, fault: Fault) -> Answer | None:
        if fault.kind == "hang":
            self.stopping.wait(fault.seconds)
            return None
        if fault.kind == "reset":
            return None
        if fault.kind == "html":
            return Answer(
                fault.status, self.error_page, {"content-type": "text/html", **fault.headers}
            )
        if fault.kind == "bad_json":
            return Answer(200, '{"kind": "Listing", "data": {"chil', self.headers())
        return Answer(fault.status, fault.body, fault.headers)

    def _control(self, asked: Asked) -> Answer:
        method = asked.path.removeprefix("/_control/")
        if method not in self.controls | COMMON_CONTROLS:
            return Answer(404, {"error": f"no such control: {method}"})
        try:
            return Answer(200, {"result": self._called(method, asked.json)})
        except (TypeError, KeyError, AttributeError) as error:
            return Answer(400, {"error": f"{method}: {error}"})

    def _called(self, method: str, details: Mapping[str, Any]) -> Any:
        if method not in self.controls | COMMON_CONTROLS:
            raise KeyError(f"no such control: {method}")
        return getattr(self, method)(**details)

    def _act_on(self, asked: Asked) -> None:
        for act in self._acts:
            found = re.search(act.path, asked.line) if act.times > 0 else None
            if found is not None and act.skip > 0:
                act.skip -= 1
            elif found is not None:
                act.times -= 1
                for method, details in act.calls:
                    filled = _filled(details, found)
                    with suppress(LookupError):  # it is gone already
                        self._acted.append((method, filled, self._called(method, filled)))


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], platform: LoopbackServer) -> None:
        self.platform = platform
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one segment
    disable_nagle_algorithm = True  # a body beyond the buffer waits for no acknowledgement
    timeout = 60
    server: _Listener

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(
            self.command,
            parts.path,
            {**last_values(parts.query), **_form(headers, body)},
            headers,
            body,
            parts.query,
        )
        answer, fault = self.server.platform.respond(asked)
        if answer is None:
            self._break()
        elif answer.stream is not None:
            self._stream(answer, answer.stream)
        elif fault is not None and fault.kind == "cut":
            self._send(answer, len(answer.content) // 2)
            self._break()
        else:
            self._send(answer)
            self.server.platform.note_shown(answer)

    def _send(self, answer: Answer, most: int | None = None) -> None:
        body = answer.content
        self.send_response(answer.status)
        for name, value in {"content-type": JSON_TYPE, **answer.headers}.items():
            if name.lower() not in ("date", "server", "content-length"):
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("connection", "close")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:most])
        self.wfile.flush()

    def _stream(self, answer: Answer, send: Callable[[Callable[[bytes], None]], None]) -> None:
        """Send a body without an end: each piece at once, until it breaks off."""
        self.close_connection = True
        self.send_response(answer.status)
        for name, value in {**answer.headers, "connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

        def write(piece: bytes) -> None:
            self.wfile.write(piece)
            self.wfile.flush()

        send(write)

    def _break(self) -> None:
        """Drop the connection with a reset instead of an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as its base has it
        """Say nothing: what was asked is in `requests`."""


def _filled(details: Mapping[str, Any], found: re.Match[str]) -> dict[str, Any]:
    first = found[1] if found.re.groups else ""
    return {name: first if value == r"\1" else value for name, value in details.items()}


def last_values(query: str) -> dict[str, str]:
    """Return the last value of each name in a query or a form."""
    return {name: each[-1] for name, each in parse_qs(query).items()}


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    if "x-www-form-urlencoded" not in headers.get("content-type", ""):
        return {}
    return last_values(body.decode("utf-8", "replace"))


def arguments(description: str) -> argparse.ArgumentParser:
    """Return the command line of a platform in a process of its own."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="a file for what was shown, a line each")
    return parser


def serve(server: LoopbackServer) -> None:
    """Serve until stopped; print the address first."""
    print(server.url, flush=True)  # noqa: T201  # whoever started it reads this
    with suppress(KeyboardInterrupt):
        server.serve()

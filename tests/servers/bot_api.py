"""A strict Bot API server on loopback: in a thread of the test, or as a process of its own.

    with BotApiServer() as server:                 # server.base_url is what the settings take
        server.state.add_chat(-1001)

    python -m tests.servers.bot_api --port 0 --group -1001 --topic 12    # prints its address first

As a process it is read and steered over HTTP, see `RemoteBotApi`: GET /_control/messages?chat_id=,
GET /_control/overview, POST /_control/<a name in CONTROLS> with a JSON object of arguments.
"""

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
from aiohttp import web

from tests.servers.bot_api_state import (
    BotApiState,
    Json,
    Limits,
    RefusalError,
    ServerClock,
    too_many,
)

TOKEN = "123456:AAbotapitesttoken-not-a-real-one_xyz"  # the shape of a real one
LONGEST_POLL = 50.0
CONTROLS = (
    "add_chat",
    "tap",
    "tap_stale",
    "say",
    "kick",
    "readmit",
    "migrate",
    "close_topic",
    "vanish",
    "set_webhook",
    "advance",
    "set_limits",
    "inject",
)


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` calls of `methods` (none named: of all)."""

    # status, garbage, flood, drop (before it is taken), swallow (after), hang, delay, late (taken
    # at once, answered late)
    kind: str
    methods: tuple[str, ...] = ()
    times: int | None = None  # None: until cleared
    seconds: float = 1.0  # of a delay, a hang or a flood's patience
    status: int = 503
    body: str = "<html>Bad Gateway</html>"

    def hits(self, method: str) -> bool:
        """Whether this call goes wrong; counts it if so."""
        if self.times == 0 or (self.methods and method.lower() not in map(str.lower, self.methods)):
            return False
        self.times = self.times - 1 if self.times is not None else None
        return True


@dataclass(slots=True)
class _Polls:
    """The long polls: the newest one wins, the older ones are told 409."""

    newest: int = 0
    standing: int = 0  # how many wait right now
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class BotApiServer:
    """Serves one bot's token; `state` holds what a test sets up and reads."""

    def __init__(
        self, *, token: str = TOKEN, port: int = 0, speed: float = 1.0, limits: bool = False
    ) -> None:
        clock = ServerClock(speed)
        self.state = BotApiState(token, clock, Limits(clock, on=limits))
        self.faults: list[Fault] = []
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._polls = _Polls()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self.state.on_update = self._wake

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What `[telegram] base_url` takes."""
        return f"{self.url}/bot"

    @property
    def polling(self) -> bool:
        """Whether a bot waits for updates right now."""
        return self._polls.standing > 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.listen()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.refuse()
        self.state.on_update = lambda: None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def listen(self) -> None:
        """Take connections, on the same port again after `refuse`."""
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def refuse(self) -> None:
        """Close the port: connections are refused, open ones reset."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)

    def fault(self, kind: str, *methods: str, **more: Any) -> Fault:
        """Let calls go wrong; see `Fault`."""
        fault = Fault(kind, methods, **more)
        self.faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        """Let all go well again."""
        self.faults.clear()

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self._polls.wake)

    async def _start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/_control/{name}", self._read)
        app.router.add_post("/_control/{name}", self._steer)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is None:
            return
        server = runner.server
        _abort(server)
        await runner.cleanup()
        await asyncio.sleep(0.01)  # a connection that was being accepted is there by now
        _abort(server)

    async def _stop_for(self, seconds: float) -> None:
        await asyncio.sleep(0.05)  # this answer first
        await self._stop()
        await asyncio.sleep(seconds)
        await self._start()

    # ------------------------------------------------------------ the Bot API

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        params, files = await _params(request)
        fault = next((fault for fault in self.faults if fault.hits(method)), None)
        if fault is not None and fault.kind not in {"swallow", "late"}:
            spoilt = await self._spoil(fault, request)
            if spoilt is not None:
                return spoilt
        answer = await self._called(request.match_info["token"], method, params, files)
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
        return _drop(request) if fault is not None and fault.kind == "swallow" else answer

    async def _spoil(self, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        if fault.kind in {"delay", "hang"}:
            await asyncio.sleep(fault.seconds)
        if fault.kind in {"drop", "hang"}:
            return _drop(request)
        if fault.kind == "status":
            return web.Response(status=fault.status, text=fault.body, content_type="text/html")
        if fault.kind == "garbage":
            return web.Response(text=fault.body, content_type="text/html")
        return _refused(too_many(int(fault.seconds))) if fault.kind == "flood" else None

    async def _called(
        self, token: str, method: str, params: Mapping[str, str], files: Mapping[str, bytes]
    ) -> web.Response:
        call: Json = {"method": method, "chat_id": params.get("chat_id"), "status": 200}
        call["at"] = self.state.clock.now()
        self.state.calls.append(call)
        try:
            self._check_token(token)
            if method.lower() == "getupdates":
                return _done(await self._get_updates(params))
            return _done(self.state.call(method, params, files))
        except RefusalError as refusal:
            call |= {"status": refusal.code, "description": refusal.description}
            return _refused(refusal)

    def _check_token(self, token: str) -> None:
        if token == self.state.token:
            return
        known_shape = token.partition(":")[0].isdigit() and len(token.partition(":")[2]) > 20
        raise RefusalError(401, "Unauthorized") if known_shape else RefusalError(404, "Not Found")

    async def _get_updates(self, params: Mapping[str, str]) -> list[Json]:
        if self.state.webhook:
            problem = "can't use getUpdates method while webhook is active"
            remedy = "use deleteWebhook to delete the webhook first"
            raise RefusalError(409, f"Conflict: {problem}; {remedy}")
        if "allowed_updates" in params:
            self.state.allow(json.loads(params["allowed_updates"]))
        self._polls.newest += 1
        mine = self._polls.newest
        self._polls.wake()
        offset, limit = int(params.get("offset") or 0), int(params.get("limit") or 100)
        patience = min(float(params.get("timeout") or 0), LONGEST_POLL)
        self._polls.standing += 1
        try:
            return await self._waited(mine, offset, limit, self._loop.time() + patience)
        finally:
            self._polls.standing -= 1

    async def _waited(self, mine: int, offset: int, limit: int, until: float) -> list[Json]:
        while True:
            changed = self._polls.changed
            if self._polls.newest != mine:
                problem = "terminated by other getUpdates request"
                advice = "make sure that only one bot instance is running"
                raise RefusalError(409, f"Conflict: {problem}; {advice}")
            updates = self.state.updates(offset, limit)
            left = until - self._loop.time()
            if updates or left <= 0:
                return updates
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), left)

    # ------------------------------------------------------------ the control paths

    async def _read(self, request: web.Request) -> web.Response:
        if request.match_info["name"] == "messages":
            found = self.state.messages(int(request.query["chat_id"]))
            return web.json_response([message.plain() for message in found])
        return web.json_response(self.state.overview())

    async def _steer(self, request: web.Request) -> web.Response:
        name, given = request.match_info["name"], await request.json()
        try:
            return web.json_response({"result": self._steered(name, given)})
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": repr(error)}, status=400)

    def _steered(self, name: str, given: Json) -> object:
        if name == "fault":
            self.faults.append(Fault(**{**given, "methods": tuple(given.get("methods", ()))}))
        elif name == "clear_faults":
            self.clear_faults()
        elif name == "refuse":
            self._pause = asyncio.ensure_future(self._stop_for(float(given["seconds"])))
        elif name in CONTROLS:
            return getattr(self.state, name)(**given)
        else:
            raise ValueError(f"no such control: {name}")
        return None


class RemoteBotApi:
    """Steers a server that runs as a process of its own; it outlives the bots under test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.base_url = f"{url}/bot"
        self._client = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def messages(self, chat_id: int) -> list[Json]:
        """Return all messages of a chat: text, entities, buttons, edits, deleted, pinned …"""
        found: list[Json] = self._get("messages", {"chat_id": chat_id})
        return found

    def overview(self) -> Json:
        """Return chats, calls, taps with their answers, pending updates and commands."""
        found: Json = self._get("overview", {})
        return found

    def steer(self, name: str, **given: Any) -> Any:
        """Do one of CONTROLS, or fault, clear_faults, refuse(seconds=…)."""
        answer = self._client.post(f"/_control/{name}", json=given)
        body = answer.json()
        if answer.is_error:
            raise ValueError(body["error"])
        return body["result"]

    def close(self) -> None:
        """Close the connection; the server goes on."""
        self._client.close()

    def _get(self, name: str, query: Mapping[str, int]) -> Any:
        answer = self._client.get(f"/_control/{name}", params=query)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running(*options: str) -> Iterator[RemoteBotApi]:
    """Run a server process with these options of its command line; end it afterwards."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.servers.bot_api", *options]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        remote = RemoteBotApi(process.stdout.readline().strip())
        try:
            yield remote
        finally:
            remote.close()
            process.terminate()


def _abort(server: web.Server | None) -> None:
    for connection in list(server.connections) if server else []:
        if connection.transport is not None:
            connection.transport.abort()


async def _params(request: web.Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the parameters as text, from the query, a form or JSON, and the files of a form."""
    given: Json = dict(request.query.items())
    if request.content_type == "application/json":
        given |= await request.json()
    else:
        given |= dict((await request.post()).items())
    sent = {key: value for key, value in given.items() if isinstance(value, web.FileField)}
    names = {key: value.filename for key, value in sent.items()}
    text = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (given | names).items()
    }
    return text, {key: value.file.read() for key, value in sent.items()}


def _done(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refused(refusal: RefusalError) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    wait = refusal.parameters.get("retry_after")
    headers = {"Retry-After": str(wait)} if wait else None
    return web.json_response(body, status=refusal.code, headers=headers)


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A strict Bot API server on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--group", type=int, action="append", default=[])
    parser.add_argument("--private", type=int, action="append", default=[])
    parser.add_argument("--topic", type=int, action="append", default=None)
    parser.add_argument("--limits", action="store_true", help="answer 429 as the real server does")
    parser.add_argument("--speed", type=float, default=1.0, help="of the server's own clock")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    given = _options(arguments)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with BotApiServer(
        token=given.token, port=given.port, speed=given.speed, limits=given.limits
    ) as server:
        for chat_id in given.group:
            server.state.add_chat(chat_id, topics=given.topic)
        for user_id in given.private:
            server.state.add_chat(user_id, title="Ada")
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main(sys.argv[1:])

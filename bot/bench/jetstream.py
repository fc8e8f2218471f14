"""How many posts of Bluesky's stream one core looks at, beside what people write by hand.

A server in a process of its own sends made-up posts of the stream's usual size as fast as they are
taken. The reader is the connector's own, from the socket to matched posts. The yardstick is a loop
of websockets, `json.loads` and `in` over the same stream; a second one has no socket at all.
"""

import json
import multiprocessing
import os
import random
import re
import socket
import struct
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha1
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import mean, median, quantiles
from time import perf_counter, process_time

from connectors.bluesky_access.frames import whole
from connectors.bluesky_access.jetstream import Terms
from connectors.bluesky_access.opening import Reading
from connectors.bluesky_access.payloads import (
    POST,
    Found,
    author_of,
    from_us,
    record_of,
    to_mention,
)
from connectors.bluesky_access.place import Place
from monitor.model import Brand, Mention

KEYWORDS = 100
EVENTS = 100_000  # in one round of ours
BY_HAND = 20_000  # in one round of a yardstick
RATE = 2_000  # events a second, for the lag
LAG_FOR_S = 10
# Events a second, of all kinds of records: the highest rate that Bluesky has told of, sustained
# over days in November 2024. Source: docs.bsky.app/blog/relay-ops
PEAK = 2_000
_MADE = 20_000  # different posts
_NAMED = 0.005  # share of the posts that name a keyword
_SEED = 2026
_START_US = 1_783_000_000_000_000
_SENT = re.compile(r"sent (\d+\.\d+)")
_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
_SCRIPTS = (  # of texts, as often as they are among recorded posts
    ("abcdefghijklmnoprstuvyz", 13),
    ("abcdefghijklmnoprstuvyz" * 3 + "éáãçöüñíó", 3),
    ("あいうえおかきくけこさしすせそたちつてとなにのはまみもらりるれろをん日本人気今年大学", 3),
    ("абвгдежзиклмнопрстуфхцчшщыьэюя", 1),
)
Rates = dict[str, list[float]]


def run(size: int = 1_000_000, rounds: int = 5) -> dict[str, object]:
    """Return events a second, lag, and the memory taken while `size` events pass."""
    chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    words = _words(chance)
    posts = _posts(chance, words)
    frames = [_frame(post) for post in posts]
    with _served(posts) as address:
        rates = _rates(address, words, frames, rounds)
        lags = _lags(address, words)
        memory = _memory(address, words, size)
    return {
        "keywords": KEYWORDS,
        "bytes_per_event": round(mean(map(len, frames))),
        "rounds": rounds,
        "events_per_second": {name: round(median(each)) for name, each in rates.items()},
        "times_by_hand": _ratio(rates, "ours", "by_hand"),
        "times_by_hand_per_cpu_second": _ratio(
            rates, "ours_per_cpu_second", "by_hand_per_cpu_second"
        ),
        "times_by_hand_without_socket": _ratio(rates, "ours", "by_hand_without_socket"),
        "sieve_times_by_hand_without_socket": _ratio(rates, "sieve", "by_hand_without_socket"),
        "peak_of_the_network": PEAK,
        "times_peak": round(median(rates["ours"]) / PEAK, 1),
        "lag_ms_at_2000_per_second": lags,
        "memory": memory,
    }


def _ratio(rates: Rates, one: str, other: str) -> float:
    """Return the median of the ratios within each round."""
    pairs = zip(rates[one], rates[other], strict=True)
    return round(median(ours / theirs for ours, theirs in pairs), 2)


def _rates(address: str, words: Sequence[str], frames: Sequence[bytes], rounds: int) -> Rates:
    """Return events a second of each round; the contestants take turns, load hits all alike."""
    contest: dict[str, Callable[[], float]] = {
        "ours": lambda: _ours(address, words),
        "by_hand": lambda: _by_hand(address, words),
        "by_hand_without_socket": lambda: _without_socket(frames, words),
        "sieve": lambda: _sieve(frames, words),
        "ours_per_cpu_second": lambda: _ours(address, words, process_time),
        "by_hand_per_cpu_second": lambda: _by_hand(address, words, process_time),
    }
    rates: Rates = {name: [] for name in contest}
    for _ in range(rounds):
        for name, measure in contest.items():
            rates[name].append(measure())
    return rates


# The contestants


def _ours(address: str, words: Sequence[str], clock: Callable[[], float] = perf_counter) -> float:
    news = threading.Event()
    reading = _reading(f"{address}/flood", words, news)
    reading.stream.begin()
    _wait_until(lambda: reading.stream.heard > 1_000)
    heard, start = reading.stream.heard, clock()
    matched = 0
    while reading.stream.heard - heard < EVENTS:
        news.wait(0.05)
        news.clear()
        matched += len(_matched(reading))
    rate = (reading.stream.heard - heard) / (clock() - start)
    reading.stream.close()
    if not matched:
        raise AssertionError("nothing was matched: this is no measurement")
    return rate


def _by_hand(
    address: str, words: Sequence[str], clock: Callable[[], float] = perf_counter
) -> float:
    from websockets.sync.client import connect

    matched = 0
    with connect(f"{address}/flood", compression=None, close_timeout=0.1) as connection:
        for _ in range(1_000):
            connection.recv()
        start = clock()
        for _ in range(BY_HAND):
            event = json.loads(connection.recv())
            text = (event["commit"].get("record") or {}).get("text", "").lower()
            matched += any(word in text for word in words)
        rate = BY_HAND / (clock() - start)
        connection.socket.shutdown(socket.SHUT_RDWR)
    return rate


def _without_socket(frames: Sequence[bytes], words: Sequence[str]) -> float:
    start, matched = perf_counter(), 0
    for frame in frames:
        event = json.loads(frame)
        text = (event["commit"].get("record") or {}).get("text", "").lower()
        matched += any(word in text for word in words)
    return len(frames) / (perf_counter() - start)


def _sieve(frames: Sequence[bytes], words: Sequence[str]) -> float:
    sieve = _reading("ws://127.0.0.1:1/none", words, threading.Event()).sieve
    start = perf_counter()
    for first in range(0, len(frames), 100):
        sieve.look(frames[first : first + 100])
    return len(frames) / (perf_counter() - start)


def _reading(url: str, words: Sequence[str], news: threading.Event) -> Reading:
    terms = Terms(
        url=url, timeout_s=10, silence_s=30, overlap_us=10_000_000, kept_us=10**12, most=5_000
    )
    brands = [Brand(name=f"brand {word}", keywords=(word,)) for word in words]
    return Reading(terms, brands, Place(at_us=_START_US), _START_US, news.set)


def _matched(reading: Reading) -> list[Mention]:
    """Return what waits as mentions, named by DID: handles would be asked for elsewhere."""
    found = []
    for waiting in reading.stream.fetch(1_000):
        event = whole(waiting.frame)
        did, rkey = event["did"], event["commit"]["rkey"]
        seen_at = from_us(waiting.at_us)
        post = Found(did=did, rkey=rkey, record=record_of(event), seen_at=seen_at)
        found.append(to_mention(post, author_of(did, {})))
    return found


def _lags(address: str, words: Sequence[str]) -> dict[str, float]:
    """Return how long after it was sent a post is matched, while `RATE` come in a second."""
    news = threading.Event()
    reading = _reading(f"{address}/paced", words, news)
    reading.stream.begin()
    lags: list[float] = []
    end = perf_counter() + LAG_FOR_S
    while perf_counter() < end:
        news.wait(0.05)
        news.clear()
        for mention in _matched(reading):
            sent_at = float(_SENT.findall(mention.text)[0])
            lags.append((time.time() - sent_at) * 1e3)
    reading.stream.close()
    if len(lags) < 100:
        raise AssertionError("too few posts came: this is no measurement")
    cuts = quantiles(lags, n=100)
    return {"posts": len(lags), "p50": round(cuts[49], 2), "p99": round(cuts[98], 2)}


def _memory(address: str, words: Sequence[str], size: int) -> dict[str, float]:
    """Return resident memory after three tenths of `size` events and after all of them."""
    news = threading.Event()
    reading = _reading(f"{address}/flood", words, news)
    reading.stream.begin()
    after: list[float] = []
    matched = 0
    for goal in (size * 3 // 10, size):
        while reading.stream.heard < goal:
            news.wait(0.05)
            news.clear()
            matched += len(_matched(reading))
        after.append(_resident_mb())
    cursor_kb = len(reading.place(0).cursor()) / 1e3
    reading.stream.close()
    return {
        "events": reading.stream.heard,
        "matched": matched,
        "mb_after_three_tenths": round(after[0], 1),
        "mb_after_all": round(after[1], 1),
        "cursor_kb": round(cursor_kb, 1),
    }


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _wait_until(done: Callable[[], bool]) -> None:
    end = perf_counter() + 30
    while not done():
        if perf_counter() > end:
            raise AssertionError("the stream does not flow: this is no measurement")
        time.sleep(0.001)


# What is read


@dataclass(frozen=True, slots=True)
class _Post:
    """A made-up event, and whether it names a keyword."""

    event: bytes
    named: bool


def _words(chance: random.Random) -> list[str]:
    made: dict[str, None] = {}
    while len(made) < KEYWORDS:
        letters = _SCRIPTS[len(made) % 10 // 9 * 3][0]  # every tenth is Cyrillic
        made["".join(chance.choices(letters, k=chance.randrange(6, 11)))] = None
    return list(made)


def _posts(chance: random.Random, words: Sequence[str]) -> list[_Post]:
    scripts, weights = [each[0] for each in _SCRIPTS], [each[1] for each in _SCRIPTS]
    posts = []
    for number in range(_MADE):
        letters = chance.choices(scripts, weights)[0]
        named = chance.random() < _NAMED
        text = _text(chance, letters)
        if named:
            text = f"{text} {chance.choice(words).capitalize()}"
        posts.append(_Post(_event(chance, number, text, deleted=not named), named))
    return posts


def _text(chance: random.Random, letters: str) -> str:
    length = chance.choice((20, 60, 100, 100, 150, 250))
    spaced = "" if letters[0] == "あ" else " "
    length = length if spaced else length // 2
    words: list[str] = []
    while sum(map(len, words)) < length:
        words.append("".join(chance.choices(letters, k=chance.randrange(2, 9))))
    return spaced.join(words) + chance.choice(("", "", "", "", ".", "!", "\n\n😀", " it’s …"))


def _event(chance: random.Random, number: int, text: str, *, deleted: bool) -> bytes:
    commit: dict[str, object] = {
        "rev": _name(chance, 13),
        "operation": "create",
        "collection": POST,
        "rkey": _name(chance, 13),
    }
    if deleted and chance.random() < 0.1:
        commit["operation"] = "delete"
    else:
        commit |= {"record": _record(chance, text), "cid": "bafyrei" + _name(chance, 52)}
    event = {
        "did": "did:plc:" + _name(chance, 24),
        "time_us": _START_US + number * 20_000,
        "kind": "commit",
        "commit": commit,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _record(chance: random.Random, text: str) -> dict[str, object]:
    record: dict[str, object] = {"$type": POST, "createdAt": "2026-07-04T14:38:08.420Z"}
    kind = chance.random()
    if kind < 0.2:
        card = {"uri": "https://www.example.org/watch?v=" + _name(chance, 11), "title": text[:60]}
        record["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    elif kind < 0.4:
        blob = {"$type": "blob", "ref": {"$link": "bafkrei" + _name(chance, 52)}, "size": 119635}
        images = [{"alt": text[:30] if kind < 0.3 else "", "image": blob}]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    record["langs"] = ["en"]
    if chance.random() < 0.45:
        refs = {
            "cid": "bafyrei" + _name(chance, 52),
            "uri": f"at://did:plc:{_name(chance, 24)}/{POST}/{_name(chance, 13)}",
        }
        record["reply"] = {"parent": refs, "root": refs}
    return {**record, "text": text}


def _name(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(_BASE32, k=length))


def _frame(post: _Post) -> bytes:
    return post.event


# The server: just enough of a websocket to send what was made, at hardly any cost


@contextmanager
def _served(posts: Sequence[_Post]) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, posts), daemon=True)
    process.start()
    try:
        yield f"ws://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join(5)


def _serve(parent: Connection, posts: Sequence[_Post]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        parent.send(listening.getsockname()[1])
        while True:
            client, _ = listening.accept()
            threading.Thread(target=_send, args=(client, posts), daemon=True).start()


def _send(client: socket.socket, posts: Sequence[_Post]) -> None:
    with client, suppress(OSError):
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += client.recv(4096)
        key = next(
            line for line in asked.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")
        )
        digest = sha1(key.split(b":")[1].strip() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 - RFC 6455
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        client.sendall(head + b"Sec-WebSocket-Accept: " + b64encode(digest) + b"\r\n\r\n")
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if b"GET /paced" in asked:
            _pace(client, posts)
        else:
            _flood(client, posts)


def _flood(client: socket.socket, posts: Sequence[_Post]) -> None:
    """Send all posts over and over; those that name a keyword get another address each time."""
    blob = bytearray()
    changing: list[int] = []
    for post in posts:
        framed = _framed(post.event)
        if post.named:
            changing.append(len(blob) + framed.index(b'"rkey":"') + len(b'"rkey":"'))
        blob += framed
    times = 0
    while True:
        times += 1
        name = "".join(_BASE32[(times >> shift) & 31] for shift in range(60, -1, -5)).encode()
        for at in changing:
            blob[at : at + 13] = name
        client.sendall(blob)


def _pace(client: socket.socket, posts: Sequence[_Post]) -> None:
    """Send `RATE` posts a second; one in ten names a keyword, and says when it was sent."""
    named = next(json.loads(post.event) for post in posts if post.named)
    text = named["commit"]["record"]["text"]
    others = [_framed(post.event) for post in posts if not post.named]
    start, sent = perf_counter(), 0
    while True:
        due = int((perf_counter() - start) * RATE)
        for number in range(sent, due):
            if number % 10:
                client.sendall(others[number % len(others)])
                continue
            at = time.time()
            named["commit"] |= {"rkey": f"3{number:012d}"}
            named["commit"]["record"]["text"] = f"{text} sent {at:.6f}"
            event = json.dumps({**named, "time_us": int(at * 1e6)}, ensure_ascii=False)
            client.sendall(_framed(event.encode()))
        sent = max(sent, due)
        time.sleep(0.001)


def _framed(payload: bytes) -> bytes:
    head = (
        struct.pack("!BBH", 0x81, 126, len(payload))
        if len(payload) > 125
        else bytes((0x81, len(payload)))
    )
    return head + payload

"""A guestbook on loopback."""

import json
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

PAGE = 20


class Guestbook:
    """Entries at `url`, from `with` on."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.status = 200  # of every answer
        self.body: bytes | None = None  # in place of the right one
        book = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = dict(parse_qsl(urlsplit(self.path).query))
                content = book.body if book.body is not None else book.answer(asked)
                self.send_response(book.status)
                self.send_header("retry-after", "90")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def write(self, name: str, text: str, at: datetime, answers: str | None = None) -> str:
        """Write an entry; return its id."""
        number = str(len(self.entries) + 1)
        entry = {"id": number, "name": name, "text": text, "written": at.isoformat()}
        self.entries.append({**entry, "answers": answers, "thread": answers, "hidden": False})
        return number

    def hide(self, number: str) -> None:
        """Hide an entry, as a moderator does."""
        self.entries[int(number) - 1].update(hidden=True, name="", text="")

    def answer(self, asked: dict[str, str]) -> bytes:
        """Return up to a page of entries, oldest first, and what to ask for after it."""
        found = sorted(self.entries, key=lambda each: (each["written"], int(each["id"])))
        if "since" in asked:
            since = datetime.fromisoformat(asked["since"])
            found = [each for each in found if datetime.fromisoformat(each["written"]) >= since]
        if "ids" in asked:
            found = [each for each in found if each["id"] in asked["ids"].split(",")]
        names = [each["id"] for each in found]
        start = names.index(asked["after"]) + 1 if asked.get("after") in names else 0
        part = found[start : start + min(PAGE, int(asked.get("limit", PAGE)))]
        more = start + len(part) < len(found) and "limit" not in asked
        body = {"entries": part, "next": part[-1]["id"] if more and part else None}
        return json.dumps(body).encode()

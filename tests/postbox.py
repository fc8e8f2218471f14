"""A platform that takes replies, keeps what it promises, and goes wrong as it is told."""

from datetime import timedelta

from monitor.errors import RateLimitError, RefusedError, UnavailableError
from monitor.model import Author, Mention, Sent
from tests.builders import NOON


class Killed(BaseException):
    """The process was killed here."""


class Postbox:
    """A platform that takes replies and gives them back; its tricks go wrong one after the other.

    "down": nothing was done. "lost": it was done, the answer is lost. "killed": it was done, and
    the process with it. "limited": it asks for a minute; "seconds": for two, and names no instant;
    "spent": for a month. "refused": it takes no such thing.
    """

    reply_limit = 300

    def __init__(self, platform: str = "sample") -> None:
        self.platform = platform
        self.now = NOON  # the platform's own clock
        self.tricks: list[str] = []
        self.standing: dict[str, Mention] = {}  # what stands there, by idempotency key
        self.posts = 0  # how often something was really posted
        self.keys: list[str] = []  # of every call
        self.closed = ""  # why it takes no replies, if it says so beforehand

    def reply_length(self, text: str, to: Mention) -> int:
        return len(text)

    def why_no_reply(self, to: Mention) -> str | None:
        return self.closed or None

    def reply(self, to: Mention, text: str, idempotency_key: str) -> Sent:
        self.keys.append(idempotency_key)
        trick = self._before()
        if idempotency_key not in self.standing:
            self.posts += 1
            key = f"{self.platform}:reply-{self.posts}"
            self.standing[idempotency_key] = Mention(
                key=key,
                platform=self.platform,
                thread=to.thread,
                author=Author(id="acme_care", handle="acme_care"),
                text=text,
                url=f"https://{self.platform}.example/reply-{self.posts}",
                posted_at=self.now,
                reply_to=to.key,
            )
        self._after(trick)
        stands = self.standing[idempotency_key]
        return Sent(key=stands.key, url=stands.url, at=stands.posted_at)

    def _before(self) -> str:
        trick = self.tricks.pop(0) if self.tricks else ""
        if trick == "down":
            raise UnavailableError(self.platform, "it is down")
        if trick == "limited":
            raise RateLimitError(self.platform, "slow", self.now + timedelta(minutes=1))
        if trick == "seconds":
            raise RateLimitError(self.platform, "slow", wait=timedelta(minutes=2))
        if trick == "spent":
            raise RateLimitError(self.platform, "no money left", self.now + timedelta(days=9))
        if trick == "refused":
            raise RefusedError("the thread is locked")
        return trick

    def _after(self, trick: str) -> None:
        if trick == "lost":
            raise UnavailableError(self.platform, "the answer was lost")
        if trick == "killed":
            raise Killed


class TakingPostbox(Postbox):
    """One that deletes what was sent, too."""

    def take_back(self, sent: Sent) -> None:
        trick = self._before()
        for key, stands in tuple(self.standing.items()):
            if stands.key == sent.key:
                del self.standing[key]
        self._after(trick)

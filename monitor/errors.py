"""The one tree of errors. A class exists when someone acts on it differently."""

from datetime import datetime, timedelta


class MonitorError(Exception):
    """Anything a person can act on; its message names the place, then the problem."""

    exit_code = 1


class ConfigError(MonitorError):
    """The settings, the environment or the command line is wrong: nothing was started."""

    exit_code = 2


class ConnectorError(MonitorError):
    """A platform did not give what was asked; the other platforms go on."""

    def __init__(self, platform: str, problem: str) -> None:
        super().__init__(f"{platform}: {problem}")
        self.platform = platform


class AuthError(ConnectorError):
    """The platform refuses our credentials: a person must act."""


class RateLimitError(ConnectorError):
    """The platform asks us to wait; `retry_at` is when it may be asked again, if it said.

    `wait` says the same where nobody told the connector what time it is.
    """

    def __init__(
        self,
        platform: str,
        problem: str,
        retry_at: datetime | None = None,
        *,
        wait: timedelta | None = None,
    ) -> None:
        super().__init__(platform, problem)
        self.retry_at = retry_at
        self.wait = wait


class UnavailableError(ConnectorError):
    """The platform or the network is down, or answered nonsense: ask again later."""


class ClassifierError(MonitorError):
    """The judge could not be loaded or failed; posts are kept unjudged and judged later."""


class PictureError(MonitorError):
    """A picture could not be drawn: its words are shown without it."""


class StoreError(MonitorError):
    """The database cannot be used: a newer schema, damage, a full disk or a lock held too long."""


class StoreBusyError(StoreError):
    """Another process holds the database, or the disk is full: try again later, nothing is lost."""


class RefusedError(MonitorError):
    """A member's action does not apply now; the message tells the member why.

    `message` is what is translated; its `{names}` stand for `values`.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message.format_map(values) if values else message)
        self.message = message
        self.values = values


class DeliveryError(MonitorError):
    """A chat did not take a message, and it certainly did not arrive."""


class ChatGoneError(DeliveryError):
    """The chat removed or blocked the bot, or no longer exists."""


class ChatMovedError(DeliveryError):
    """The group became a supergroup; `chat_id` is its new id."""

    def __init__(self, problem: str, chat_id: int) -> None:
        super().__init__(problem)
        self.chat_id = chat_id


class MessageGoneError(DeliveryError):
    """The message to be edited, pinned or deleted is gone, or can no longer be changed."""


class TopicGoneError(DeliveryError):
    """The forum topic was closed or deleted; the chat itself still takes messages."""


class MessageRefusedError(DeliveryError):
    """The chat finds fault with the message itself: the same message is refused every time."""


class SlowDownError(DeliveryError):
    """The chat service asks us to wait `retry_after` seconds before anything else is sent."""

    def __init__(self, problem: str, retry_after: float) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class InDoubtError(DeliveryError):
    """The answer to a send was lost: it may or may not have arrived."""


class ChatConflictError(MonitorError):
    """Another program takes what is written and tapped in our chats: two run on one token.

    `webhook`: it does so by a webhook, which may be left from another time.
    """

    def __init__(self, problem: str, *, webhook: bool = False) -> None:
        super().__init__(problem)
        self.webhook = webhook

"""What the desk asks of a chat service: Telegram, or the terminal."""

from collections.abc import Sequence
from typing import Protocol

from bot.chat.incoming import Handler
from bot.chat.text import Message
from monitor.model import MessageRef


class Courier(Protocol):
    """Carries messages out and what people do in. Its calls raise `DeliveryError`s."""

    async def send(self, chat_id: int, topic: int | None, message: Message) -> MessageRef:
        """Return where `message` stands. Raises `InDoubtError` where only its answer was lost."""
        ...

    async def edit(self, ref: MessageRef, message: Message) -> None:
        """Let the message at `ref` say `message`; no buttons means that its buttons go."""
        ...

    async def delete(self, ref: MessageRef) -> None:
        """Take the message away."""
        ...

    async def pin(self, ref: MessageRef) -> None:
        """Pin the message without a sound."""
        ...

    async def answer_tap(self, tap_id: str, text: str = "", *, alert: bool = False) -> None:
        """Tell who tapped `text`."""
        ...

    async def set_commands(
        self, commands: Sequence[tuple[str, str]], language: str | None = None
    ) -> None:
        """Show these (name, description) pairs in the menu of clients."""
        ...

    async def receive(self, handler: Handler) -> None:
        """Hand each tap, command and change to `handler` until cancelled, each at least once."""
        ...

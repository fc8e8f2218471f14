"""Harmless requests that show whether the credentials work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.errors import MonitorError
from monitor.ports import Connector, Probing
from monitor.sections import ChatSettings

TIMEOUT = 15.0  # seconds; a person is waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one probe found, in one line."""

    place: str  # "telegram", "chat.care"
    good: bool
    words: str

    @property
    def line(self) -> str:
        """The finding as it is printed."""
        return f"{self.place}: {self.words if self.good else f'FAILED: {self.words}'}"


def telegram_findings(
    base_url: str, token: str, chats: tuple[ChatSettings, ...]
) -> Iterator[Finding]:
    """Yield what Telegram says of the bot, then of each chat that the settings name."""
    bot, problem = _ask(f"{base_url}{token}/getMe", {})
    if bot is None:
        yield Finding(place="telegram", good=False, words=problem)
        return
    yield Finding(place="telegram", good=True, words=f"the bot is @{bot.get('username')}")
    for chat in chats:
        yield _chat_finding(base_url, token, chat)


def _chat_finding(base_url: str, token: str, chat: ChatSettings) -> Finding:
    found, problem = _ask(f"{base_url}{token}/getChat", {"chat_id": chat.id})
    if found is None:
        return Finding(place=f"chat.{chat.name}", good=False, words=problem)
    name = found.get("title") or found.get("first_name") or chat.id
    return Finding(place=f"chat.{chat.name}", good=True, words=f"'{name}' ({found.get('type')})")


def _ask(address: str, question: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, str]:
    """Return the result, or None and why there is none: never the address, it holds the token."""
    import httpx

    try:
        response = httpx.post(address, json=question, timeout=TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, f"not reached: {type(error).__name__}"
    try:
        answer = response.json()
    except ValueError:
        return None, f"the answer ({response.status_code}) is no JSON: is base_url right?"
    if isinstance(answer, dict) and isinstance(answer.get("result"), dict):
        return answer["result"], ""
    return None, _refusal(response.status_code, answer)


def _refusal(status: int, answer: object) -> str:
    if status in (401, 404):  # Telegram's answer to a token of the wrong form is 404
        return "the token is refused: take it from @BotFather anew"
    told = answer.get("description") if isinstance(answer, dict) else None
    return f"refused: {told or status}"


def connector_findings(connectors: Mapping[str, Connector]) -> Iterator[Finding]:
    """Yield what each platform says that can be asked."""
    for platform, connector in connectors.items():
        if isinstance(connector, Probing):
            yield _connector_finding(platform, connector)


def _connector_finding(platform: str, connector: Probing) -> Finding:
    place = f"connectors.{platform}"
    try:
        return Finding(place=place, good=True, words=connector.probe())
    except MonitorError as error:
        problem = str(error).removeprefix(f"{platform}: ")
        return Finding(place=place, good=False, words=problem)

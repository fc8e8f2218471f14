"""When a week's picture is queued: with each summary, and for whoever writes /heatmap."""

from collections.abc import Callable
from datetime import date, datetime

from bot.chat.admission import Order
from bot.chat.payloads import USUAL_WEEKS, PictureOrder
from bot.chat.replies import MisspokenError, Reply
from bot.chat.routes import Place, Routes
from monitor.errors import RefusedError
from monitor.store.outbox import Kind, Outbox, Priority

MOST_WEEKS = 52


class Heatmaps:
    """Answers /heatmap; every call stands inside a transaction."""

    def __init__(self, outbox: Outbox, routes: Callable[[], Routes]) -> None:
        self._outbox = outbox
        self._routes = routes

    def ask(self, order: Order) -> tuple[Reply, ...]:
        """Queue the picture of the weeks until now; it is drawn and sent when its turn comes.

        Raises: MisspokenError, RefusedError.
        """
        weeks = _weeks(order.heard.rest)
        name = order.caller.place.name or next((each.name for each in self._routes().all()), "")
        if not name:
            raise RefusedError("No chat is linked yet, so there is nothing to show.")
        zone = self._routes().manners(name).timezone
        today = order.now.astimezone(zone).date()
        self._outbox.put(
            chat_id=order.heard.chat_id,
            topic=order.heard.topic,
            kind=Kind.PICTURE,
            dedupe=f"picture asked:{order.heard.chat_id}:{order.now.isoformat()}",
            priority=Priority.WARNING,  # somebody waits for it
            now=order.now,
            payload=PictureOrder(chat=name, day=today, weeks=weeks).model_dump_json(),
        )
        return ()


def queue_picture(outbox: Outbox, place: Place, day: date, now: datetime) -> None:
    """Queue the picture that goes with a chat's summary of `day`, once; behind the summary."""
    outbox.put(
        chat_id=place.chat_id,
        topic=place.topic,
        kind=Kind.PICTURE,
        dedupe=f"picture:{place.name}:{day}",
        priority=Priority.DIGEST,
        now=now,
        payload=PictureOrder(chat=place.name, day=day).model_dump_json(),
    )


def _weeks(written: str) -> int:
    """Return how many weeks are asked for. Raises: MisspokenError."""
    if not written:
        return USUAL_WEEKS
    if not written.isdecimal() or len(written) > 4 or not 1 <= int(written) <= MOST_WEEKS:
        raise MisspokenError(
            "Write /heatmap, or /heatmap and how many weeks, 1 to {most}.", most=MOST_WEEKS
        )
    return int(written)

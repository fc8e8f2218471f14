"""The Bot API's updates in the desk's words: their names end here."""

from dataclasses import dataclass

from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    Update,
    User,
)

from bot.chat.incoming import (
    Anonymous,
    Command,
    Incoming,
    MembershipChanged,
    Migrated,
    Person,
    ReplyTo,
    Tap,
    Words,
)

WANTED = ("message", "callback_query", "my_chat_member")

_ABSENT = {ChatMember.LEFT, ChatMember.BANNED}
_TALKS = {Chat.PRIVATE, Chat.GROUP, Chat.SUPERGROUP}


def to_incoming(update: Update, me: User) -> Incoming | None:
    """Return what `update` means to the desk, or None: edits, channel posts, other bots' talk."""
    if update.callback_query is not None:
        return _tap(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update.update_id, update.my_chat_member)
    if update.message is not None and update.message.chat.type in _TALKS:
        return _migration(update.update_id, update.message) or _written(
            update.update_id, update.message, me
        )
    return None


def _tap(update_id: int, query: CallbackQuery) -> Tap | None:
    if query.message is None or query.data is None:
        return None
    message = query.message if isinstance(query.message, Message) else None
    return Tap(
        update_id=update_id,
        chat_id=query.message.chat.id,
        tap_id=query.id,
        message_id=query.message.message_id,
        topic=_topic(message) if message else None,
        person=_person(query.from_user),
        data=query.data,
    )


def _membership(update_id: int, change: ChatMemberUpdated) -> MembershipChanged:
    return MembershipChanged(
        update_id=update_id,
        chat_id=change.chat.id,
        person=_person(change.from_user),
        title=change.chat.title or change.chat.full_name or "",
        present=change.new_chat_member.status not in _ABSENT,
    )


def _migration(update_id: int, message: Message) -> Migrated | None:
    here = message.chat.id
    if message.migrate_to_chat_id is not None:
        return Migrated(update_id=update_id, chat_id=here, new_id=message.migrate_to_chat_id)
    if message.migrate_from_chat_id is not None:
        return Migrated(update_id=update_id, chat_id=message.migrate_from_chat_id, new_id=here)
    return None


@dataclass(frozen=True, slots=True)
class _Said:
    """A message with words, and who said them to whom."""

    update_id: int
    message: Message
    text: str
    writer: User
    me: User

    @property
    def command(self) -> str | None:
        """The "/name@bot" it begins with."""
        kinds: list[str | None] = [MessageEntity.BOT_COMMAND]
        message = self.message
        found = message.parse_entities(kinds) | message.parse_caption_entities(kinds)
        return next((word for entity, word in found.items() if entity.offset == 0), None)


def _written(update_id: int, message: Message, me: User) -> Command | Words | Anonymous | None:
    text = message.text if message.text is not None else message.caption
    if text is None or message.from_user is None or message.is_automatic_forward:
        return None
    said = _Said(update_id, message, text, message.from_user, me)
    found = _words(said) if said.command is None else _command(said, said.command)
    if found is None or message.sender_chat is None:
        return None if message.from_user.is_bot else found
    return Anonymous(
        update_id=update_id,
        chat_id=found.chat_id,
        message_id=found.message_id,
        topic=found.topic,
    )


def _command(said: _Said, written: str) -> Command | None:
    name, _, addressee = written.removeprefix("/").partition("@")
    if addressee and addressee.lower() != (said.me.username or "").lower():
        return None
    return Command(
        update_id=said.update_id,
        chat_id=said.message.chat.id,
        message_id=said.message.message_id,
        topic=_topic(said.message),
        person=_person(said.writer),
        name=name.lower(),
        rest=said.text[len(written) :].strip(),
        reply_to=_reply_to(said.message, said.me),
    )


def _words(said: _Said) -> Words | None:
    reply_to = _reply_to(said.message, said.me)
    to_us = said.message.chat.type == Chat.PRIVATE or (reply_to is not None and reply_to.from_bot)
    if not to_us:
        return None
    return Words(
        update_id=said.update_id,
        chat_id=said.message.chat.id,
        message_id=said.message.message_id,
        topic=_topic(said.message),
        person=_person(said.writer),
        text=said.text,
        reply_to=reply_to,
    )


def _reply_to(message: Message, me: User) -> ReplyTo | None:
    replied = message.reply_to_message
    # In a topic, what answers nothing comes as a reply to the message that opened the topic.
    if replied is None or replied.forum_topic_created is not None:
        return None
    return ReplyTo(
        message_id=replied.message_id,
        text=replied.text or replied.caption or "",
        datas=_datas(replied.reply_markup),
        from_bot=replied.from_user is not None and replied.from_user.id == me.id,
    )


def _datas(keyboard: InlineKeyboardMarkup | None) -> tuple[str, ...]:
    rows = keyboard.inline_keyboard if keyboard is not None else ()
    datas = (button.callback_data for row in rows for button in row)
    return tuple(data for data in datas if isinstance(data, str))


def _topic(message: Message) -> int | None:
    # Replies in groups without topics carry a thread id too: it names no topic.
    return message.message_thread_id if message.is_topic_message else None


def _person(user: User) -> Person:
    language = user.language_code.partition("-")[0].lower() if user.language_code else None
    return Person(telegram_id=user.id, name=user.full_name, language=language)

"""Comments and submissions as dumps hold them by the million: the usual types of fields, and fast.

What is unusual in them is refused here; `payloads` has models that take nearly anything.
"""

import msgspec


class _Row(msgspec.Struct, gc=False):
    id: str
    created_utc: int | float | str  # epoch seconds
    author: str | None = None
    subreddit: str = ""
    edited: bool | int | float | None = False
    permalink: str | None = None
    locked: bool | None = False
    archived: bool | None = False
    can_mod_post: bool | None = False
    body: str | None = None  # only comments have one


class CommentRow(_Row, gc=False):
    """A comment."""

    link_id: str | None = None
    parent_id: str | None = None
    context: str | None = None


class _Crossposted(msgspec.Struct, gc=False):
    title: str = ""
    selftext: str | None = ""
    url: str | None = None
    is_self: bool | None = True


class _Written(msgspec.Struct, gc=False):
    text: str | None = None
    caption: str | None = None
    outbound_url: str | None = None


class _Poll(msgspec.Struct, gc=False):
    options: tuple[_Written, ...] | None = None


class _Gallery(msgspec.Struct, gc=False):
    items: tuple[_Written, ...] | None = None


class SubmissionRow(_Row, gc=False):
    """A submission."""

    title: str | None = None
    selftext: str | None = ""
    url: str | None = None
    is_self: bool | None = True
    removed_by_category: str | None = None
    crosspost_parent_list: tuple[_Crossposted, ...] | None = None
    gallery_data: _Gallery | None = None
    poll_data: _Poll | None = None

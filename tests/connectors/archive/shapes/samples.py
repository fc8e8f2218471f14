"""One good record of each shape, with all that its shape looks at."""

from typing import Any

SHORT_SECTION: dict[str, Any] = {
    "name": "forum",
    "platform": "forum",
    "id": "number",
    "text": ["title", "body"],
    "posted_at": "when",
    "author": "user.name",
}
SECTION = {**SHORT_SECTION, "thread": "topic", "url": "link", "language": "lang"}
_REDDIT: dict[str, Any] = {
    "id": "s1",
    "created_utc": 1_700_000_000,
    "author": "Jana",
    "subreddit": "acme",
    "edited": 1_700_000_100.0,
    "permalink": "/r/acme/comments/s1/x/",
    "locked": False,
    "archived": False,
    "title": "Acme &amp; me",
    "selftext": "it is dead",
    "url": "https://acme.example/help",
    "is_self": False,
    "crosspost_parent_list": [{"title": "acme", "selftext": "", "url": "https://a.example"}],
    "gallery_data": {"items": [{"caption": "acme", "outbound_url": "https://a.example"}]},
    "poll_data": {"options": [{"text": "acme"}]},
}
_JETSTREAM: dict[str, Any] = {
    "did": "did:plc:jana",
    "time_us": 1783175888090631,
    "kind": "commit",
    "commit": {
        "operation": "update",
        "collection": "app.bsky.feed.post",
        "rkey": "3mptbyoeyc22k",
        "record": {
            "createdAt": "2026-07-04T14:38:06.240Z",
            "text": "acme.example/he... is down",
            "langs": ["en"],
            "tags": ["acme"],
            "reply": {
                "root": {"uri": "at://did:plc:acme/app.bsky.feed.post/1"},
                "parent": {"uri": "at://did:plc:acme/app.bsky.feed.post/1"},
            },
            "facets": [
                {
                    "index": {"byteStart": 0, "byteEnd": 18},
                    "features": [
                        {"uri": "https://acme.example/help"},
                        {"tag": "acme"},
                        {"did": "did:plc:acme"},
                    ],
                }
            ],
            "embed": {
                "images": [{"alt": "acme"}],
                "external": {"title": "acme", "uri": "https://acme.example"},
                "media": {"alt": "acme"},
            },
        },
    },
}
_EXPORT: dict[str, Any] = {
    "key": "reddit:t1_k",
    "platform": "reddit",
    "thread": "reddit:t3_k",
    "reply_to": None,
    "author": "Jana",
    "text": "acme",
    "url": "https://reddit.example/k",
    "place": "acme",
    "posted_at": "2024-05-01T10:00:00Z",
    "edited_at": "2024-05-01T10:00:00Z",
    "deleted": False,
    "private": False,
}
_X: dict[str, Any] = {
    "data": [
        {
            "id": "1394735776701816833",
            "author_id": "7",
            "conversation_id": "1394735776701816833",
            "created_at": "2021-05-18T19:24:56.000Z",
            "text": "@acme my phone &amp; bill https://t.co/abc",
            "lang": "en",
            "entities": {
                "urls": [{"url": "https://t.co/abc", "expanded_url": "https://acme.example"}],
                "mentions": [{"username": "acme"}],
            },
            "attachments": {"media_keys": ["3_1"], "poll_ids": ["5"]},
            "referenced_tweets": [{"type": "quoted", "id": "1394735776701816000"}],
            "edit_history_tweet_ids": ["1394735776701816833"],
        }
    ],
    "includes": {
        "users": [{"id": "7", "username": "jana", "name": "Jana"}],
        "tweets": [{"id": "1394735776701816000", "author_id": "8", "text": "acme"}],
        "media": [{"media_key": "3_1", "alt_text": "acme"}],
        "polls": [{"id": "5", "options": [{"position": 1, "label": "acme"}]}],
    },
    "meta": {"result_count": 1},
}
_X_ARCHIVE: dict[str, Any] = {
    "tweet": {
        "id_str": "1050118621198921728",
        "created_at": "Wed Oct 10 20:19:24 +0000 2018",
        "full_text": "@jana we are on it https://t.co/abc",
        "lang": "en",
        "in_reply_to_status_id_str": "1050118621198921700",
        "quoted_status_id_str": "1050118621198921600",
        "entities": {
            "urls": [{"url": "https://t.co/abc", "expanded_url": "https://acme.example"}],
            "user_mentions": [{"screen_name": "jana"}],
            "media": [{"id_str": "9", "url": "https://t.co/p", "ext_alt_text": "acme"}],
        },
        "edit_info": {"initial": {"editTweetIds": ["1050118621198921728"]}},
    }
}
_MASTODON: dict[str, Any] = {
    "type": "Create",
    "actor": "https://social.example/users/jana",
    "object": {
        "id": "https://social.example/users/jana/statuses/1",
        "type": "Question",
        "summary": "acme",
        "inReplyTo": "https://social.example/users/acme/statuses/1",
        "published": "2024-05-01T10:00:00Z",
        "updated": "2024-05-01T11:00:00Z",
        "url": "https://social.example/@jana/1",
        "attributedTo": "https://social.example/users/jana",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [],
        "content": '<p>acme is <a href="https://acme.example">down</a></p>',
        "contentMap": {"en": "acme"},
        "attachment": [{"name": "acme"}],
        "tag": [{"type": "Mention", "href": "https://social.example/users/acme", "name": "@acme"}],
        "oneOf": [{"name": "acme"}],
    },
}
_FORUM: dict[str, Any] = {
    "number": 17,
    "title": "acme",
    "body": "is dead",
    "when": "2024-05-01T10:00:00Z",
    "user": {"name": "@jana"},
    "topic": "1",
    "link": "https://forum.example/17",
    "lang": "en",
}
RECORDS = {
    "reddit": _REDDIT,
    "jetstream": _JETSTREAM,
    "mentiondesk": _EXPORT,
    "x": _X,
    "x-archive": _X_ARCHIVE,
    "mastodon": _MASTODON,
    "forum": _FORUM,
}


def _names(value: Any) -> set[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = set(value) if isinstance(value, dict) else set()
    return own.union(*map(_names, inner))


NAMES = sorted(_names(RECORDS))

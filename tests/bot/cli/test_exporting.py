"""From one desk to another: what is exported comes back by `backfill file` as it was."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.model import Author, Mention
from monitor.store.posts import NewPost
from monitor.store.store import Store
from tests.bot.cli.a_desk import SETTINGS
from tests.bot.cli.running import ran
from tests.builders import NOON, a_mention

POSTS = (
    a_mention("Acme lost my parcel", key="sample:1"),
    replace(
        a_mention("ACME, İstanbul: \u2028 'kargo' 😀 kayıp", key="sample:2"),
        author=Author(id="t2_9", handle="Dora", name="Dora D."),
        posted_at=NOON + timedelta(microseconds=123_456),
        edited_at=NOON + timedelta(days=1, milliseconds=5),
        thread="sample:1",
        reply_to="sample:1",
        place="acme",
        private=True,
        answerable=False,
        language_hint="tr",
    ),
    replace(a_mention("=acme", key="sample:3"), author=None),
)


def a_desk(folder: Path, *mentions: Mention) -> Path:
    folder.mkdir()
    (folder / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    with Store(folder / "desk.db") as store, store.writing():
        store.posts.add(
            [
                NewPost(
                    mention=mention,
                    seen_at=NOON,
                    brands=("Acme",),
                    classification=None,
                    source="sample",
                )
                for mention in mentions
            ]
        )
    return folder


def mentions(folder: Path) -> dict[str, Mention]:
    with Store(folder / "desk.db") as store:
        return {post.mention.key: post.mention for post in store.posts.every()}


def test_posts_that_are_exported_are_the_same_in_another_desk(tmp_path: Path) -> None:
    one, other = a_desk(tmp_path / "one", *POSTS), a_desk(tmp_path / "other")
    written = ran("export", "posts", "--output", other / "posts.jsonl", folder=one)

    read = ran("backfill", "file", "posts.jsonl", folder=other)

    assert (written.returncode, read.returncode) == (0, 0), read.stderr
    assert mentions(other) == mentions(one)
    assert len(mentions(one)) == len(POSTS)


def test_what_cannot_be_written_leaves_no_file_behind(tmp_path: Path) -> None:
    one = a_desk(tmp_path / "one", *POSTS)

    done = ran("export", "--output", tmp_path / "no folder" / "posts.jsonl", folder=one)

    assert done.returncode == 2
    assert done.stderr.strip().endswith("posts.jsonl: cannot be written: No such file or directory")
    assert [each.name for each in tmp_path.iterdir()] == ["one"]

"""`mentiondesk review`: the walk through what the judge is not sure of, and who may take it."""

import json
import os
import pty
import select
import subprocess
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.cli.review import Asked, Lines, Session, Why, Word, answering
from monitor.errors import ConfigError
from monitor.intake.sampling import Sampled
from monitor.model import ItemId, Member, MemberId, Post, Role, State
from monitor.store.outbox import Kind, Priority
from monitor.store.store import Store
from tests.bot.cli.a_desk import BASE, SETTINGS
from tests.bot.cli.running import environment, ran, reviewed
from tests.builders import LEAD, NOON, a_mention, minutes
from tests.desk import FOUND_LATE, Bench, a_bench

DOUBTS = ("Acme, perhaps you know", "perhaps Acme lost it", "Acme perhaps, or perhaps not")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk with three posts in doubt, a flagged one and a harmless one; a lead and an agent."""
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    bench = a_bench(tmp_path)
    bench.member("Lenka", LEAD, 1)
    bench.member("Ani", Role.AGENT, 2)
    bench.member("Vera", Role.VIEWER, 3)
    for number, text in enumerate((*DOUBTS, "Acme, a complaint", "Acme is a company"), start=1):
        mention = a_mention(text, key=f"sample:{number}", author=f"a{number}", posted_at=BASE)
        bench.take(mention, now=BASE, since=BASE)
    bench.store.close()
    return tmp_path


def said(folder: Path) -> list[tuple[int, str, MemberId | None]]:
    with Store(folder / "desk.db") as store:
        return [(one.post, one.how, one.member) for one in store.notes.lessons()]


def test_one_answer_a_line_judges_one_post_after_the_other(folder: Path) -> None:
    done = reviewed(folder, "c\n\nneither\nquit\n")

    assert done.returncode == 0
    assert said(folder) == [(1, "complaint", 1), (2, "neither", 1)]
    assert all(text in done.stdout for text in DOUBTS)
    assert "complaint 10% · request 10%" in done.stdout
    assert "Kept: it is #2." in done.stderr
    assert done.stderr.endswith("2 answered, 0 skipped, 1 left.\n")
    with Store(folder / "desk.db") as store:
        opened = store.items.get(ItemId(2))
        assert opened is not None
        assert opened.item.opened_at == BASE
        assert [item.item.id for item in store.items.undrawn(5)] == [1, 2]  # `run` sends its card


def test_the_last_answer_is_undone_and_asked_for_again(folder: Path) -> None:
    done = reviewed(folder, "b\nu\nn\ns\nr\n", "--as", "ani")

    assert done.returncode == 0
    assert said(folder) == [(1, "neither", 2), (3, "request", 2)]
    assert 'Undone: "both". #2 is taken back.' in done.stderr
    assert done.stderr.endswith("2 answered, 1 skipped, 0 left.\n")


def test_an_answer_that_means_nothing_is_told_and_partly_done(folder: Path) -> None:
    done = reviewed(folder, "perhaps\nu\nn\n")

    assert done.returncode == 3
    assert "line 1: expected one of complaint, request, both, neither" in done.stderr
    assert "Nothing was answered yet." in done.stderr
    assert said(folder) == [(1, "neither", 1)]


def test_samples_check_the_judge_on_what_it_is_sure_of(folder: Path) -> None:
    done = reviewed(folder, "s\n" * 3 + "n\n" * 2, "--samples", "2")

    assert {(post, how) for post, how, _ in said(folder)} == {(4, "neither"), (5, "neither")}
    assert done.stdout.count("checking the judge") == 2
    with Store(folder / "desk.db") as store:
        flagged = store.items.get(ItemId(1))
    assert flagged is not None
    assert flagged.item.state is State.OPEN


def test_json_lists_what_waits_and_takes_no_answer(folder: Path) -> None:
    done = reviewed(folder, "c\nc\n", "--json", "--samples", "1", "--limit", "4", "--as", "nobody")

    listed = json.loads(done.stdout)
    assert [(one["id"], one["waits"]) for one in listed[:3]] == [
        (1, "in doubt"),
        (2, "in doubt"),
        (3, "in doubt"),
    ]
    assert listed[3]["waits"] == "checking the judge"
    assert (listed[0]["text"], listed[0]["why"], listed[0]["items"]) == (DOUBTS[0], [], [])
    assert said(folder) == []


@pytest.mark.parametrize(
    ("options", "count"),
    [
        pytest.param(("--language", "en"), 3, id="this language"),
        pytest.param(("--language", "tr"), 0, id="another language"),
        pytest.param(("--brand", "Acme"), 3, id="this brand"),
        pytest.param(("--limit", "2"), 2, id="not all"),
    ],
)
def test_what_is_asked_about_can_be_narrowed(
    folder: Path, options: tuple[str, ...], count: int
) -> None:
    assert len(json.loads(reviewed(folder, "", "--json", *options).stdout)) == count


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param(("--as", "Eva"), "nobody here is called 'Eva'", id="unknown"),
        pytest.param(("--as", "Vera"), "Vera is a viewer", id="a viewer"),
        pytest.param(("--brand", "Acm"), "unknown brand 'Acm'; did you mean 'Acme'?", id="brand"),
        pytest.param(("--brand", "Rival"), "unknown brand 'Rival'", id="a competitor"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    folder: Path, options: tuple[str, ...], told: str
) -> None:
    done = reviewed(folder, "c\n", *options)

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_database_there_is_nothing_to_review(tmp_path: Path) -> None:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")

    done = ran("review", folder=tmp_path)

    assert done.returncode == 1
    assert "no database yet" in done.stderr


def test_in_a_terminal_one_key_is_an_answer_and_deciding_words_stand_out(folder: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "review", "--limit", "3"],
        cwd=folder,
        env=environment({"TERM": "xterm-256color"}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    for key in (b"c", b"x", b"n", b"q"):
        if key != b"n":  # "x" means nothing: no post and no question comes before the next key
            shown += read_until(ours, b"[q]uit")
        os.write(ours, key)
    code = process.wait(timeout=30)
    os.close(ours)

    assert code == 0
    assert b"\x1b[1m" in shown
    assert [how for _, how, _ in said(folder)] == ["complaint", "neither"]


def read_until(terminal: int, end: bytes) -> bytes:
    seen = b""
    while end not in seen:
        assert select.select([terminal], [], [], 30)[0], seen
        seen += os.read(terminal, 1024)
    return seen


# ---------------------------------------------------------------- who answers


def a_member(number: int, name: str, role: Role) -> Member:
    return Member(id=MemberId(number), name=name, telegram_id=number, role=role)


ANI, LENKA, MARTA = (
    a_member(1, "Ani", Role.AGENT),
    a_member(2, "Lenka", Role.LEAD),
    a_member(3, "Marta", Role.MANAGER),
)


def test_the_only_lead_answers_where_nobody_is_named() -> None:
    assert answering([ANI, LENKA], None) is LENKA
    assert answering([ANI, MARTA], None) is MARTA
    assert answering([ANI, LENKA], "1") is ANI
    assert answering([ANI, LENKA], " ANI ") is ANI


@pytest.mark.parametrize(
    ("members", "who"),
    [
        pytest.param([ANI], None, id="no lead"),
        pytest.param([LENKA, MARTA], None, id="two"),
        pytest.param([], None, id="nobody at all"),
        pytest.param([LENKA, a_member(4, "lenka", Role.AGENT)], "Lenka", id="two of one name"),
    ],
)
def test_where_it_is_not_clear_who_answers_they_must_say(
    members: list[Member], who: str | None
) -> None:
    with pytest.raises(ConfigError, match=r"--as.*team list"):
        answering(members, who)


# ---------------------------------------------------------------- beside a desk at work


class Meanwhile(Lines):
    """Answers, and lets something happen just before a certain one."""

    def __init__(self, source: Iterable[str], act: dict[int, object]) -> None:
        super().__init__(source)
        self._act = act
        self._count = 0

    def next(self) -> Word | None:
        self._count += 1
        act = self._act.get(self._count)
        if callable(act):
            act()
        return super().next()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = a_bench(tmp_path)
    for number, text in enumerate(DOUBTS, start=1):
        made.take(a_mention(text, key=f"sample:{number}", author=f"a{number}"))
    return made


def a_walk(bench: Bench, reader: Lines, shown: list[str]) -> Session:
    posts = bench.store.posts.in_review(9)
    return Session(
        store=bench.store,
        desk=bench.desk,
        sampled=Sampled(bench.ledger, bench.brands, found_late=FOUND_LATE),
        member=bench.member("Lenka", LEAD, 1),
        reader=reader,
        show=lambda asked, _: shown.append(asked.post.mention.text),
        left=deque(Asked(post=post, why=Why.DOUBT) for post in posts),
        now=lambda: NOON + minutes(1),
    )


def first(bench: Bench, number: int = 1) -> Post:
    post = bench.store.posts.by_id(number)
    assert post is not None
    return post


def test_what_somebody_judged_in_the_chat_meanwhile_is_skipped_and_said(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    ani = bench.member("Ani", Role.AGENT, 2)

    def in_the_chat() -> None:
        for number in (1, 2):
            bench.desk.judge(first(bench, number), "neither", ani, NOON)

    shown: list[str] = []
    a_walk(bench, Meanwhile(["c", "r"], {1: in_the_chat}), shown).run()

    assert shown == [DOUBTS[0], DOUBTS[2]]
    assert bench.taught() == [(1, "neither"), (2, "neither"), (3, "request")]
    told = capsys.readouterr().err
    assert [f"Post {number} was judged meanwhile: skipped." in told for number in (1, 2)] == [
        True,
        True,
    ]
    assert told.count("Post 1 ") == 1


def test_a_text_that_changed_before_the_answer_is_shown_anew(bench: Bench) -> None:
    def edited() -> None:
        bench.take(a_mention("perhaps Acme, perhaps another one", author="a1"))

    shown: list[str] = []
    a_walk(bench, Meanwhile(["c", "n", "q"], {1: edited}), shown).run()

    assert shown[:2] == [DOUBTS[0], "perhaps Acme, perhaps another one"]
    assert bench.taught() == [(1, "neither")]


def test_a_digest_in_the_chat_is_redrawn_by_an_answer_on_the_command_line(bench: Bench) -> None:
    outbox = bench.store.outbox
    with bench.store.writing():
        outbox.put(
            chat_id=-1,
            topic=None,
            kind=Kind.REVIEW,
            dedupe="review",
            priority=Priority.DIGEST,
            now=NOON,
            payload='{"posts": [1, 2]}',
        )
        outbox.sent(1, NOON, 77)

    a_walk(bench, Lines(["n", "u", "q"]), []).run()

    [edit] = outbox.waiting(-1, Kind.REVIEW)
    assert (edit.message_id, edit.payload) == (77, '{"posts": [1, 2]}')
    assert bench.store.posts.awaits_review(1)

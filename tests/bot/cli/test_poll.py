"""`mentiondesk poll --once`: what each source gave, and how it ends when one fails."""

import json
import socket
from pathlib import Path

import pytest

from tests.bot.cli.a_desk import SETTINGS, answer
from tests.bot.cli.running import ran

SAMPLE = "\n[connectors.sample]\n"


def refusing_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unreachable_reddit() -> str:
    address = f"http://127.0.0.1:{refusing_port()}"
    return (
        f'\n[connectors.reddit]\nsubreddits = ["acme"]\n'
        f'reddit_url = "{address}"\noauth_url = "{address}"\n'
    )


def a_folder(folder: Path, *sources: str) -> Path:
    (folder / "mentiondesk.toml").write_text(SETTINGS + "".join(sources), "utf-8")
    return folder


def test_a_source_is_read_once_and_what_comes_has_clocks(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, SAMPLE)

    first = answer("poll", "--once", "--json", folder=folder)
    again = answer("poll", "--once", "--json", folder=folder)

    feed, own = first
    assert (feed["source"], own["source"]) == ("sample", "sample:own")
    assert feed["matched"] == feed["new"] + feed["duplicate"] > 50
    assert feed["error"] is own["error"] is None
    assert len(answer("queue", "--json", folder=folder)) > 20
    assert again[0]["new"] < feed["new"]


def test_a_source_that_fails_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    done = ran("poll", folder=a_folder(tmp_path, SAMPLE, unreachable_reddit()))

    assert done.returncode == 3
    lines = {line.partition(": ")[0]: line for line in done.stdout.splitlines()}
    assert "FAILED" in lines["reddit"]
    assert "FAILED" not in lines["sample"]
    assert "Traceback" not in done.stderr


def test_when_every_source_fails_nothing_was_done(tmp_path: Path) -> None:
    done = ran("poll", "--json", folder=a_folder(tmp_path, unreachable_reddit()))

    assert done.returncode == 1
    errors = {each["source"]: each["error"] for each in json.loads(done.stdout)}
    assert "cannot be reached" in errors["reddit"]


@pytest.mark.parametrize(
    ("sources", "arguments", "told"),
    [
        pytest.param([], [], "no source in the settings", id="none"),
        pytest.param([SAMPLE], ["sampel"], "did you mean 'sample'?", id="mistyped"),
        pytest.param(
            ["\n[connectors.sample]\nfed = 1\n"], [], "did you mean 'feed'?", id="wrong section"
        ),
    ],
)
def test_what_cannot_be_read_is_told_before_anything_is(
    sources: list[str], arguments: list[str], told: str, tmp_path: Path
) -> None:
    done = ran("poll", *arguments, folder=a_folder(tmp_path, *sources))

    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "desk.db").exists()


def test_only_the_source_that_is_named_is_read(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, SAMPLE, unreachable_reddit())

    found = answer("poll", "sample", "--json", folder=folder)

    assert [each["source"] for each in found] == ["sample", "sample:own"]

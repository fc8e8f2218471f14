"""Every connector file is held to the same promises, and so is every installed package of one."""

import importlib
import pkgutil
import re
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import connectors
from monitor.errors import ConnectorError
from monitor.model import Cursor, Mention, Page
from monitor.ports import (
    Connector,
    OwnReplies,
    PastReading,
    Probing,
    Rechecking,
    Replying,
    Threads,
)
from monitor.settings import ConnectorOptions, validate_section
from tests.connectors.contract_case import ContractCase

ROOT = Path(__file__).resolve().parents[2]
BUILT = [found.name for found in pkgutil.iter_modules(connectors.__path__) if not found.ispkg]
INSTALLED = {found.name: found for found in entry_points(group="mentiondesk.connectors")}
PLATFORMS = sorted({*BUILT, *INSTALLED})
HEADINGS = (
    "what you get",
    "keys",
    "limits and cost",
    "what is missed",
    "privacy",
    "how it was tested",
)
HEAVY = (
    *("aiohttp", "atproto", "feedparser", "httpx", "mastodon", "numpy", "praw", "prawcore"),
    *("requests", "spacy", "telegram", "tweepy", "urllib3", "websockets"),
)


@pytest.fixture(params=PLATFORMS, scope="module")
def platform(request: pytest.FixtureRequest) -> str:
    """Return the name of each connector file in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def module(platform: str) -> ModuleType:
    """Return the connector's file."""
    return importlib.import_module(module_name(platform))


def module_name(platform: str) -> str:
    return INSTALLED[platform].value if platform in INSTALLED else f"connectors.{platform}"


@pytest.fixture(scope="module")
def case(platform: str) -> Iterator[ContractCase]:
    """Return the platform on loopback; one that has no such file fails here.

    A package's file stands beside its tests: the name of its module, and `_case`.
    """
    name = module_name(platform) if platform in INSTALLED else f"tests.connectors.{platform}"
    with importlib.import_module(f"{name}_case").contract_case() as case:
        yield case


@pytest.fixture
def connector(module: ModuleType, case: ContractCase) -> Connector:
    """Return a connector that was just made."""
    return make(module, case, case.section)


@pytest.fixture(scope="module")
def everything(module: ModuleType, case: ContractCase) -> tuple[Page, ...]:
    """Return the pages of one reading of all that the case holds."""
    connector = make(module, case, case.section)
    return tuple(connector.pages(connector.cursor_at(case.since), case.now))


def make(module: ModuleType, case: ContractCase, section: Mapping[str, object]) -> Connector:
    options = validate_section(module.Options, section, f"connectors.{module.PLATFORM}")
    connector: Connector = module.connect(options, case.watch)
    return connector


def able(connector: Connector, ability: type[Any]) -> Any:
    """Return the connector if its platform has the ability; not every platform has each."""
    if not isinstance(connector, ability):
        pytest.skip(f"{connector.platform} does not offer {ability.__name__}")
    return connector


def mentions(pages: Iterable[Page]) -> list[Mention]:
    return [mention for page in pages for mention in page.mentions]


def keys(pages: Iterable[Page]) -> list[str]:
    return [mention.key for mention in mentions(pages)]


def is_aware_utc(instant: datetime | None) -> bool:
    return instant is None or instant.utcoffset() == timedelta()


def test_the_platform_bears_the_name_of_its_file(platform: str, module: ModuleType) -> None:
    name = module.PLATFORM

    assert name == platform
    assert module.__doc__


def test_the_options_are_a_frozen_section_with_a_default_for_each_key(module: ModuleType) -> None:
    options = module.Options

    assert issubclass(options, ConnectorOptions)
    assert options.model_config["frozen"]
    assert options.model_config["extra"] == "forbid"
    assert [name for name, field in options.model_fields.items() if field.is_required()] == []


def test_the_docs_page_has_the_six_headings_and_explains_each_key(
    platform: str, module: ModuleType
) -> None:
    if platform in INSTALLED:
        pytest.skip("a package explains itself in its own place")
    page = (ROOT / "docs" / "connectors" / f"{platform}.md").read_text("utf-8")

    headings = [found.lower() for found in re.findall(r"^## (.+)$", page, re.MULTILINE)]

    common = [wanted for found in headings for wanted in HEADINGS if found.startswith(wanted)]
    assert common == list(HEADINGS)  # others may stand between them
    explained = set(re.findall(r"`(\w+)`", page)) | set(
        re.findall(r"^(\w+) = ", page, re.MULTILINE)
    )
    assert module.Options.model_fields.keys() - explained == set()


def test_importing_the_file_imports_no_sdk(platform: str) -> None:
    look = f"import sys, {module_name(platform)}; print(*set({HEAVY!r}) & sys.modules.keys())"

    loaded = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == []


def test_connecting_makes_no_request(module: ModuleType, case: ContractCase) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"

        make(module, case, case.section_at(address) if case.section_at else case.section)

        with pytest.raises(BlockingIOError):
            listening.accept()


def test_an_unreachable_platform_is_one_error_that_bears_its_name(
    module: ModuleType, case: ContractCase
) -> None:
    if case.section_at is None:
        return  # it has no network to lose
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    connector = make(module, case, case.section_at(address))

    with pytest.raises(ConnectorError) as caught:
        tuple(connector.pages(connector.cursor_at(case.since), case.now))

    assert caught.value.platform == module.PLATFORM
    assert str(caught.value).startswith(f"{module.PLATFORM}: ")
    assert "\n" not in str(caught.value)


def test_a_connector_offers_the_port(module: ModuleType, connector: Connector) -> None:
    platform = connector.platform

    assert isinstance(connector, Connector)
    assert platform == module.PLATFORM


def test_every_mention_is_whole(platform: str, everything: tuple[Page, ...]) -> None:
    found = mentions(everything)

    assert len(set(keys(everything))) >= 30
    for mention in found:
        assert mention.platform == platform
        assert mention.key.startswith(f"{platform}:")
        assert mention.thread.startswith(f"{platform}:")
        assert mention.reply_to is None or mention.reply_to.startswith(f"{platform}:")
        assert mention.url.startswith("http")
        assert mention.author is None or not mention.author.handle.startswith("@")
        assert not (mention.deleted and mention.text)
        assert is_aware_utc(mention.posted_at)
        assert is_aware_utc(mention.edited_at)


def test_every_page_says_what_was_read(everything: tuple[Page, ...], case: ContractCase) -> None:
    windows = [page.window for page in everything if page.window]

    assert windows
    for window in windows:
        assert is_aware_utc(window.since)
        assert is_aware_utc(window.until)
        assert window.since <= window.until <= case.now


def test_a_cursor_reads_nothing_older_than_its_instant_less_the_overlap(
    module: ModuleType, case: ContractCase, connector: Connector, everything: tuple[Page, ...]
) -> None:
    newest_first = sorted({each.posted_at for each in mentions(everything)}, reverse=True)
    instant = newest_first[len(newest_first) // 2]
    overlap = getattr(module, "OVERLAP", timedelta())

    found = mentions(connector.pages(connector.cursor_at(instant), case.now))

    wanted = {each.key for each in mentions(everything) if each.posted_at >= instant}
    assert wanted <= {each.key for each in found}
    assert all(each.posted_at >= instant - overlap for each in found)


def test_reading_goes_on_after_any_page_without_losing_a_mention(
    module: ModuleType, case: ContractCase, everything: tuple[Page, ...]
) -> None:
    wanted = set(keys(everything))

    for number, page in enumerate(everything):
        restarted = make(module, case, case.section)
        rest = keys(restarted.pages(Cursor(str(page.cursor)), case.now))
        assert set(keys(everything[: number + 1])) | set(rest) == wanted


def test_a_cursor_that_was_read_to_the_end_yields_nothing_new(
    connector: Connector, case: ContractCase, everything: tuple[Page, ...]
) -> None:
    end = everything[-1].cursor

    again = keys(connector.pages(end, case.now))

    assert set(again) <= set(keys(everything))


def test_reading_twice_from_one_cursor_yields_the_same_mentions(
    connector: Connector, case: ContractCase, everything: tuple[Page, ...]
) -> None:
    cursor = connector.cursor_at(case.since)

    twice = [mentions(connector.pages(cursor, case.now)) for _ in range(2)]

    assert twice[0] == twice[1]
    assert sorted({each.key for each in twice[0]}) == sorted(set(keys(everything)))


def test_own_replies_are_read_from_any_of_their_pages_on(
    module: ModuleType, case: ContractCase, connector: Connector
) -> None:
    own = able(connector, OwnReplies)
    handles = {handle for brand in case.watch.brands for _, handle in brand.own_accounts}

    pages = tuple(own.own_pages(own.own_cursor_at(case.since), case.now))

    found = [each for each in mentions(pages) if not each.deleted]
    assert found
    assert {each.author.handle.casefold() for each in found if each.author} <= handles
    assert all(each.reply_to and each.thread for each in found)
    for number, page in enumerate(pages):
        restarted: Any = make(module, case, case.section)
        rest = keys(restarted.own_pages(page.cursor, case.now))
        assert set(keys(pages[: number + 1])) | set(rest) == set(keys(pages))


def test_a_thread_holds_the_post_that_led_to_it(
    connector: Connector, case: ContractCase, everything: tuple[Page, ...]
) -> None:
    threads = able(connector, Threads)
    asked = next(each for each in mentions(everything) if each.reply_to and not each.deleted)

    found = {each.key for each in threads.thread(asked.thread, case.now)}

    assert {asked.key, asked.thread, asked.reply_to} <= found


def test_a_second_look_finds_the_same_posts(
    connector: Connector, case: ContractCase, everything: tuple[Page, ...]
) -> None:
    rechecking = able(connector, Rechecking)
    asked = {each.key: each for each in mentions(everything) if not each.deleted}

    found = {each.key: each for each in rechecking.recheck(tuple(asked), case.now)}

    assert found.keys() == asked.keys()
    assert {key for key in asked if found[key].text != asked[key].text} == set()


def test_the_past_is_half_open_and_resumes(
    connector: Connector, case: ContractCase, everything: tuple[Page, ...]
) -> None:
    past = able(connector, PastReading)
    instants = sorted({each.posted_at for each in mentions(everything)})
    since, until = instants[2], instants[-3]

    pages = tuple(past.past(since, until, None))

    assert mentions(pages)
    assert all(since <= each.posted_at < until for each in mentions(pages))
    for number, page in enumerate(pages):
        rest = keys(past.past(since, until, page.cursor))
        assert set(keys(pages[: number + 1])) | set(rest) == set(keys(pages))


def test_a_reply_is_posted_once_however_often_it_is_tried(
    connector: Connector, everything: tuple[Page, ...]
) -> None:
    replying = able(connector, Replying)
    to = next(each for each in mentions(everything) if each.author and not each.deleted)

    first = replying.reply(to, "We are on it.", "tap-1")
    again = replying.reply(to, "We are on it.", "tap-1")

    assert again == first
    assert first.key.startswith(f"{connector.platform}:")
    assert is_aware_utc(first.at)
    assert replying.reply_limit > 0


def test_a_probe_is_one_line(connector: Connector) -> None:
    probing = able(connector, Probing)

    line = probing.probe()

    assert line
    assert "\n" not in line

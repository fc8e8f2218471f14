"""The example of a package that adds a platform: built, installed elsewhere, and at work."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "mentiondesk-guestbook"
PAGE = ROOT / "docs" / "connectors" / "your-own.md"
SETTINGS = """
[[chat]]
name = "care"
id = -1001

[[brand]]
name = "Acme"
keywords = ["acme"]
chat = "care"

[connectors.guestbook]
base_url = "{url}"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder into which the example's wheel was unpacked, as pip does."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = WheelBuilder(str(EXAMPLE)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture
def guestbook() -> Iterator[ModuleType]:
    """Return the example's guestbook on loopback."""
    sys.path.insert(0, str(EXAMPLE / "tests"))
    yield import_module("guestbook_server")
    sys.path.remove(str(EXAMPLE / "tests"))


def run(installed: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Return how a command of this environment ended, the example's package in its path."""
    path = os.pathsep.join([str(installed), str(EXAMPLE / "tests"), str(ROOT)])
    environ = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_real_command_reads_a_platform_that_a_package_adds(
    installed: Path, guestbook: ModuleType, tmp_path: Path
) -> None:
    settings = tmp_path / "mentiondesk.toml"
    with guestbook.Guestbook() as book:
        settings.write_text(SETTINGS.format(url=book.url), "utf-8")
        written = datetime.now(UTC) - timedelta(minutes=10)  # noqa: TID251  # the command's clock
        book.write("Jana", "My Acme kettle leaks, please help", written)
        book.write("Peter", "Nice weather", written)

        polled = run(installed, "bot", "--config", str(settings), "poll", "--json")

    with closing(sqlite3.connect(tmp_path / "mentiondesk.db")) as database:
        stored = database.execute("SELECT key, text FROM posts").fetchall()
    assert polled.returncode == 0, polled.stderr
    assert json.loads(polled.stdout)[0]["source"] == "guestbook"
    assert stored == [("guestbook:1", "My Acme kettle leaks, please help")]


def test_the_example_passes_its_own_test_and_the_contract_test(installed: Path) -> None:
    contract = "tests/connectors/test_contract.py"
    quiet = ("-q", "-p", "no:cacheprovider", "-k", "guestbook")

    done = run(installed, "pytest", *quiet, contract, str(EXAMPLE / "tests"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 20


@pytest.mark.parametrize("name", ["mentiondesk_guestbook.py", "pyproject.toml"])
def test_the_page_shows_the_files_that_are_tested(name: str) -> None:
    file = (EXAMPLE / name).read_text("utf-8")
    page = PAGE.read_text("utf-8")

    shown = re.findall(r"^```(?:python|toml)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert file in shown

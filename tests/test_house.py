"""The house stands as it was planned: floors, rooms, habits, and what is shipped and installed."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PACKAGES = ("monitor", "connectors", "classifiers", "bot")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "model")


def run(tool: str, *arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / tool, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def required_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[ ;]", requirement, maxsplit=1)[0] for requirement in requirements}


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", house)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, house / package, ignore=LEFT_OUT)
    return house


def test_floors_and_rooms_import_one_way_only() -> None:
    outcome = run("lint-imports", "--no-logo", "--no-cache")

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        pytest.param("monitor/strayed.py", "import connectors", "floors", id="ground to floor"),
        pytest.param("connectors/strayed.py", "import classifiers", "floors", id="neighbours"),
        pytest.param("monitor/errors.py", "import monitor.model", "rooms", id="room above"),
        pytest.param("bot/strayed.py", "import connectors", "wiring", id="past the wiring"),
        pytest.param("bot/strayed.py", "import sqlite3", "sql", id="SQL on the roof"),
        pytest.param("bot/strayed.py", "import telegram", "telegram", id="Telegram outside chat"),
        pytest.param("monitor/strayed.py", "import httpx", "ground", id="network in the ground"),
    ],
)
def test_an_import_against_the_plan_is_found(
    copied_house: Path, file: str, line: str, contract: str
) -> None:
    strayed = copied_house / file
    before = strayed.read_text("utf-8") if strayed.exists() else None
    strayed.write_text(f"{before or ''}\n{line}\n", "utf-8")

    try:
        outcome = run("lint-imports", "--no-cache", "--contract", contract, folder=copied_house)
    finally:
        strayed.unlink() if before is None else strayed.write_text(before, "utf-8")

    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "BROKEN" in outcome.stdout


@pytest.mark.parametrize(
    ("file", "code", "rule"),
    [
        pytest.param(
            "monitor/clock/strayed.py",
            '"""Return."""\n\nfrom datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n',
            "TID251",
            id="the wall clock outside bot",
        ),
        pytest.param(
            "bot/strayed.py",
            '"""Return."""\n\nfrom datetime import datetime\n\nNOW = datetime.now()\n',
            "DTZ005",
            id="a naive datetime",
        ),
        pytest.param(
            "connectors/strayed.py",
            '"""Return."""\n\nimport praw\n\nLIBRARY = praw.__name__\n',
            "TID253",
            id="a platform's library for everyone",
        ),
        pytest.param(
            "monitor/strayed.py",
            '"""Return."""\n\nfrom .model import Mention\n\nNOUNS = (Mention,)\n',
            "TID252",
            id="a relative import",
        ),
    ],
)
def test_a_habit_that_was_dropped_is_found(file: str, code: str, rule: str) -> None:
    command = [str(BIN / "ruff"), "check", "--no-cache", "--stdin-filename", file, "-"]

    outcome = subprocess.run(
        command, cwd=ROOT, input=code, capture_output=True, text=True, check=False, timeout=60
    )

    assert outcome.returncode == 1
    assert rule in outcome.stdout


def test_the_wheel_holds_every_file_of_the_four_packages_and_no_other(tmp_path: Path) -> None:
    expected = {
        str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    wheel = Path(next(iter(WheelBuilder(str(ROOT)).build(directory=str(tmp_path)))))

    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if ".dist-info/" not in name} == expected


def test_each_folder_of_code_is_a_package() -> None:
    folders = {file.parent for top in (*PACKAGES, "tests") for file in (ROOT / top).rglob("*.py")}

    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_lock_holds_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for extra in project["project"]["optional-dependencies"].values():
        asked.extend(extra)

    locked = re.findall(
        r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE
    )

    assert required_names(asked) <= set(locked)


def test_the_lock_has_hashes_for_everything_and_names_no_server() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")

    entries = re.findall(r"^[a-z0-9].*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*", lock, re.MULTILINE)

    assert [entry for entry in entries if "--hash" not in entry] == []
    assert "://" not in lock
    assert not re.search(r"^--", lock, re.MULTILINE)

"""What `mentiondesk report` prints, of a desk with a past."""

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.cli.reporting import WRITERS
from monitor.store.store import Store
from tests.bot.cli.a_desk import SETTINGS, a_desk_with_a_past, answer
from tests.bot.cli.running import ran


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a_desk_with_a_past(tmp_path)
    return tmp_path


def printed(folder: Path, *arguments: str | Path) -> str:
    done = ran("report", *arguments, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_report_is_a_table_with_how_many_each_figure_is_of(folder: Path) -> None:
    told = printed(folder)

    heads, acme, total = (line.split("\t") for line in told.splitlines()[3:6])
    assert heads[:4] == ["brand", "received", "answered", "unanswered"]
    assert acme[:4] == ["Acme", "5", "3, 1 of them unproven", "2"]
    assert total[1:] == acme[1:]
    assert "New items by hour of the week" in told
    assert "People needed: not known" in told


def test_a_desk_that_has_read_nothing_says_so_beside_its_figures(tmp_path: Path) -> None:
    (tmp_path / "mentiondesk.toml").write_text(SETTINGS, "utf-8")
    with Store(tmp_path / "desk.db"):
        pass

    told = printed(tmp_path)

    assert told.splitlines()[1] == "No source has been read yet: these figures say nothing."


def test_a_report_as_json_holds_everything(folder: Path) -> None:
    found: dict[str, Any] = answer("report", "--json", "--by", "label", folder=folder)

    assert set(found) == {"summary", "breakdowns", "hours_of_week", "staffing", "team"}
    (label,) = found["breakdowns"]
    assert (label["by"], label["total"]["received"]) == ("label", 5)
    assert {"count", "median_s", "ninetieth_s"} == set(label["total"]["customer_wait"])
    assert found["staffing"] is None
    assert [len(day) for day in found["hours_of_week"]["arrivals"]] == [24] * 7
    assert {each["name"] for each in found["team"]} == {"Zuzana", "Peter"}


def test_a_report_as_csv_has_a_row_for_each_part(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(folder, "--format", "csv", "--by", "weekday"))))

    assert [row["name"] for row in rows] == list("0123456")
    assert {"customer_wait_count", "customer_wait_median_s", "within_30_of"} <= set(rows[0])


def test_no_spreadsheet_takes_a_name_for_a_formula(folder: Path) -> None:
    settings = folder / "mentiondesk.toml"
    settings.write_text(settings.read_text().replace('"Acme"', '"=cmd()"'))
    with closing(sqlite3.connect(folder / "desk.db")) as database, database:
        database.execute("UPDATE items SET brand = '=cmd()'")

    (row,) = csv.DictReader(io.StringIO(printed(folder, "--format", "csv")))

    assert row["name"] == "'=cmd()"


def test_a_report_speaks_the_language_asked_for_and_goes_to_a_file_of_its_owner(
    folder: Path,
) -> None:
    target = folder / "report.html"

    printed(folder, "--format", "html", "--language", "ar", "--output", target)
    again = ran("report", "--output", target, folder=folder)

    page = target.read_text("utf-8")
    assert 'dir="rtl"' in page
    assert target.stat().st_mode & 0o777 == 0o600
    assert again.returncode == 2
    assert "--force overwrites it" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--brand", "Acne"), "did you mean 'Acme'?", id="a brand"),
        pytest.param(("--brand", "Rival"), "unknown brand 'Rival'", id="a competitor"),
        pytest.param(("--language", "xx"), "unknown language 'xx'", id="a language"),
        pytest.param(("--since", "soon"), "--since: expected a date", id="a date"),
        pytest.param(("--since", "1h", "--until", "2h"), "earlier moment", id="backwards"),
        pytest.param(("--by", "mood"), "mood", id="a part"),
    ],
)
def test_what_cannot_be_reported_is_refused_in_one_line(
    folder: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = ran("report", *arguments, folder=folder)

    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_every_form_has_its_writer() -> None:
    assert set(WRITERS) == {"table", "json", "csv", "html"}

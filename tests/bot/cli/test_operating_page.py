"""The operator's page and the example beside it say what the settings understand."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.wiring import App, platforms
from monitor import sections
from monitor.settings import load
from tests.bot.cli.running import ROOT

PAGE = ROOT / "docs" / "operating.md"
HEADINGS = {
    "[desk]": sections.DeskSettings,
    "[telegram]": sections.TelegramSettings,
    "[[chat]]": sections.ChatSettings,
    "[[brand]]": sections.BrandSettings,
    "[[policy]]": sections.PolicySettings,
    "[[rule]]": sections.RuleSettings,
    "[[calendar]]": sections.CalendarSettings,
    "[[shift]]": sections.ShiftSettings,
    "[replies]": sections.RepliesSettings,
    "[surges]": sections.SurgesSettings,
}


def keys_under(heading: str) -> list[str]:
    section = PAGE.read_text("utf-8").partition(f"### `{heading}`")[2].partition("\n##")[0]
    first_cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return [key for cell in first_cells for key in re.findall(r"`(\w+)`", cell)]


@pytest.mark.parametrize(("heading", "model"), HEADINGS.items(), ids=list(HEADINGS))
def test_every_key_is_explained_and_no_other(heading: str, model: type[BaseModel]) -> None:
    assert keys_under(heading) == list(model.model_fields)


def test_the_example_is_right() -> None:
    settings = load(ROOT / "docs" / "mentiondesk.example.toml", {})

    assert [brand.name for brand in settings.brand] == ["Acme", "Acme Türkiye", "Rival"]
    assert settings.rule[0].policy == "day and night"
    assert sorted(App(settings, {}).connectors()) == sorted({*platforms()} - {"sample"})


def test_the_exit_codes_and_variables_on_the_page_are_the_real_ones() -> None:
    from monitor.credentials import NAMES

    page = PAGE.read_text("utf-8")
    for platform, names in NAMES.items():
        assert f"MENTIONDESK_{platform.upper()}_{names[0].upper()}" in page
        for name in names[1:]:
            assert f"…_{name.upper()}`" in page


def test_the_service_starts_what_the_package_installs() -> None:
    unit = Path(ROOT / "docs" / "mentiondesk.service").read_text("utf-8")

    assert "ExecStart=/opt/mentiondesk/.venv/bin/mentiondesk run" in unit

"""The picture of the demo for the README."""

from datetime import UTC, datetime
from pathlib import Path

from bot.chat.text import Button, Message, Style, lines, post, words
from bot.demo.picture import draw, recorded

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def a_card(author: str, text: str) -> Message:
    about = words(f"sample · @{author}")
    quote = post(text, Style.QUOTE)
    return Message(lines(words("🔵 Acme"), about, quote), ((Button("Claim", "c:7"),),))


def test_a_picture_holds_the_wanted_pieces_and_no_address_of_another_host(tmp_path: Path) -> None:
    screen, recording = recorded(lambda: NOON)
    screen.message("7", a_card("zuzka_bb", "Kde je balík?"))
    screen.message("8", a_card("nobody_wanted", "Hello?"))

    draw(recording.pieces, tmp_path / "demo.svg")

    drawn = (tmp_path / "demo.svg").read_text("utf-8")
    assert "zuzka_bb" in drawn
    assert "nobody_wanted" not in drawn
    assert drawn.count("http") == drawn.count('xmlns="http://www.w3.org/2000/svg"') == 1


def test_a_right_to_left_line_is_one_run_in_the_picture(tmp_path: Path) -> None:
    screen, recording = recorded(lambda: NOON)
    screen.message("7", a_card("mona.salem", "أين طلبي يا أكمي"))

    draw(recording.pieces, tmp_path / "demo.svg")

    run = "أين&#160;طلبي&#160;يا&#160;أكمي"
    assert run in (tmp_path / "demo.svg").read_text("utf-8")


def test_the_picture_of_the_readme_shows_what_the_demo_promises() -> None:
    drawn = (ROOT / "docs" / "demo.svg").read_text("utf-8").replace("&#160;", " ")

    for shown in ("faster than life", "Slovak", "Arabic", "Zuzana", "overdue", "similar", "📊"):
        assert shown in drawn
    assert drawn.count("http") == 1

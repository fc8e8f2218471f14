"""The file of saved replies: read whole, or refused in one line; written as it is read."""

from pathlib import Path

import pytest

from monitor.desk.reply_file import parse, read, spelled
from monitor.errors import ConfigError

GOOD = """
[[reply]]
name = "Late parcel"
topic = "delivery"
brands = ["Acme"]
link = "https://acme.example/late"
[reply.text.en]
apology = "Hi {name}, we are sorry."
remedy = "See {link}."
short = "Sorry: {link}"
[reply.text.sk]
apology = "Dobrý deň {name}, mrzí nás to."
remedy = \"\"\"
Pozrite si {link}.
Ďakujeme.\"\"\"

[[reply]]
name = "Thanks"
[reply.text.en]
apology = "Thank you."
remedy = "We pass it on."
"""


def test_each_language_of_a_reply_is_one_of_its_own() -> None:
    found = parse(GOOD, ["Acme"])

    assert [(one.name, one.language, one.topic) for one in found] == [
        ("Late parcel", "en", "delivery"),
        ("Late parcel", "sk", "delivery"),
        ("Thanks", "en", None),
    ]


def test_what_is_written_is_read_back_as_it_was() -> None:
    replies = parse(GOOD, ["Acme"])

    again = parse(spelled(replies), ["Acme"])

    assert again == replies


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        pytest.param(
            "delivery", "deliver", "unknown topic 'deliver'; did you mean 'delivery'?", id="topic"
        ),
        pytest.param('["Acme"]', '["Acm"]', "unknown brand 'Acm'", id="brand"),
        pytest.param("text.sk", "text.slovak", "expected a language such as 'tr'", id="language"),
        pytest.param("{name}, mrzí", "{meno}, mrzí", "unknown blank {meno}", id="blank"),
        pytest.param("short =", "shrt =", "text.en.shrt: unknown key", id="key"),
        pytest.param('"Thanks"', '"LATE parcel"', "another [[reply]] of this name", id="name"),
        pytest.param('remedy = "We pass it on."', "", "missing, and required", id="missing"),
        pytest.param("[[reply]]", "[[reply", "line 2", id="no TOML"),
        pytest.param("We pass it on.", "x" * 1001, "longer than 1000 characters", id="length"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_place(
    tmp_path: Path, before: str, after: str, line: str
) -> None:
    path = tmp_path / "replies.toml"
    path.write_text(GOOD.replace(before, after), "utf-8")

    with pytest.raises(ConfigError) as caught:
        read(path, ["Acme"])

    assert str(caught.value).startswith(f"{path}: ")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"replies\.toml: cannot be read"):
        read(tmp_path / "replies.toml", [])


def test_a_link_stays_as_it_was_written() -> None:
    text = GOOD.replace("https://acme.example/late", "https://acme.example/late/?a=1&b=/")

    links = {reply.link for reply in parse(text, ["Acme"])}

    assert "https://acme.example/late/?a=1&b=/" in links

"""A report's page: one file that asks nothing of a network, whatever people wrote in it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.report.page import NOTHING, Cell, Drawing, Grid, Page, Table, Tile, Told, html

EVIL = "<script>alert('&')</script>\"'>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
_ALONE = frozenset({"meta", "img", "source", "br"})


class Tree(HTMLParser):
    """What stands where; an end that fits no beginning is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: Page) -> Tree:
    tree = Tree()
    tree.feed(html(page))
    tree.close()
    assert tree.open == []
    return tree


def a_page(name: str = "Acme") -> Page:
    head = ("brand", "received", "late")
    row = (Cell(text=name), Cell(text="12", share=0.5), Cell(text=NOTHING))
    return Page(
        language="en",
        right_to_left=False,
        title=f"Report: {name}",
        period="12 Jan to 8 Mar 2026",
        tiles=(Tile(label="Received", value="12", note=name),),
        told=Told(heading="In words", lines=(name,)),
        drawing=Drawing(
            heading="Hours", light=SVG, dark=SVG, width=10, height=20, says=("busy on", name)
        ),
        grids=(Grid(heading="New", days=("Mon", "Tue"), rows=(("00–01", ("3", "")),)),),
        tables=(
            Table(heading="By brand", heads=head, rows=(row,), total=row, note=name),
            Table(heading="By topic", heads=head, rows=(), nothing="nothing received"),
        ),
        footer=name,
    )


def addresses(tree: Tree) -> Iterator[str]:
    for _, attributes in tree.tags:
        for name in ("src", "srcset", "href", "action", "data"):
            if attributes.get(name):
                yield str(attributes[name])


def test_a_page_is_whole_and_asks_nothing_of_a_network() -> None:
    tree = read(a_page())

    assert all(each.startswith("data:image/svg+xml;base64,") for each in addresses(tree))
    assert not re.search(r"@import|url\(", html(a_page()))
    assert {tag for tag, _ in tree.tags}.isdisjoint({"script", "link", "iframe", "object"})
    assert "default-src 'none'" in html(a_page())


def test_what_people_wrote_is_shown_and_does_nothing() -> None:
    tree = read(a_page(EVIL))

    assert "script" not in {tag for tag, _ in tree.tags}
    assert "".join(tree.text).count(EVIL) >= 8


@settings(max_examples=60, deadline=None)
@given(name=st.text(min_size=1))
def test_any_name_leaves_the_page_whole(name: str) -> None:
    read(a_page(name))


def test_a_page_says_its_language_and_its_direction() -> None:
    arabic = replace(a_page(), language="ar", right_to_left=True)

    (_, left), (_, right) = read(a_page()).tags[0], read(arabic).tags[0]

    assert left == {"lang": "en", "dir": "ltr"}
    assert right == {"lang": "ar", "dir": "rtl"}


def test_a_figure_on_a_phone_still_says_what_it_is() -> None:
    cells = [attributes for tag, attributes in read(a_page()).tags if tag == "td"]

    figures = [each["data-head"] for each in cells if "data-head" in each]
    assert figures == ["received", "late", "received", "late"]


def test_a_bar_is_as_long_as_its_share_and_what_says_nothing_is_marked() -> None:
    cells = [attributes for tag, attributes in read(a_page()).tags if tag == "td"]

    received, late = (each for each in cells[-4:-2])
    assert received["style"] == "--share: 50.0%"
    assert late["class"] == "blank"


def test_a_picture_has_its_words_for_who_cannot_see_it() -> None:
    images = [attributes for tag, attributes in read(a_page()).tags if tag == "img"]

    assert [each["alt"] for each in images] == ["busy on; Acme"]


def test_a_table_without_rows_says_so() -> None:
    text = "".join(read(a_page()).text)

    assert "nothing received" in text


@pytest.mark.parametrize("left_out", ["drawing", "tables", "grids", "tiles"])
def test_a_page_may_lack_a_part(left_out: str) -> None:
    empty = None if left_out == "drawing" else ()

    tree = read(replace(a_page(), **{left_out: empty}))  # type: ignore[arg-type]

    assert "Report: Acme" in "".join(tree.text)


def test_equal_pages_are_equal_files() -> None:
    assert html(a_page()) == html(a_page())

"""HTML as a reader sees it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.markup.text import to_text

CUT = (
    '<a href="https://example.org/orders/acme-4711?x=1&amp;y=2" rel="nofollow noopener">'
    '<span class="invisible">https://</span><span class="ellipsis">example.org/orders/acme</span>'
    '<span class="invisible">-4711?x=1&amp;y=2</span></a>'
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree", id="paragraphs"),
        pytest.param("One<p>Two<p>Three", "One\n\nTwo\n\nThree", id="paragraphs left open"),
        pytest.param("a<br><br/><br>b", "a\n\nb", id="many line ends"),
        pytest.param("a \n\t b <i> c</i>d", "a b cd", id="white space"),
        pytest.param("I&#x27;m &lt;here&gt; &amp; there", "I'm <here> & there", id="entities"),
        pytest.param(
            f"See {CUT}, please",
            "See https://example.org/orders/acme-4711?x=1&y=2, please",
            id="a link cut by spans",
        ),
        pytest.param(
            '<a href="https:&#x2F;&#x2F;acme.example&#x2F;a-long-way">https://acme.example/a-lo...</a>',
            "https://acme.example/a-long-way",
            id="a link cut by dots",
        ),
        pytest.param(
            'The <a href="https://acme.example/help"> help </a>page',
            "The help (https://acme.example/help) page",
            id="a link with words",
        ),
        pytest.param(
            '<a href="https://acme.example/x"><img src="y" alt="A broken cup"></a>',
            "A broken cup (https://acme.example/x)",
            id="a picture that links",
        ),
        pytest.param(
            '<a href="https://a.example/t" class="mention hashtag" rel="tag">#<i>acme</i></a> now',
            "#acme now",
            id="a hashtag",
        ),
        pytest.param('<a href="/about">about us</a>', "about us", id="a link to nowhere"),
        pytest.param('<a href="https://x.example">one', "one (https://x.example)", id="left open"),
        pytest.param(
            "<ul><li>one</li><li><p>two</p><ol><li>a<li>b</ol></li></ul>end",
            "- one\n- two\n  1. a\n  2. b\n\nend",
            id="lists",
        ),
        pytest.param(
            "<blockquote><p>you said</p><p>so</p></blockquote><p>no</p>",
            "> you said\n\n> so\n\nno",
            id="a quote",
        ),
        pytest.param("<pre><code>a\n  b</code></pre>", "a\n  b", id="code"),
        pytest.param("<table><tr><td>a</td><td>b</td></tr><tr><td>c", "a b\nc", id="a table"),
        pytest.param("<style>p{}</style><script>x<1</script>seen", "seen", id="what is not seen"),
        pytest.param("<![CDATA[acme]]> and <![odd[x]]> y", "acme and <![odd[x]]> y", id="sections"),
        pytest.param("5 < 6 and <3", "5 < 6 and <3", id="no markup at all"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    found = to_text(html)

    assert found == text


def test_an_address_can_be_given_a_name() -> None:
    html = (
        '<p><a href="https://far.example/@ada" class="u-url mention">@<span>ada</span></a> hi</p>'
    )

    found = to_text(html, names={"https://far.example/@ada": "@ada@far.example"})

    assert found == "@ada@far.example hi"


def test_elements_of_a_class_can_be_left_out() -> None:
    html = '<p class="quote-inline">RE: <a href="https://a.example">x</a></p><p>Mine</p>'

    found = to_text(html, without=frozenset({"quote-inline"}))

    assert found == "Mine"


@pytest.mark.parametrize("piece", ["<blockquote>x", "<ul><li>x", "<ol><li>x", "<div><p>x"])
def test_deep_nesting_makes_no_long_text(piece: str) -> None:
    html = piece * 2000

    assert len(to_text(html)) < 4 * len(html)


@given(st.text(alphabet="<>/=\"'!-[]&;# abpiu\n", max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read(html: str) -> None:
    found = to_text(html)

    assert found == found.strip()


@given(st.lists(st.text(alphabet="abc &<>é", min_size=1).map(str.strip).filter(bool), max_size=4))
@settings(max_examples=40, deadline=None)
def test_words_in_paragraphs_are_all_kept(paragraphs: list[str]) -> None:
    from html import escape

    html = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)

    found = to_text(html)

    assert found.split() == " ".join(paragraphs).split()

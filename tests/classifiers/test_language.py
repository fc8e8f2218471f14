"""The language of a post: script first, then letters and words, or no verdict."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import pipeline
from classifiers.components import language, registry
from classifiers.components.folding import storable
from classifiers.components.identifying import MARKS, RUNS, WORDS, Identifier, Tongues
from classifiers.components.scripts import main_scripts

Told = Callable[..., str]


def _tells(identifier: Identifier) -> Told:
    nlp = registry.untaught()
    for part in ("encoder", "judge", "reasons"):
        nlp.remove_pipe(part)
    language.language_of(nlp).identifier = identifier

    def told(text: str, hint: str | None = None) -> str:
        doc = nlp.make_doc(storable(text))
        doc._.hint = hint
        found: str = nlp(doc)._.language
        return found

    return told


@pytest.fixture(scope="module")
def told() -> Told:
    return _tells(language.read(pipeline.MODEL / "language" / language.WEIGHTS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("the parcel has not arrived and nobody answers", "en", id="English"),
        pytest.param("still nothing", "en", id="short English"),
        pytest.param("kargom hâlâ gelmedi, kimse cevap vermiyor", "tr", id="Turkish"),
        pytest.param("siparisim hala gelmedi neden kimse bakmiyor", "tr", id="bare Turkish"),
        pytest.param("balík stále neprišiel a nikto nedvíha telefón", "sk", id="Slovak"),
        pytest.param("uz tyzden cakam a nikto mi neodpovedal, preco", "sk", id="bare Slovak"),
        pytest.param("ما وصل الطلب من أسبوع ولا أحد يرد", "ar", id="Arabic"),
        pytest.param("fin el commande dyali? 3ayit w 7ad ma jaweb", "ar", id="Latin Arabic"),
        pytest.param("Որտե՞ղ է իմ ծանրոցը։", "hy", id="Armenian"),
        pytest.param(
            "barev dzez, ur e im patvery? voch mek chi patasxanum", "hy", id="Latin Armenian"
        ),
        pytest.param("посылка так и не пришла", "ru", id="Russian"),
        pytest.param("gde moy zakaz, skolko mozhno zhdat", "ru", id="Latin Russian"),
        pytest.param("objednávka ještě nepřišla, kdy ji doručíte?", "cs", id="Czech"),
        pytest.param("kdy uz konecne prijede ten kuryr, cekam od rana", "cs", id="bare Czech"),
        pytest.param("sifarişim hələ gəlməyib, niyə?", "az", id="Azerbaijani"),
        pytest.param(
            "niye mene cavab vermirsiniz, pulum hele qayitmayib", "az", id="bare Azerbaijani"
        ),
        pytest.param("моя посилка ще не прийшла, чому?", "uk", id="Ukrainian"),
        pytest.param("не працює", "uk", id="short Ukrainian"),
        pytest.param("چرا سفارش من هنوز نرسیده است؟", "fa", id="Persian"),
        pytest.param("کار نمیکنه", "fa", id="short Persian"),
        pytest.param("mein Paket ist noch nicht angekommen, warum?", "de", id="German"),
        pytest.param("το δέμα μου δεν έφτασε", "el", id="Greek"),
        pytest.param("荷物がまだ届いていません", "ja", id="Japanese"),
    ],
)
def test_a_sentence_tells_its_language(told: Told, text: str, expected: str) -> None:
    found = told(text)

    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😀😀😀",
        "https://example.org/thanks-for-this",
        "12345",
        "?!",
        "zqx",
        "@acme @acme_care",
    ],
)
def test_a_text_without_words_of_a_language_has_none(told: Told, text: str) -> None:
    found = told(text)

    assert found == "und"


def test_a_brand_name_in_latin_letters_does_not_hide_the_script(told: Told) -> None:
    found = told("Netora Premium չի աշխատում")

    assert found == "hy"


def test_a_long_link_does_not_hide_the_script(told: Told) -> None:
    found = told("не работает https://status.example.org/incidents/all-of-them")

    assert found == "ru"


def test_a_hint_decides_where_the_words_do_not(told: Told) -> None:
    found = told("super", "sk-SK")

    assert found == "sk"


def test_a_hint_may_name_a_language_that_no_weights_know(told: Told) -> None:
    found = told("zqx", "is")

    assert found == "is"


def test_a_hint_lets_latin_letters_be_russian(told: Told) -> None:
    found = told("gde moy", "ru")

    assert found == "ru"


def test_a_hint_against_the_script_is_not_believed(told: Told) -> None:
    found = told("Որտե՞ղ է իմ ծանրոցը։", "en")

    assert found == "hy"


def test_a_hint_against_clear_words_is_not_believed(told: Told) -> None:
    found = told("balík stále neprišiel a nikto nedvíha telefón", "en")

    assert found == "sk"


@pytest.mark.parametrize("hint", ["", "x", "123", "klingon", "zz-ZZ-zz", "\ud800"])
def test_a_strange_hint_does_no_harm(told: Told, hint: str) -> None:
    found = told("the parcel has not arrived and nobody answers", hint)

    assert found == "en"


def test_without_weights_only_the_script_speaks() -> None:
    told = _tells(Identifier({}))

    assert told("Որտե՞ղ է իմ ծանրոցը։") == "hy"
    assert told("the parcel has not arrived") == "und"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("kargo", ("latin", 5), id="Latin"),
        pytest.param("Netora не работает", ("cyrillic", 10), id="a name in Latin letters"),
        pytest.param("荷物がまだ", ("kana", 5), id="Japanese"),
        pytest.param("<u> <m>", None, id="signs for links"),
        pytest.param("12 !? 😀", None, id="no letters"),
        pytest.param("", None, id="empty"),
    ],
)
def test_the_script_with_most_letters_carries_a_text(
    text: str, expected: tuple[str, int] | None
) -> None:
    (found,) = main_scripts([text])

    assert found == expected


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=60), max_size=8))
@settings(max_examples=100, deadline=None)
def test_a_text_has_the_same_language_in_any_company(told: Told, texts: list[str]) -> None:
    written = main_scripts(texts)

    assert written == [main_scripts([text])[0] for text in texts]
    assert all(len(told(text)) in {2, 3} for text in texts)


def test_weights_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    chance = np.random.default_rng(2026)
    tongues = Tongues(
        names=("en", "und"),
        runs=chance.integers(-127, 128, (RUNS + WORDS, 2)).astype(np.int8),
        marks=chance.integers(-127, 128, (MARKS, 2)).astype(np.int8),
        run_step=0.25,
        mark_step=0.125,
    )

    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        language.write(folder / language.WEIGHTS, Identifier({"latin": tongues}))

    read = language.read(tmp_path / "one" / language.WEIGHTS).tongues["latin"]
    np.testing.assert_array_equal(read.runs, tongues.runs)
    assert (read.names, read.run_step, read.mark_step) == (("en", "und"), 0.25, 0.125)
    one, other = ((tmp_path / name / language.WEIGHTS).read_bytes() for name in ("one", "other"))
    assert one == other

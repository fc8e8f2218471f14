"""The language of a post: script first, then letters and small words, or no verdict."""

import pytest

from classifiers.components.identifying import Identifier
from classifiers.components.language import load_identifier


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    return load_identifier()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        pytest.param("the parcel has not arrived and nobody answers", "en", id="English"),
        pytest.param("kargom hâlâ gelmedi, kimse cevap vermiyor", "tr", id="Turkish"),
        pytest.param("siparisim hala gelmedi neden kimse bakmiyor", "tr", id="bare Turkish"),
        pytest.param("balík stále neprišiel a nikto nedvíha telefón", "sk", id="Slovak"),
        pytest.param("uz tyzden cakam a nikto mi neodpovedal, preco", "sk", id="bare Slovak"),
        pytest.param("ما وصل الطلب من أسبوع ولا أحد يرد", "ar", id="Arabic"),
        pytest.param("Որտե՞ղ է իմ ծանրոցը։", "hy", id="Armenian"),
        pytest.param("посылка так и не пришла", "ru", id="Russian"),
        pytest.param("objednávka ještě nepřišla, kdy ji doručíte?", "cs", id="Czech"),
        pytest.param("sifarişim hələ gəlməyib, niyə?", "az", id="Azerbaijani"),
        pytest.param("моя посилка ще не прийшла, чому?", "uk", id="Ukrainian"),
        pytest.param("چرا سفارش من هنوز نرسیده است؟", "fa", id="Persian"),
        pytest.param("mein Paket ist noch nicht angekommen, warum?", "de", id="German"),
        pytest.param("το δέμα μου δεν έφτασε", "el", id="Greek"),
        pytest.param("荷物がまだ届いていません", "ja", id="Japanese"),
    ],
)
def test_a_sentence_tells_its_language(identifier: Identifier, text: str, language: str) -> None:
    found = identifier.language(text)

    assert found == language


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
        "@acme #acme",
    ],
)
def test_a_text_without_words_of_a_language_has_none(identifier: Identifier, text: str) -> None:
    found = identifier.language(text)

    assert found == "und"


def test_a_brand_name_in_latin_letters_does_not_hide_the_script(identifier: Identifier) -> None:
    found = identifier.language("Netora Premium չի աշխատում")

    assert found == "hy"


def test_a_hint_decides_where_the_words_do_not(identifier: Identifier) -> None:
    found = identifier.language("super", "sk-SK")

    assert found == "sk"


def test_a_hint_lets_latin_letters_be_russian(identifier: Identifier) -> None:
    found = identifier.language("gde moy", "ru")

    assert found == "ru"


def test_a_hint_against_the_script_is_not_believed(identifier: Identifier) -> None:
    found = identifier.language("Որտե՞ղ է իմ ծանրոցը։", "en")

    assert found == "hy"


def test_a_hint_against_clear_words_is_not_believed(identifier: Identifier) -> None:
    found = identifier.language("balík stále neprišiel a nikto nedvíha telefón", "en")

    assert found == "sk"


@pytest.mark.parametrize("hint", ["", "x", "123", "klingon", "zz-ZZ-zz", "\ud800"])
def test_a_strange_hint_does_no_harm(identifier: Identifier, hint: str) -> None:
    found = identifier.language("the parcel has not arrived and nobody answers", hint)

    assert found == "en"

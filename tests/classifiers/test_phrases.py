"""Phrases in six languages: what is urgent, and what stands in where the judge has no word."""

import pytest

from classifiers.components import labels, phrase_rules, registry
from classifiers.components.folding import fold
from classifiers.components.phrases import Phrases, PhrasesComponent, heard, is_urgent
from classifiers.pipeline import load
from monitor.model import Flag, Passage

assert registry.KNOWN


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Someone is using my card, block my card PLEASE", id="en"),
        pytest.param("Mutfakta GAZ KOKUSU var, birini yollayın", id="tr"),
        pytest.param("Ukradli mi peňaženku, zablokujte účet!", id="sk"),
        pytest.param("في ريحة غاز في العمارة ابعتوا حد", id="ar"),
        pytest.param("Շուտ փակեք քարտս, խնդրում եմ", id="hy"),
        pytest.param("В подъезде пахнет газом, приезжайте", id="ru"),
        pytest.param("Acmeee NEED this ASAP!!!", id="shouted"),
        pytest.param("my connection leaves in 40 minutes", id="any number"),
    ],
)
def test_what_harms_now_is_urgent_in_each_language(text: str) -> None:
    assert is_urgent(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("My bill is 4 euros too high", id="a complaint"),
        pytest.param("what are your opening hours?", id="a question"),
        pytest.param("insurgently yours", id="inside of a word"),
        pytest.param("gas prices and the smell of coffee", id="words apart"),
        pytest.param("Uygulama yine çöktü, dolandırıcılar", id="an app that fell over, in Turkish"),
        pytest.param("Spojenie nájde rýchlo, ďakujem za pomoc", id="quick help, in Slovak"),
        pytest.param("Помогите войти, горит ошибка", id="a plea and a lamp, in Russian"),
        pytest.param("اشتريت حامل جوال وأنا مستعجل", id="a holder and a hurry, in Arabic"),
        pytest.param("Մինչև այսօր չեմ ստացել, հենց նոր գրեցի", id="to this day, in Armenian"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_can_wait_is_not(text: str) -> None:
    assert not is_urgent(fold(text))


def test_a_gap_holds_up_to_four_words_and_a_star_any_ending() -> None:
    phrases = Phrases(["block ~ card*"])

    assert phrases.count("please block each and all of my cards now") == 0
    assert phrases.count("please block all of my bank cards now") == 1
    assert phrases.count("block card") == 1
    assert phrases.count("unblock my card") == 0


@pytest.mark.parametrize("rules", [phrase_rules.URGENT, phrase_rules.LEAVING])
def test_each_rule_is_found_in_its_own_words_in_every_language(
    rules: dict[str, tuple[str, ...]],
) -> None:
    assert set(rules) == {"en", "tr", "sk", "ar", "hy", "ru"}
    for language, phrases in rules.items():
        for phrase in phrases:
            said = fold(phrase.replace("*", "").replace("~", "so"))
            assert Phrases([phrase]).count(said), (language, phrase)


def test_topics_are_those_of_the_judge() -> None:
    assert set(phrase_rules.TOPICS) < set(labels.TOPICS)
    assert heard("where is my parcel, the courier never came").topic == "delivery"
    assert heard("nothing of that kind").topic is None


def test_a_text_of_which_the_judge_says_nothing_gets_what_its_phrases_say() -> None:
    nlp = registry.untaught()
    doc = nlp.make_doc("The courier lost my parcel, I need the insulin. Never again!")

    said = PhrasesComponent()(doc)._

    assert (said.urgency, said.topic, doc.cats[labels.CHURN_RISK]) == (2, "delivery", 0.8)


def test_the_judge_keeps_its_word_but_for_urgency() -> None:
    judge = load("fast")

    (urgent, calm, thanks) = judge.classify(
        Passage(text=text)
        for text in (
            "There is a gas leak in our house, send somebody, where are you?",
            "My parcel is late again, where is it?",
            "Thanks, all good, no emergency here",
        )
    )

    assert (urgent.urgency, calm.topic) == (2, "delivery")
    assert calm.urgency is not None
    assert calm.urgency < 2
    assert Flag.COMPLAINT not in thanks.flags
    assert thanks.churn_risk is not None

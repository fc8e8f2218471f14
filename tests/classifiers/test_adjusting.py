"""The real judge heeds what a desk's taps taught it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.wiring import LazyJudge
from classifiers import pipeline
from classifiers.learning import shelf
from classifiers.learning.readings import Asked, Reader
from classifiers.learning.shelf import Shelf
from classifiers.pipeline import Judge
from monitor.errors import ClassifierError
from monitor.model import Classification, Flag, Passage
from tests.classifiers.learning.shelves import damage, promoted

TEXT = "Where is my parcel? It was due on Monday and nobody answers"


@pytest.fixture(scope="module")
def judge() -> Judge:
    try:
        return pipeline.load(model=pipeline.MODEL)
    except ClassifierError as error:
        pytest.skip(f"the model that is here does not fit: {error}")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Shelf]:
    found = Shelf(shelf.folder_of(tmp_path / "desk.db"))
    with found.held():
        yield found


@pytest.fixture
def own() -> str:
    """Return the identity of the model that is here."""
    return pipeline.identity(pipeline.MODEL)[1]


def said(judge: Judge | LazyJudge, text: str = TEXT) -> Classification:
    return next(iter(judge.classify([Passage(text=text)])))


def holds(kept: Shelf) -> Path:
    path = shelf.current(kept.folder)
    assert path is not None
    return path


def test_what_was_learned_moves_the_log_odds(judge: Judge, kept: Shelf, own: str) -> None:
    before = said(judge)
    promoted(kept, own, bias=-9.0)

    judge.adjust(holds(kept))
    after = said(judge)
    judge.adjust(None)

    assert before.complaint is not None
    assert after.complaint is not None
    assert after.complaint < before.complaint / 100
    assert Flag.COMPLAINT not in after.flags
    assert after.request == pytest.approx(before.request)
    assert after.model == f"{before.model}+1"
    assert said(judge) == before


def test_the_model_names_the_adjustment(judge: Judge, kept: Shelf, own: str) -> None:
    number = [promoted(kept, own) for _ in range(3)][-1]

    adjusted = pipeline.load("auto", pipeline.MODEL, holds(kept))

    assert said(adjusted).model.endswith(f"/full+{number}")
    assert adjusted.version == said(adjusted).model


def test_the_fast_tier_hears_no_adjustment(judge: Judge, kept: Shelf, own: str) -> None:
    promoted(kept, own, bias=-9.0)

    fast = pipeline.load("fast", pipeline.MODEL, holds(kept))

    assert said(fast) == said(pipeline.load("fast", pipeline.MODEL))
    assert fast.version.endswith("/fast")


def test_a_damaged_adjustment_leaves_the_judge_as_it_was(
    judge: Judge, kept: Shelf, own: str
) -> None:
    promoted(kept, own)
    damage(holds(kept))
    before = said(judge)

    with pytest.raises(ClassifierError, match="damaged"):
        judge.adjust(holds(kept))

    assert said(judge) == before


def test_an_adjustment_of_another_model_is_never_heard(judge: Judge, kept: Shelf) -> None:
    promoted(kept, "another")

    with pytest.raises(ClassifierError, match="it is set aside"):
        pipeline.load("auto", pipeline.MODEL, holds(kept))


def test_a_promotion_is_noticed_without_a_restart(judge: Judge, kept: Shelf, own: str) -> None:
    desk = LazyJudge(database=kept.folder.with_name("desk.db"))
    before = said(desk)

    promoted(kept, own, bias=-9.0)
    after = said(desk)
    kept.roll_back(own)
    back = said(desk)

    assert after.model.endswith("/full+1")
    assert (before, back) == (said(judge), before)


def test_it_is_noticed_between_two_batches_of_one_call(judge: Judge, kept: Shelf, own: str) -> None:
    desk = LazyJudge(database=kept.folder.with_name("desk.db"))
    found = desk.classify(Passage(text=TEXT) for _ in range(257))

    first = next(found)
    promoted(kept, own)
    last = list(found)[-1]

    assert "+" not in first.model
    assert last.model.endswith("+1")


@pytest.mark.parametrize("fault", ["damaged", "another model", "current"])
def test_the_shipped_judge_goes_on_without_what_is_of_no_use(
    judge: Judge, kept: Shelf, own: str, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    promoted(kept, "another" if fault == "another model" else own)
    if fault == "damaged":
        damage(holds(kept))
    if fault == "current":
        (kept.folder / "current").write_text("nonsense")
    desk = LazyJudge(database=kept.folder.with_name("desk.db"))

    found = [said(desk) for _ in range(2)]

    assert found == [said(judge)] * 2
    [warning] = caplog.messages
    assert warning.endswith("the shipped judge goes on without it")


def test_a_reader_sees_what_the_judge_says_without_an_adjustment(judge: Judge) -> None:
    read: list[tuple[int, int]] = []
    reader = Reader(pipeline.MODEL, lambda done, of: read.append((done, of)))

    found = reader.read([Asked(text=TEXT, language="en"), Asked(text="\ud83d\x00", language=None)])

    assert found.read.tolist()[0] is True
    assert found.languages[0] == "en"
    assert found.odds[0, 0] > found.odds[0, 1] - 10
    assert read == [(2, 2)]
    assert "complaint" in reader.scales()["en"]


def test_the_corpus_is_read_once(judge: Judge, tmp_path: Path) -> None:
    read: list[int] = []
    reader = Reader(pipeline.MODEL, lambda done, of: read.append(done))
    asked = [Asked(text=TEXT, language="en"), Asked(text="Thank you", language="en")]
    first = reader.read_once(asked, tmp_path / "corpus.npz", keep=True)

    again = reader.read_once(asked, tmp_path / "corpus.npz", keep=True)
    other = reader.read_once(asked[:1], tmp_path / "corpus.npz", keep=False)
    (tmp_path / "corpus.npz").write_bytes(b"damaged")
    anew = reader.read_once(asked, tmp_path / "corpus.npz", keep=False)

    assert read == [2, 1, 2]
    assert again.odds == pytest.approx(first.odds, abs=1e-5)
    assert again.vectors == pytest.approx(anew.vectors, abs=1e-2)
    assert len(other.languages) == 1

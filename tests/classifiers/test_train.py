"""Training: the same posts give the same bytes, and a label that is null teaches nothing."""

import gzip
import json
from pathlib import Path

import pytest

from classifiers import pipeline, train
from monitor.model import Flag, Passage

pytest.importorskip("sklearn", reason="needs the extra 'train'")

TEXTS = {
    (1, 0): ("parcel broken", "service awful and broken", "late again awful", "awful broken"),
    (0, 1): ("please tell me the price", "how can i order please", "please help", "how please"),
    (1, 1): ("broken please refund", "awful please fix", "late please check", "broken please"),
    (0, 0): ("lovely day", "lovely coffee thanks", "thanks all good", "lovely trip"),
}


def rows(language: str, source: str) -> list[dict[str, object]]:
    return [
        {
            "text": f"{text} {language} {number}",
            "lang": language,
            "labels": {"complaint": complaint, "request": request},
            "source": source,
            "gold": "handwritten",
            "train_ok": True,
        }
        for (complaint, request), texts in TEXTS.items()
        for number in range(3)
        for text in texts
    ]


def write(path: Path, content: list[dict[str, object]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")


def laid_out(folder: Path) -> tuple[Path, Path]:
    data, own = folder / "data", folder / "own"
    for language in ("en", "tr", "sk", "ar", "hy", "ru"):
        write(own / f"{language}.jsonl", rows(language, "seed"))
    outside = [row | {"gold": "mapped"} for row in rows("en", "outside")]
    data.mkdir()
    with gzip.open(data / "en.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in outside)
    return data, own


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return laid_out(tmp_path)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model built once; building takes seconds."""
    folder = tmp_path_factory.mktemp("built")
    build(laid_out(folder), folder / "model")
    return folder / "model"


def build(folders: tuple[Path, Path], out: Path) -> dict[str, bytes]:
    data, own = folders
    assert train.main([str(data), "--seed", str(own), "--out", str(out)]) == 0
    return contents(out)


def contents(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_the_same_posts_give_the_same_bytes(
    folders: tuple[Path, Path], tmp_path: Path, model: Path
) -> None:
    again = build(folders, tmp_path / "again")

    assert again == contents(model)


def test_what_was_built_can_be_loaded_and_judges(model: Path) -> None:
    judge = pipeline.load(model=model)

    found = next(judge.classify([Passage(text="the parcel came broken and awful")]))
    assert Flag.COMPLAINT in found.flags


def test_posts_that_may_not_be_passed_on_are_not_learned_from(
    folders: tuple[Path, Path],
) -> None:
    data, own = folders
    secret = rows("en", "secret")[0] | {"train_ok": False}
    unlabelled = rows("en", "mute")[0] | {"labels": {"complaint": None, "request": None}}
    write(data / "more.jsonl", [secret, unlabelled])

    posts = train.gather(data, own)

    assert {post.source for post in posts} == {"seed", "outside"}


def test_a_label_that_is_null_weighs_nothing(folders: tuple[Path, Path]) -> None:
    data, own = folders
    half = rows("en", "half")[0] | {"labels": {"complaint": None, "request": 1}, "gold": "mapped"}
    write(data / "half.jsonl", [half])
    posts = train.gather(data, own)

    weight = train._importance(posts, "complaint")

    assert [weight[n] for n, post in enumerate(posts) if post.source == "half"] == [0.0]


def test_yes_and_no_weigh_the_same_in_each_language(folders: tuple[Path, Path]) -> None:
    posts = train.gather(*folders)

    weight = train._importance(posts, "complaint")

    for value in (0, 1):
        mass = sum(
            weight[n]
            for n, post in enumerate(posts)
            if post.language == "en" and post.labels["complaint"] == value
        )
        assert mass == pytest.approx(100.0)


def test_an_empty_folder_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = train.main([str(tmp_path), "--seed", str(tmp_path), "--out", str(tmp_path)])

    assert code == 2
    assert "found none" in capsys.readouterr().err

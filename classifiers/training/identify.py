"""Teaches the judge to name languages: a linear model for each script with more than one.

It learns from the corpus and from `languages.jsonl`, posts and common words of other languages.
"""

import argparse
import json
import random
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.components import identifying, language
from classifiers.components.folding import bare, spelled
from classifiers.components.hashing import rows
from classifiers.components.identifying import TRAINED, UNKNOWN, Identifier, Tongues
from classifiers.components.scripts import ALONE, main_scripts
from classifiers.posts import LabelledPost
from classifiers.training import split
from monitor.errors import ConfigError, MonitorError

CORPUS = Path(__file__).parents[1] / "corpus"
OTHERS = "languages.jsonl"
WORDS = "words"  # the tag of a row that is a list of words, not a post
_SEED = 2026
_NAMED = 20  # posts in one script: a language with fewer has no name of its own
_TAUGHT = 10  # … with fewer of one of the six: a slip of the pen
_PIECES = {True: 2, False: 6}  # cut from a post of the six languages, and from another's
_WORDS_A_PIECE = 2.5  # so many pieces does a list of words make
_LENGTHS = (1, 2, 2, 3, 3, 4, 5)  # words in a piece
_LETTERS = 4  # a piece has at least so many
_LEVEL = 0.6  # 1.0: each language counts alike; 0.0: each text does
_STRENGTH = 60.0  # scikit-learn's C
_MARK = 0.5  # what one letter with a mark weighs beside a text's runs, which weigh 1.0 together
_LAST = 0x24F  # the last Latin letter that is written without its mark in a hurry
_UNMARKED = str.maketrans("ıøłđəƏ", "ioldeE")

Sample = tuple[str, str]  # text and language


def taught(corpus: Path = CORPUS) -> Identifier:
    """Return an identifier taught from the posts in `corpus`, those kept back left out.

    Raises: ConfigError where they cannot be read.
    """
    rest = list(others(corpus / OTHERS))
    words = [row for row in rest if is_words(row)]
    posts = [*split.taught([*split.corpus(corpus), *rest]), *filter(split.is_kept_back, words)]
    chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    families = _families(posts)
    return Identifier({script: _tongues(families[script], chance) for script in sorted(families)})


def write(folder: Path, corpus: Path = CORPUS) -> None:
    """Teach an identifier and write it into `folder`: a model folder's part "language"."""
    folder.mkdir(parents=True, exist_ok=True)
    language.write(folder / language.WEIGHTS, taught(corpus))


def others(path: Path) -> Iterator[LabelledPost]:
    """Yield the posts and words in other languages. Raises: ConfigError."""
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield LabelledPost(
                text=row["text"], language=row["lang"], labels={}, source="languages",
                gold="handwritten", tag=row.get("tag", ""), train_ok=True,
            )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def is_words(post: LabelledPost) -> bool:
    """Return whether a row is a list of words, which is taught and never measured on."""
    return WORDS in post.tag.split(",")


def unmarked(text: str) -> str:
    """Return `text` as someone writes it who leaves the marks of Latin letters out."""
    kept = (_unmarked(sign) for sign in text if unicodedata.category(sign) != "Mn")
    return "".join(kept).translate(_UNMARKED)


def _unmarked(sign: str) -> str:
    return unicodedata.normalize("NFD", sign)[0] if "\u00c0" <= sign <= chr(_LAST) else sign


def _families(posts: Sequence[LabelledPost]) -> Mapping[str, list[LabelledPost]]:
    """Return the posts by script, where a script has more than one language."""
    found: dict[str, list[LabelledPost]] = defaultdict(list)
    written = main_scripts([spelled(post.text) for post in posts])
    for post, script in zip(posts, written, strict=True):
        if script is not None and script[0] not in ALONE:
            found[script[0]].append(post)
    return found


def _tongues(posts: Sequence[LabelledPost], chance: random.Random) -> Tongues:
    """Return the weights of one script's languages."""
    times = Counter(post.language for post in posts)
    named = {name for name in times if times[name] >= (_TAUGHT if name in TRAINED else _NAMED)}
    samples = [
        (text, post.language if post.language in named else UNKNOWN)
        for post in posts
        if post.language in named or post.language not in TRAINED
        for text in _texts(post, chance)
    ]
    names, weights = _fitted(samples)
    runs = weights[:, : identifying.RUNS + identifying.WORDS]
    marks = weights[:, identifying.RUNS + identifying.WORDS :]
    run_step, mark_step = (float(np.abs(part).max()) / 127 or 1.0 for part in (runs, marks))
    return Tongues(
        names=names,
        runs=np.ascontiguousarray(np.rint(runs / run_step).T.astype(np.int8)),
        marks=np.ascontiguousarray(np.rint(marks / mark_step).T.astype(np.int8)),
        run_step=run_step,
        mark_step=mark_step * _MARK,
    )


def _texts(post: LabelledPost, chance: random.Random) -> Iterator[str]:
    """Yield a post as it is, without its marks, and pieces of it: most unknown posts are short."""
    yield post.text
    if (plain := unmarked(post.text)) != post.text:
        yield plain
    words = post.text.split()
    pieces = _PIECES[post.language in TRAINED]
    if is_words(post):
        pieces = int(len(words) * _WORDS_A_PIECE)
    for _ in range(pieces if len(words) > 2 else 0):
        length = chance.choice(_LENGTHS)
        start = chance.randrange(max(1, len(words) - length + 1))
        piece = " ".join(words[start : start + length])
        if sum(map(str.isalpha, piece)) >= _LETTERS:
            yield unmarked(piece) if chance.random() < 0.5 else piece


def _fitted(samples: Sequence[Sample]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Return the languages and a weight for each of them and each place."""
    from sklearn.linear_model import LogisticRegression

    times = Counter(name for _, name in samples)
    even = [(len(samples) / len(times) / times[name]) ** _LEVEL for _, name in samples]
    # No intercept: a text of which nothing is known is in no language, not in the commonest.
    model = LogisticRegression(C=_STRENGTH, max_iter=200, tol=1e-3, fit_intercept=False)
    model.fit(_matrix([text for text, _ in samples]), [name for _, name in samples], even)
    weights = model.coef_ if len(times) > 2 else np.vstack([-model.coef_, model.coef_]) / 2
    return tuple(model.classes_.tolist()), weights


def _matrix(texts: Sequence[str]) -> Any:
    """Return the samples as scikit-learn takes them, weighed as `Tongues.scores` weighs them."""
    from scipy.sparse import csr_matrix

    words = [spelled(text) for text in texts]
    found = rows([bare(text) for text in words])
    times = np.bincount(found.row, minlength=len(texts))
    marked = [identifying.marked_letters(text) for text in words]
    marks = np.array([place for own in marked for place in own], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts)), [len(own) for own in marked])
    width = identifying.RUNS + identifying.WORDS
    columns = np.concatenate([identifying.places(found.bucket), width + marks])
    values = np.concatenate([1 / np.sqrt(times)[found.row], np.full(len(marks), _MARK)])
    place = np.concatenate([found.row, owner])
    return csr_matrix((values, (place, columns)), shape=(len(texts), width + identifying.MARKS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what the command line asks for and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.identify")
    parser.add_argument("out", type=Path, help="folder to write, such as classifiers/model/language")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    given = parser.parse_args(arguments)
    try:
        write(given.out, given.corpus)
    except MonitorError as error:
        print(error, file=sys.stderr)  # noqa: T201 - it is a command
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Teaches the judge to name languages: a linear model for each script with more than one.

It learns from the corpus and from `languages.jsonl`, posts and common words of other languages.
"""

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import split
from classifiers.components import identifying, language
from classifiers.components.folding import bare, spelled
from classifiers.components.hashing import rows
from classifiers.components.identifying import TRAINED, UNKNOWN, Identifier, Tongues
from classifiers.components.scripts import ALONE, main_scripts
from classifiers.posts import LabelledPost
from classifiers.training.spelling import in_latin, unmarked
from monitor.errors import ConfigError, MonitorError

CORPUS = Path(__file__).parents[1] / "corpus"
OTHERS = "languages.jsonl"
WORDS = "words"  # the tag of a row that is a list of words, not a post
_SEED = 2026
_NAMED = 20  # posts in one script: a language with fewer has no name of its own
_TAUGHT = 10  # … with fewer of one of the six: a slip of the pen
_PIECES = {True: 2, False: 6}  # cut from a post of the six languages, and from another's
_LENGTHS = (1, 2, 2, 3, 3, 4, 5)  # words in a piece
_LETTERS = 4  # a piece has at least so many
_COUNTED = 0.3  # how loud the counts are
_BORROWED = 0.2  # times each place: what a language takes from the mean of all
_FITTED = 0.25  # how loud the regression is
_LEVEL = 0.75  # 1.0: each language counts alike in it; 0.0: each text does
_STRENGTH = 60.0  # scikit-learn's C
_MARK = 0.5  # what one letter with a mark weighs beside a text's runs, which weigh 1.0 together
_RUNS = identifying.RUNS + identifying.WORDS

Floats = NDArray[np.float64]
Sample = tuple[str, str]  # text and language


def taught(posts: Sequence[LabelledPost]) -> Identifier:
    """Return an identifier that has learned from `posts`, but not from those kept back."""
    chance = random.Random(_SEED)  # noqa: S311 - repeatable, no secret
    learned = [post for post in posts if is_words(post) or not split.is_kept_back(post)]
    found = families(learned, chance)
    return Identifier({script: tongues(found[script], chance) for script in sorted(found)})


def write(folder: Path, corpus: Path = CORPUS) -> None:
    """Teach an identifier and write it into `folder`: a model folder's part "language".

    Raises: ConfigError where the corpus cannot be read.
    """
    learned = taught([*split.corpus(corpus), *others(corpus / OTHERS)])
    folder.mkdir(parents=True, exist_ok=True)
    language.write(folder / language.WEIGHTS, learned)


def others(path: Path = CORPUS / OTHERS) -> Iterator[LabelledPost]:
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


def families(
    posts: Sequence[LabelledPost], chance: random.Random
) -> Mapping[str, list[LabelledPost]]:
    """Return the posts by script, where a script has more than one language.

    Posts in Russian and Armenian stand there once more, in Latin letters.
    """
    posts = [*posts, *_in_latin(posts, chance)]
    found: dict[str, list[LabelledPost]] = defaultdict(list)
    for post, script in zip(posts, _scripts(posts), strict=True):
        if script is not None and script not in ALONE:
            found[script].append(post)
    return found


def _in_latin(posts: Sequence[LabelledPost], chance: random.Random) -> Iterator[LabelledPost]:
    for post, script in zip(posts, _scripts(posts), strict=True):
        text = None if script == "latin" else in_latin(post.text, post.language, chance)
        if text is not None:
            yield replace(post, text=text)


def _scripts(posts: Sequence[LabelledPost]) -> list[str | None]:
    written = main_scripts([spelled(post.text) for post in posts])
    return [None if one is None else one[0] for one in written]


def tongues(posts: Sequence[LabelledPost], chance: random.Random) -> Tongues:
    """Return the weights of one script's languages.

    Two voices are added: how often a run stands in a language's posts, which holds for what few
    posts have taught, and a regression, which knows what tells near relations apart.
    """
    times = Counter(post.language for post in posts)
    named = {name for name in times if times[name] >= (_TAUGHT if name in TRAINED else _NAMED)}
    posts = [post for post in posts if post.language in named or post.language not in TRAINED]
    names = [post.language if post.language in named else UNKNOWN for post in posts]
    whole = list(zip((post.text for post in posts), names, strict=True))
    pieces = [
        (text, name)
        for post, name in zip(posts, names, strict=True)
        for text in _texts(post, chance)
    ]
    weights = _COUNTED * _counted(whole) + _FITTED * _fitted(pieces)
    return _rounded(tuple(sorted(set(names))), weights)


def _rounded(names: tuple[str, ...], weights: Floats) -> Tongues:
    """Return weights, shape (languages, places), as small whole numbers."""
    runs, marks = weights[:, :_RUNS], weights[:, _RUNS:]
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
    pieces = len(words) if is_words(post) else _PIECES[post.language in TRAINED]
    for _ in range(pieces if len(words) > 2 else 0):
        length = chance.choice(_LENGTHS)
        start = chance.randrange(max(1, len(words) - length + 1))
        piece = " ".join(words[start : start + length])
        if sum(map(str.isalpha, piece)) >= _LETTERS:
            yield unmarked(piece) if chance.random() < 0.5 else piece


def _counted(samples: Sequence[Sample]) -> Floats:
    """Return by how much each place is likelier in a language than in all of them, as a log."""
    names = sorted({name for _, name in samples})
    owners = np.array([names.index(name) for _, name in samples])
    found = _matrix([text for text, _ in samples])
    found.data[:] = 1.0
    times = np.stack([np.asarray(found[owners == at].sum(axis=0))[0] for at in range(len(names))])
    return np.hstack([_likelier(times[:, :_RUNS]), _likelier(times[:, _RUNS:])])


def _likelier(times: Floats) -> Floats:
    """Return the log of each share over the mean log; what nobody wrote speaks for nobody."""
    total = times.sum(axis=1, keepdims=True)
    common = (times / np.maximum(total, 1)).mean(axis=0, keepdims=True)
    borrowed = _BORROWED * times.shape[1]  # from all languages, where a language's posts are few
    seen = common > 0
    logs = np.log((times + borrowed * common + ~seen) / (total + borrowed))
    found: Floats = np.where(seen, logs - logs.mean(axis=0, keepdims=True), 0.0)
    return found


def _fitted(samples: Sequence[Sample]) -> Floats:
    """Return a regression's weight for each language and place."""
    from sklearn.linear_model import LogisticRegression

    times = Counter(name for _, name in samples)
    even = [(len(samples) / len(times) / times[name]) ** _LEVEL for _, name in samples]
    # No intercept: a text of which nothing is known is in no language, not in the commonest.
    model = LogisticRegression(C=_STRENGTH, max_iter=200, tol=1e-3, fit_intercept=False)
    model.fit(_matrix([text for text, _ in samples]), [name for _, name in samples], even)
    weights: Floats = model.coef_
    return weights if len(times) > 2 else np.vstack([-weights, weights]) / 2


def _matrix(texts: Sequence[str]) -> Any:
    """Return the samples as scikit-learn takes them, weighed as `Tongues.scores` weighs them."""
    from scipy.sparse import csr_matrix

    words = [spelled(text) for text in texts]
    found = rows([bare(text) for text in words])
    times = np.bincount(found.row, minlength=len(texts))
    marked = [identifying.marked_letters(text) for text in words]
    marks = np.array([place for own in marked for place in own], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts)), [len(own) for own in marked])
    columns = np.concatenate([identifying.places(found.bucket), _RUNS + marks])
    values = np.concatenate([1 / np.sqrt(times)[found.row], np.full(len(marks), _MARK)])
    place = np.concatenate([found.row, owner])
    return csr_matrix((values, (place, columns)), shape=(len(texts), _RUNS + identifying.MARKS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what the command line asks for and return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m classifiers.training.identify")
    parser.add_argument(
        "out", type=Path, help="folder to write, such as classifiers/model/language"
    )
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

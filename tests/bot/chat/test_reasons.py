"""Why there is no answering from here, in the reader's language."""

import ast
from pathlib import Path

import pytest

from bot.chat.reasons import KNOWN, reason
from bot.locale.tongue import speaking

CONNECTORS = Path(__file__).parents[3] / "connectors"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("the post is gone", "пост удалён", id="a plain one"),
        pytest.param(
            "hackernews takes no replies from here",
            "hackernews не принимает ответы отсюда",
            id="with its platform",
        ),
        pytest.param(
            "HTTP 500; look whether it stands before you write again",
            "HTTP 500; прежде чем писать снова, посмотрите, не появился ли он там",
            id="after what nobody translates",
        ),
        pytest.param("", "", id="none"),
    ],
)
def test_a_reason_is_told_in_the_language(said: str, expected: str) -> None:
    with speaking("ru"):
        assert reason(said) == expected


@pytest.mark.parametrize("file", sorted(CONNECTORS.glob("*.py")), ids=lambda file: file.stem)
def test_every_reason_a_connector_gives_for_no_reply_is_known(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    given = {
        part.value if isinstance(part, ast.Constant) else constants.get(part.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "why_no_reply"
        for returned in ast.walk(node)
        if isinstance(returned, ast.Return) and returned.value is not None
        for part in ast.walk(returned.value)
        if (isinstance(part, ast.Constant) and isinstance(part.value, str))
        or (isinstance(part, ast.Name) and part.id.isupper())
    }

    assert given <= set(KNOWN)

"""What a tap teaches of a post, and whether it bears the judge out."""

import pytest

from monitor.desk.lessons import Labels, agrees, taught
from monitor.model import Flag
from tests.builders import a_verdict

NOTHING: frozenset[Flag] = frozenset()
COMPLAINT = frozenset({Flag.COMPLAINT})
REQUEST = frozenset({Flag.REQUEST})
BOTH = COMPLAINT | REQUEST


@pytest.mark.parametrize(
    ("how", "flags", "complaint", "request_", "agreed"),
    [
        pytest.param("claim", COMPLAINT, 1, None, True, id="claimed complaint"),
        pytest.param("answered", REQUEST, None, 1, True, id="answered request"),
        pytest.param("answered", BOTH, 1, 1, True, id="answered both"),
        pytest.param("claim", NOTHING, None, None, None, id="claimed, opened by a person"),
        pytest.param("not a complaint", COMPLAINT, 0, 0, False, id="no complaint after all"),
        pytest.param("not a complaint", BOTH, 0, None, False, id="perhaps a request"),
        pytest.param("not a complaint", REQUEST, 0, None, False, id="a request dismissed"),
        pytest.param("not a complaint", NOTHING, 0, None, True, id="opened by a person"),
        pytest.param("spam", COMPLAINT, 0, 0, False, id="spam that was flagged"),
        pytest.param("not about us", COMPLAINT, None, None, None, id="a matter of matching"),
        pytest.param("duplicate", COMPLAINT, None, None, None, id="duplicate"),
        pytest.param("complaint", NOTHING, 1, None, False, id="a complaint overlooked"),
        pytest.param("complaint", BOTH, 1, None, True, id="a complaint at least"),
        pytest.param("request", COMPLAINT, None, 1, False, id="it was a request"),
        pytest.param("both", COMPLAINT, 1, 1, False, id="half of it was seen"),
        pytest.param("neither", NOTHING, 0, 0, True, id="rightly left alone"),
        pytest.param("neither", REQUEST, 0, 0, False, id="a false alarm"),
        pytest.param("missed", NOTHING, None, None, False, id="overlooked"),
        pytest.param("missed", COMPLAINT, None, None, None, id="flagged, but had no item"),
    ],
)
def test_a_tap_gives_labels_and_bears_the_judge_out_or_not(
    how: str,
    flags: frozenset[Flag],
    complaint: int | None,
    request_: int | None,
    agreed: bool | None,
) -> None:
    labels = taught(how, a_verdict(*flags))

    assert labels == Labels(complaint=complaint, request=request_)
    assert agrees(how, labels, flags) is agreed


def test_of_a_post_that_was_not_judged_work_on_its_item_says_nothing() -> None:
    assert taught("claim", None) == Labels()
    assert taught("not a complaint", None) == Labels(complaint=0)
    assert taught("both", None) == Labels(complaint=1, request=1)

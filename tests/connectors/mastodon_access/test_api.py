"""How long a server asks us to wait."""

import pytest

from connectors.mastodon_access.api import seconds_left

DATE = "Sat, 01 Aug 2026 13:55:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param(
            {"x-ratelimit-reset": "2026-08-01T13:57:00.5Z", "date": DATE}, 120.5, id="iso"
        ),
        pytest.param({"x-ratelimit-reset": "1785592560", "date": DATE}, 60, id="epoch seconds"),
        pytest.param({"x-ratelimit-reset": "2020-01-01T00:00:00Z", "date": DATE}, 1, id="past"),
        pytest.param({"x-ratelimit-reset": "2026-08-01T13:57:00Z"}, 300, id="without a date"),
        pytest.param({"x-ratelimit-reset": "soon", "date": DATE}, 300, id="no time"),
        pytest.param({"retry-after": "7"}, 7, id="retry-after"),
        pytest.param({}, 300, id="nothing said"),
    ],
)
def test_a_reset_is_read_in_both_forms(headers: dict[str, str], seconds: float) -> None:
    assert seconds_left(headers) == seconds

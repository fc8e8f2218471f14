"""Several readings of one platform: one that fails keeps no other from being read."""

from collections.abc import Sequence

from monitor.errors import ConnectorError


def raise_first(failed: Sequence[ConnectorError]) -> None:
    """Raise the first failure, if there is one, once all the others were read."""
    if failed:
        raise failed[0]

"""What the contract test needs to know of a platform; each has a `<platform>_case.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.model import Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCase:
    """A platform on loopback that holds posts about a brand, some by the brand's own account.

    A file `tests/connectors/<platform>_case.py` offers it as a context manager `contract_case()`.
    """

    section: Mapping[
        str, object
    ]  # the platform's settings; its addresses reach the loopback server
    section_at: Callable[[str], Mapping[str, object]] | None  # the same for another address
    watch: Watch
    since: datetime  # at least 30 posts were made in [since, now]
    now: datetime

"""What is looked for in archives; it goes to whoever reads, in this process or in another one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.model import Brand
from monitor.sections import ArchiveSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What of an archive is passed on."""

    brands: tuple[Brand, ...]
    brand: str | None = None  # only what is about this one; None: any
    since: datetime | None = None  # posted in [since, until)
    until: datetime | None = None
    shapes: Mapping[str, ArchiveSettings] = field(default_factory=dict)  # of the settings, by name
    zone: str = "UTC"  # of times that name none
    is_sieved: bool = True  # False decodes every record: slow, and the same comes out
    unpacks_ahead: bool = True  # by a thread; False is faster where every core has a reader

"""What `burnish doctor` says: a sentence on what was seen and, unless all is well, one on how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw; `site` is empty for the store and the settings."""

    check: str
    level: Level
    seen: str
    mend: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A question that was not answered, and why in one sentence.

    Attributes:
        denied: Jira knows us, but does not let this account see it.
        way_out: what helps, where the trouble itself says it.
    """

    why: str
    denied: bool = False
    way_out: str = ""

"""Whether a report is news to whoever watches its issue: then it is told in a new comment, which sends mail.

Edits are quiet. The same news are told once: a verdict is compared with the one that the newest comment says.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from app.domain.sprint_health.health import Verdict

_WORSE = tuple(Verdict)
"""From the best to the worst."""


class NewComment(StrEnum):
    """What a new comment is written for: any other verdict, a worse one, nothing."""

    VERDICT = "verdict"
    WORSE = "worse"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Said:
    """What the newest comment of a report says.

    Attributes:
        edition: which comment it is, counted from 1.
        at: the instant that it speaks about.
    """

    verdict: Verdict
    edition: int
    at: datetime


def say_next(before: Said | None, verdict: Verdict, at: datetime, wanted: NewComment) -> Said:
    """What the newest comment says with this report; of another edition where that is news.

    A report about an instant before the last one, which somebody asked for, is none: it edits the comment.
    """
    if before is None:
        return Said(verdict, 1, at)
    if at < before.at:
        return before
    news = {
        NewComment.VERDICT: verdict != before.verdict,
        NewComment.WORSE: _WORSE.index(verdict) > _WORSE.index(before.verdict),
        NewComment.NEVER: False,
    }[wanted]
    return replace(before, verdict=verdict, at=at, edition=before.edition + news)

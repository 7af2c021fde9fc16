"""A suggested estimate from the team's own issues, with how far off such suggestions were on its own past.

The past is walked through: from the middle of the team's history on, each tenth is estimated by what was
known when it began, as if nothing later existed. Nothing is suggested unless that came closer to what the
team then estimated than "the median of what was known" did, and by more than chance would have it: most
teams' estimates lie so close together that the median is hard to beat, and a suggestion that is worse than it
costs more than it helps.

What the other teams of the site make of a text is heard, too (see `other_teams`); on the walk only what they
had done by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import sqrt
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING

from app.domain.similarity.index import IssueText

if TYPE_CHECKING:
    from app.domain.similarity.other_teams import OtherTeam
    from app.domain.similarity.taught import Past

FEWEST_PAST, FEWEST_BLIND = 40, 20
"""Issues to learn from, and issues to be tried on, below which nothing is said."""
MOST_PAST = 3_000
"""Older issues say little about how the team estimates today, and learning takes its time."""
MOST_TEAMS, MOST_OF_A_TEAM = 15, 500
"""So many other teams are heard, and so many issues of each, the newest; reading them takes its time."""
PARTS, FIRST_PART = 10, 5
RANGE = (0.1, 0.5, 0.9)
"""Of the chances: the low end, the suggestion, the high end."""
MOST_NEIGHBOURS = 5
SURE = 1.28
"""Standard errors by which suggestions have to be closer than the median. Of teams whose texts tell nothing
about one in ten is taken for one whose texts do."""


@dataclass(frozen=True, slots=True)
class Estimated:
    """An issue that the team has estimated and done.

    Attributes:
        created: when it could be asked about first.
        done: when its estimate stood for good; from then on it may be learnt from.
    """

    text: IssueText
    estimate: float
    created: datetime
    done: datetime


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A done issue that says much of the same.

    Attributes:
        similarity: from 0 to 1.
    """

    id: str
    estimate: float
    similarity: float


@dataclass(frozen=True, slots=True)
class Blind:
    """What would have been suggested for an issue by what was known then, and what the team estimated.

    Attributes:
        median: of the estimates that were known then.
    """

    id: str
    low: float
    suggested: float
    high: float
    median: float
    estimate: float


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How far blind suggestions were off on the team's own past.

    Attributes:
        issues: so many were estimated blind.
        error: mean distance from the team's own estimate.
        median_error: the same for "the median of what was known".
        inside: share of the issues whose estimate was within the range.
        doubt: standard error of the difference of both errors.
    """

    issues: int
    error: float
    median_error: float
    inside: float
    doubt: float

    @property
    def beats_the_median(self) -> bool:
        """Whether suggestions came closer, and not by chance."""
        return self.median_error - self.error > SURE * self.doubt


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the team would probably estimate.

    Attributes:
        estimate: the median of the chances; one of the team's own values.
        low: at most one chance in ten lies below.
        high: at most one in ten lies above.
        learnt_from: number of issues.
        other_teams: number of those that were heard beside the team's own issues.
    """

    estimate: float
    low: float
    high: float
    neighbours: tuple[Neighbour, ...]
    learnt_from: int
    other_teams: int
    record: TrackRecord


@dataclass(frozen=True, slots=True)
class NoSuggestion:
    """Why nothing is suggested."""

    reason: str
    record: TrackRecord | None = None


class Estimator:
    """What a team's past teaches; for any number of issues."""

    def __init__(self, past: Sequence[Estimated], record: TrackRecord, whole: "Past") -> None:
        self._past = past
        self._record = record
        self._taught = whole.teaches(range(len(past)))

    def suggest(self, text: IssueText) -> Suggestion:
        """The estimate that the team would probably give."""
        low, middle, high = self._taught.quantiles([text], RANGE)[0]
        neighbours = [
            Neighbour(self._past[place].text.id, self._past[place].estimate, similarity)
            for place, similarity in self._taught.learner.nearest(text, MOST_NEIGHBOURS)
        ]
        return Suggestion(
            estimate=middle,
            low=low,
            high=high,
            neighbours=tuple(neighbours),
            learnt_from=len(self._past),
            other_teams=self._taught.others,
            record=self._record,
        )


def learn(past: Sequence[Estimated], others: Sequence["OtherTeam"] = ()) -> Estimator | NoSuggestion:
    """What estimates of the team's done issues teach, or why they teach nothing.

    Args:
        past: in any order.
        others: teams of the same site that estimate points, too.
    """
    kept = _newest(past)
    if len(kept) < FEWEST_PAST:
        return NoSuggestion(
            f"The team has {len(kept)} done issues with an estimate; it takes {FEWEST_PAST} to learn from."
        )
    whole = _whole(kept, others)
    record = track_record(_blind(kept, whole))
    if record is None:
        return NoSuggestion(
            f"Suggestions could be tried on fewer than {FEWEST_BLIND} of the team's own issues: when they "
            "were created, too few others had been done."
        )
    if not record.beats_the_median:
        return NoSuggestion(
            f"On {record.issues} of the team's own issues suggestions were off by {record.error:.2f} on "
            f"average, the median of earlier estimates by {record.median_error:.2f}: not surely better.",
            record,
        )
    return Estimator(kept, record, whole)


def _newest(past: Sequence[Estimated]) -> list[Estimated]:
    """Those that are learnt from, oldest first."""
    return sorted(past, key=lambda one: (one.created, one.text.id))[-MOST_PAST:]


def blind_suggestions(past: Sequence[Estimated], others: Sequence["OtherTeam"] = ()) -> list[Blind]:
    """The later half of the past, each tenth suggested by what was done when its first issue was created.

    Args:
        past: oldest first.
        others: teams of the same site.
    """
    return _blind(past, _whole(past, others))


def _blind(past: Sequence[Estimated], whole: "Past") -> list[Blind]:
    found = []
    ends = [len(past) * part // PARTS for part in range(FIRST_PART, PARTS + 1)]
    for begin, end in pairwise(ends):
        now = past[begin].created
        places = [place for place, one in enumerate(past[:begin]) if one.done <= now]
        if len(places) < FEWEST_PAST:
            continue
        usual = median(past[place].estimate for place in places)
        suggested = whole.quantiles(whole.teaches(places, now), range(begin, end), RANGE)
        found += [
            Blind(one.text.id, low, middle, high, usual, one.estimate)
            for one, (low, middle, high) in zip(past[begin:end], suggested, strict=True)
        ]
    return found


def track_record(blind: Sequence[Blind]) -> TrackRecord | None:
    """How far they were off; None where they are too few to tell."""
    if len(blind) < FEWEST_BLIND:
        return None
    gains = [abs(one.median - one.estimate) - abs(one.suggested - one.estimate) for one in blind]
    return TrackRecord(
        issues=len(blind),
        error=fmean(abs(one.suggested - one.estimate) for one in blind),
        median_error=fmean(abs(one.median - one.estimate) for one in blind),
        inside=fmean(one.low <= one.estimate <= one.high for one in blind),
        doubt=stdev(gains) / sqrt(len(gains)),
    )


def _whole(past: Sequence[Estimated], others: Sequence["OtherTeam"]) -> "Past":
    # scikit-learn takes seconds to import; who asks for no estimate need not wait for it.
    from app.domain.similarity import taught  # noqa: PLC0415

    return taught.Past([one.text for one in past], [one.estimate for one in past], others)

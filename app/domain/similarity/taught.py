"""A team's past as it is learnt from in parts, its texts read once for what other teams make of them.

This module stands on scikit-learn, which takes seconds to import: import it where it is used.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from app.domain.similarity.index import IssueText
from app.domain.similarity.learner import Learner
from app.domain.similarity.other_teams import Opinions, OtherTeam, Read, read

Quantiles = list[tuple[float, ...]]


class Taught:
    """What a part of the past teaches, beside what other teams say.

    Attributes:
        learner: of the team's own issues.
        others: number of the other teams that say something.
    """

    def __init__(self, learner: Learner, opinions: Opinions | None) -> None:
        self.learner = learner
        self.others = opinions.number if opinions else 0
        self._opinions = opinions

    def quantiles(
        self, texts: Sequence[IssueText], parts: Sequence[float], asked: Read | None = None
    ) -> Quantiles:
        """By text, as the learner has it.

        Args:
            texts: any.
            parts: from 0 to 1.
            asked: the texts, where they were read already.
        """
        if self._opinions is None:
            return self.learner.quantiles(texts, parts)
        return self.learner.quantiles(texts, parts, self._opinions.of(asked or read(texts)))


class Past:
    """Estimated issues, and the other teams of the site.

    Args:
        texts: of the issues, oldest first; two at least.
        estimates: theirs, in the same order.
        others: none is fine.
    """

    def __init__(
        self, texts: Sequence[IssueText], estimates: Sequence[float], others: Sequence[OtherTeam]
    ) -> None:
        self._texts, self._estimates, self._others = texts, estimates, others

    @cached_property
    def _read(self) -> Read:
        return read(self._texts)

    def teaches(self, places: Sequence[int], now: datetime | None = None) -> Taught:
        """What the issues at these places teach, beside what other teams had done by then.

        Args:
            places: ascending; two at least.
            now: None for all that they have done.
        """
        texts, estimates = self._at(places), [self._estimates[place] for place in places]
        said = [opinion for each in self._others if (opinion := each.opinion(now))]
        if not said:
            return Taught(Learner(texts, estimates), None)
        own = self._read.part(places)
        opinions = Opinions(said, own)
        return Taught(Learner(texts, estimates, opinions.of(own)), opinions)

    def quantiles(self, taught: Taught, places: Sequence[int], parts: Sequence[float]) -> Quantiles:
        """What was taught about the issues at other places."""
        asked = self._read.part(places) if taught.others else None
        return taught.quantiles(self._at(places), parts, asked)

    def _at(self, places: Sequence[int]) -> list[IssueText]:
        return [self._texts[place] for place in places]

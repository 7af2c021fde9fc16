"""Definitions of Ready: what an issue of a type must, should and may have before a sprint takes it."""

from collections.abc import Mapping

import msgspec

from app.domain.grooming.sizes import Size

FIELD = "field:"
"""Before the name of a field that is to be filled, as a criterion of a team's own: `field:Design`."""


class Definition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of criteria; see `app.domain.grooming.readiness.CRITERIA`.

    Attributes:
        must: without one of them it is not ready.
        should: counts twice in the score.
        nice: counts once.
    """

    must: tuple[str, ...] = ()
    should: tuple[str, ...] = ()
    nice: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.must, *self.should, *self.nice)


ORDINARY = Definition(
    must=("summary", "description", "estimate", "size", "unblocked"),
    should=("priority",),
    nice=("epic", "owner"),
)
STORIES = Definition(
    must=("summary", "description", "acceptance_criteria", "estimate", "size", "unblocked"),
    should=("priority", "epic"),
    nice=("owner", "component"),
)
BUGS = Definition(
    must=("summary", "description", "steps", "unblocked"),
    should=("priority", "affects"),
    nice=("estimate", "size", "component"),
)


class Definitions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A team's definitions by issue type, with what their criteria mean.

    Attributes:
        otherwise: for types that are not named.
        words: a summary has at least so many.
        characters: a description has at least so many.
        most: the largest estimate that fits a sprint, in the board's unit; none: see `sizes`.
        criteria_field: name of a field that may hold acceptance criteria.
    """

    otherwise: Definition = ORDINARY
    by_type: Mapping[str, Definition] = msgspec.field(
        default_factory=lambda: {"Story": STORIES, "User Story": STORIES, "Bug": BUGS}
    )
    words: int = 3
    characters: int = 30
    most: Size | None = None
    criteria_field: str | None = None

    def of(self, type_name: str) -> Definition:
        """The one that holds for a type."""
        return self.by_type.get(type_name, self.otherwise)

    @property
    def fields(self) -> frozenset[str]:
        """Names of the fields that criteria look at."""
        every = [*self.by_type.values(), self.otherwise]
        asked = {name[len(FIELD) :] for one in every for name in one.names if name.startswith(FIELD)}
        return frozenset(asked | ({self.criteria_field} if self.criteria_field else set()))

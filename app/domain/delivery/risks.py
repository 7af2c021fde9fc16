"""What stands in the way of a scope: open issues that something stops, and begun ones that nobody moves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.domain.flow.flow import Aging, Stopped
from app.domain.scrum.scope import issue_order


@dataclass(frozen=True, slots=True)
class Risks:
    """Of a scope.

    Attributes:
        blocked: by a flag, a status or a link; the longest first.
        stalled: in progress, not blocked, and not moved for as many working days as the board's settings say.
    """

    blocked: tuple[Stopped, ...] = ()
    stalled: tuple[Aging, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.blocked or self.stalled)


NO_RISKS = Risks()


@dataclass(frozen=True, slots=True)
class Stuck:
    """What stands in the way of an open issue; what is blocked is not called stalled, too."""

    blocked: Stopped | None = None
    stalled: Aging | None = None


def risks_of(stuck: Mapping[str, Stuck], inside: Mapping[str, Collection[str]]) -> dict[str, Risks]:
    """By scope, of those that have any.

    Args:
        stuck: by the id of the issue.
        inside: by scope, the ids of its open issues.
    """
    found = {}
    for scope, ids in inside.items():
        mine = [stuck[one] for one in ids if one in stuck]
        blocked = [one.blocked for one in mine if one.blocked is not None]
        stalled = [one.stalled for one in mine if one.stalled is not None]
        found[scope] = Risks(
            tuple(sorted(blocked, key=lambda one: (-one.days, issue_order(one.key)))),
            tuple(sorted(stalled, key=lambda one: (-one.age, issue_order(one.key)))),
        )
    return {scope: risks for scope, risks in found.items() if risks}

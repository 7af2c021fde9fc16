"""What stands in the way of a scope: open issues that something stops, and begun ones that nobody moves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.domain.flow.flow import Aging, Flow, Stopped


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


def risks_of(flowing: Flow, inside: Mapping[str, Collection[str]]) -> dict[str, Risks]:
    """By scope, of those that have any.

    Args:
        flowing: of all the issues together.
        inside: by scope, the keys of its open issues.
    """
    found = {
        scope: Risks(
            tuple(one for one in flowing.blocked if one.key in keys),
            tuple(one for one in flowing.stalled if one.key in keys),
        )
        for scope, keys in inside.items()
    }
    return {scope: risks for scope, risks in found.items() if risks}

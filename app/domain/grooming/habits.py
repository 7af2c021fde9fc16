"""What a project's issues have in common, so that checks ask for nothing that a team does not use."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated

import msgspec

from app.domain.grooming.facts import SUBTASK, Item

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""Of a whole, as a team writes it."""


def users_of(items: Iterable[Item], has: Callable[[Item], bool], least: float) -> dict[str, float]:
    """Projects that use something, by key, with the share of their issues that have it.

    Sub-tasks do not count.
    """
    every = [item for item in items if item.level > SUBTASK]
    total = Counter([item.project_key for item in every])
    with_it = Counter([item.project_key for item in every if has(item)])
    shares = {project: with_it[project] / count for project, count in total.items()}
    return {project: share for project, share in shares.items() if share > 0 and share >= least}

"""What a project's issues have in common, so that checks ask for nothing that a team does not use."""

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
    total, with_it = dict[str, int](), dict[str, int]()
    for item in items:
        if item.level > SUBTASK:
            project = item.project_key
            total[project] = total.get(project, 0) + 1
            if has(item):
                with_it[project] = with_it.get(project, 0) + 1
    shares = {project: with_it.get(project, 0) / count for project, count in total.items()}
    return {project: share for project, share in shares.items() if share > 0 and share >= least}

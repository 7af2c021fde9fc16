"""What a project's issues have in common, so that checks ask for nothing that a team does not use."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

import msgspec

from app.domain.grooming.item import SUBTASK
from app.domain.grooming.items import Kind, Overview

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""Of a whole, as a team writes it."""


def users_of(counts: Mapping[Kind, int], has: Callable[[Kind], bool], least: float) -> dict[str, float]:
    """Projects that use something, by key, with the share of their issues that have it.

    Sub-tasks do not count.
    """
    total, with_it = dict[str, int](), dict[str, int]()
    for kind, count in counts.items():
        if kind.level > SUBTASK:
            project = kind.project_key
            total[project] = total.get(project, 0) + count
            with_it[project] = with_it.get(project, 0) + has(kind) * count
    shares = {project: with_it[project] / count for project, count in total.items()}
    return {project: share for project, share in shares.items() if share > 0 and share >= least}


def projects(overview: Overview) -> Iterable[str]:
    """Of each issue the key of its project."""
    keys = [kind.project_key for kind in overview.kinds]
    return map(keys.__getitem__, overview.kind)

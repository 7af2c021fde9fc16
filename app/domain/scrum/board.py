"""A board: what its columns make of statuses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the ids of the statuses shown in it; may be empty."""

    name: str
    status_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A board with its configuration.

    Attributes:
        kind: Jira's `scrum`, `kanban` or `simple` (team-managed).
        estimation_field: field id that this board estimates with; None counts issues.
        estimation_name: that field's name as people see it ("Story Points").
        filter_id: of the saved filter that says which issues the board shows.
        sub_query: JQL that hides some of them again (Kanban).
        rank_field: field id that it is ordered by.
    """

    id: int
    name: str
    kind: str
    columns: tuple[Column, ...] = ()
    estimation_field: str | None = None
    estimation_name: str = ""
    filter_id: str | None = None
    sub_query: str | None = None
    rank_field: str | None = None

    @property
    def done_status_ids(self) -> frozenset[str]:
        """Statuses of the last column that has any: what this board calls done."""
        for column in reversed(self.columns):
            if column.status_ids:
                return frozenset(column.status_ids)
        return frozenset()

    @property
    def mapped_status_ids(self) -> frozenset[str]:
        """Statuses that any column shows; an issue in another one is invisible on the board."""
        return frozenset(status for column in self.columns for status in column.status_ids)

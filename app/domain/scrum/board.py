"""A board: what its columns make of statuses."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """How many issues a column is to hold, as the board's administrator set it.

    Attributes:
        least, most: None where there is no such limit.
        with_subtasks: whether sub-tasks count, too.
    """

    least: int | None = None
    most: int | None = None
    with_subtasks: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the ids of the statuses shown in it; may be empty.

    Attributes:
        limits: None where it has none, or where they are not known.
    """

    name: str
    status_ids: tuple[str, ...]
    limits: Limits | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A board with its configuration.

    Attributes:
        kind: Jira's `scrum`, `kanban` or `simple` (team-managed).
        estimation_field: field id that this board estimates with; None counts issues.
        estimation_name: that field's name as people see it ("Story Points").
        filter_id: of the saved filter that says which issues the board shows.
        filter_jql: its JQL; None where that is not known.
        sub_query: JQL that hides some of them again (Kanban).
        rank_field: field id that it is ordered by.
        done_status_ids: statuses of the last column that has any: what this board calls done.
        mapped_status_ids: statuses that any column shows; an issue in another one is invisible on the board.
    """

    id: int
    name: str
    kind: str
    columns: tuple[Column, ...] = ()
    estimation_field: str | None = None
    estimation_name: str = ""
    filter_id: str | None = None
    filter_jql: str | None = None
    sub_query: str | None = None
    rank_field: str | None = None
    done_status_ids: frozenset[str] = field(init=False, repr=False, compare=False)
    mapped_status_ids: frozenset[str] = field(init=False, repr=False, compare=False)

    @property
    def shows_all(self) -> "Board":
        """The same board without filter and sub-query: every issue of its sprints is on it."""
        return replace(self, filter_id=None, filter_jql=None, sub_query=None)

    def __post_init__(self) -> None:
        """What is asked of every issue at every step is worked out once."""
        mapped = [frozenset(column.status_ids) for column in self.columns if column.status_ids]
        object.__setattr__(self, "done_status_ids", mapped[-1] if mapped else frozenset())
        object.__setattr__(self, "mapped_status_ids", frozenset().union(*mapped))

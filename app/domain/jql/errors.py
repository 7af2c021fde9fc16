"""Why a query was refused: each error knows the place, and says the way out."""

from dataclasses import dataclass

from app.errors import NotUnderstood


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a query.

    Attributes:
        query: the whole query.
        position: of the first character that is meant, from 0.
    """

    query: str
    position: int

    @property
    def line(self) -> int:
        """From 1."""
        return self.query.count("\n", 0, self.position) + 1

    @property
    def column(self) -> int:
        """Within the line, from 1."""
        return self.position - self.query.rfind("\n", 0, self.position)

    def shown(self) -> str:
        """The line with a caret below the place."""
        line = self.query.split("\n")[self.line - 1].replace("\t", " ").replace("\r", " ")
        return f"{line}\n{' ' * (self.column - 1)}^"


class JqlNotUnderstood(NotUnderstood):
    """A query that Jira would refuse, too.

    Attributes:
        query: the whole query.
        position: of the first character that does not fit, from 0.
        line: of that place, from 1, and its `column`, from 1.
        fault: what is wrong and what to do, without the place.
    """

    def __init__(self, query: str, position: int, fault: str) -> None:
        place = Place(query, position)
        self.place, self.query, self.position = place, query, position
        self.line, self.column = place.line, place.column
        self.fault = fault
        super().__init__(f"JQL, line {self.line}, character {self.column}: {fault}", field="jql")

    def shown(self) -> str:
        """The line with a caret below the place."""
        return self.place.shown()


class JqlRefused(JqlNotUnderstood):
    """A query that Jira may answer, but the store cannot: the sentence says why."""

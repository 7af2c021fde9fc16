"""Why a query was refused: each error knows the place, and says the way out."""

from app.errors import NotUnderstood


class JqlNotUnderstood(NotUnderstood):
    """A query that Jira would refuse, too.

    Attributes:
        query: the whole query.
        position: of the first character that does not fit, from 0.
        line: of that place, from 1, and its `column`, from 1.
        fault: what is wrong and what to do, without the place.
    """

    def __init__(self, query: str, position: int, fault: str) -> None:
        self.query = query
        self.position = position
        self.line = query.count("\n", 0, position) + 1
        self.column = position - query.rfind("\n", 0, position)
        self.fault = fault
        super().__init__(f"JQL, line {self.line}, character {self.column}: {fault}", field="jql")

    def shown(self) -> str:
        """The line with a caret below the place."""
        line = self.query.split("\n")[self.line - 1].replace("\t", " ").replace("\r", " ")
        return f"{line}\n{' ' * (self.column - 1)}^"


class JqlRefused(JqlNotUnderstood):
    """A query that Jira may answer, but the store cannot: the sentence says why."""

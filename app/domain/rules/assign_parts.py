"""Whom an issue is assigned to: somebody whom the issue tells of, or one of several people."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.domain.rules.parts import Jql, Name, Part, Template


class Assign(Part):
    """Assign the issue. Somebody whose account is not active is never chosen.

    `to` says who; `among`, `role` and `group` say of which people one is chosen. A replay chooses whom the
    live rule chose, and the decision says why it is that person.
    """

    type: Literal["assign"]
    to: Annotated[
        Template | None,
        Field(
            description="nobody, reporter, creator, initiator, commenter (who wrote the comment that the "
            "event is about), previous (who had it before), lead (of the project), component_lead (of its "
            "first component, by name, that has one), automatic (whom Jira assigns new issues of the project "
            "to), or an account id.",
            examples=["reporter"],
        ),
    ] = None
    among: Annotated[
        list[str] | None,
        Field(min_length=1, max_length=100, description="One of these account ids."),
    ] = None
    role: Annotated[
        Name | None,
        Field(description="One of those who have this role in the issue's project.", examples=["Developers"]),
    ] = None
    group: Annotated[Name | None, Field(description="One of those in this group.", examples=["support"])] = (
        None
    )
    by: Annotated[
        Literal["turn", "balanced", "random"],
        Field(
            description="turn: one after the other, by the number of the issue; balanced: who has the fewest "
            "open issues at the instant of the event, of equals the one whose turn it is; random: by chance, "
            "and the same one however often the event is told."
        ),
    ] = "turn"
    jql: Annotated[
        Jql | None,
        Field(
            description="Of balanced: the issues that count; all that are not done if left out.",
            examples=["project = BURN AND statusCategory != Done"],
        ),
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> "Assign":
        if sum(each is not None for each in (self.to, self.among, self.role, self.group)) != 1:
            message = "an assign needs `to`, `among`, `role` or `group`, one of them"
            raise ValueError(message)
        if self.to is not None and self.by != "turn":
            message = "`by` chooses one of several: it goes with `among`, `role` or `group`, not with `to`"
            raise ValueError(message)
        if self.jql is not None and self.by != "balanced":
            message = "`jql` says which issues count for `by: balanced`, and goes with that alone"
            raise ValueError(message)
        return self

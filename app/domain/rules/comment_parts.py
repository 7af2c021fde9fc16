"""What a rule writes as comments, and for whom."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.domain.rules.parts import Name, Part, Template


class Readers(Part):
    """A role of the project or a group. Burnish's own account has to be among them, or Jira refuses it."""

    role: Annotated[Name | None, Field(description="By name.", examples=["Developers"])] = None
    group: Annotated[Name | None, Field(description="By name. One of both is needed.")] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Readers":
        if (self.role is None) == (self.group is None):
            message = "`visible_to` needs `role` or `group`, one of both"
            raise ValueError(message)
        return self

    @property
    def who(self) -> tuple[Literal["role", "group"], str]:
        """Which of both, and its name."""
        return ("role", self.role) if self.role is not None else ("group", self.group or "")


class Comment(Part):
    """Comment on the issue."""

    type: Literal["comment"]
    text: Annotated[
        Template,
        Field(
            description="An empty line separates paragraphs, lines with `- ` are a list, keys become links.",
            examples=["{{ issue.key }} was moved by {{ initiator.displayName }}."],
        ),
    ]
    mode: Annotated[
        Literal["each", "once", "living"],
        Field(
            description="each: a comment each time; once: on an issue only once ever; living: one comment "
            "that is edited in place."
        ),
    ] = "each"
    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9-]*$",
            max_length=40,
            description="Tells several comments of a rule apart that are written once, or are living.",
        ),
    ] = ""
    visible_to: Annotated[
        Readers | None, Field(description="Who alone may read it; all who see the issue if left out.")
    ] = None
    internal: Annotated[
        bool, Field(description="In a service project for agents alone; elsewhere it changes nothing.")
    ] = False

"""What a rule takes back or puts in order: links, ranks, its own comments, versions."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.domain.rules.parts import Jql, Part, Template


class Rank(Part):
    """Rank the issue before or after another, or above or below all others."""

    type: Literal["rank"]
    before: Annotated[
        Template | None, Field(description="Key of the issue that it goes above.", examples=["BURN-1"])
    ] = None
    after: Annotated[
        Template | None, Field(description="Key of the issue that it goes below. One of the three is needed.")
    ] = None
    to: Annotated[
        Literal["top", "bottom"] | None, Field(description="Above or below all that `jql` finds then.")
    ] = None
    jql: Annotated[
        Jql | None,
        Field(
            description="Of `to`: the others; what is not done in the issue's project if left out.",
            examples=["project = BURN AND sprint IS EMPTY AND statusCategory != Done"],
        ),
    ] = None

    @model_validator(mode="after")
    def _one_of_three(self) -> "Rank":
        if sum(each is not None for each in (self.before, self.after, self.to)) != 1:
            message = "a rank needs `before`, `after` or `to`, one of them"
            raise ValueError(message)
        if self.jql is not None and self.to is None:
            message = "`jql` says above or below which issues, and goes with `to`"
            raise ValueError(message)
        return self


class Unlink(Part):
    """Remove links of the issue. The issues stay, and their histories tell of the links."""

    type: Literal["unlink"]
    link_type: Annotated[
        str | None,
        Field(
            max_length=255,
            description="Those of this kind, by its name, or by its words as the issue shows them.",
            examples=["is blocked by"],
        ),
    ] = None
    to: Annotated[
        Template | None,
        Field(description="Those with the issue of this key. One of both is needed.", examples=["BURN-1"]),
    ] = None

    @model_validator(mode="after")
    def _some(self) -> "Unlink":
        if self.link_type is None and self.to is None:
            message = "an unlink needs `link_type` or `to`: it removes no links of all kinds with all issues"
            raise ValueError(message)
        return self


class DeleteComment(Part):
    """Take back a comment of this rule on the issue: one that it wrote `once` or keeps `living`.

    What people wrote is never deleted. A comment that is written once is not written again.
    """

    type: Literal["delete_comment"]
    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9-]*$",
            max_length=40,
            description="Of the comment, if it has one.",
            examples=["overdue"],
        ),
    ] = ""


class CreateVersion(Part):
    """Create a version in a project; nothing where there is one of that name."""

    type: Literal["create_version"]
    project: Annotated[
        str | None, Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="Key; that of the issue if left out.")
    ] = None
    name: Annotated[Template, Field(description="On one line.", examples=["1.4"])]
    description: Annotated[Template | None, Field(description="What it is for.")] = None
    start: Annotated[Template | None, Field(description="Its first day, such as 2026-11-30.")] = None
    release: Annotated[Template | None, Field(description="The day of its release, likewise.")] = None

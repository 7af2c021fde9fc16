"""Fields that go from one issue to another as they are."""

from typing import Annotated, Literal

from pydantic import Field

from app.domain.rules.condition_parts import LinkType
from app.domain.rules.parts import Name, Names, Part, Template


class CopyFields(Part):
    """Copy fields of another issue to this one: people, versions, options and dates stay what they are.

    The other issue is seen as it was at the instant of the event. What goes to an issue of another project is
    named there by its name: versions and components are those of that project. The other way round is a
    `branch` to the other issue, with `from: trigger`.
    """

    type: Literal["copy_fields"]
    source: Annotated[
        Template,
        Field(
            alias="from",
            description="parent (also an epic), trigger (the issue of the event), linked (the first "
            "of them, by key), or the key of an issue, such as {{ issue.parent.parent.key }}.",
            examples=["parent"],
        ),
    ]
    link_type: LinkType = None
    fields: Annotated[Names, Field(description="By name or id.", examples=[["priority", "fixVersions"]])]
    into: Annotated[
        dict[str, Name],
        Field(
            max_length=50,
            description="Of those that go into another field: its name, by the name of theirs.",
            examples=[{"duedate": "Target end"}],
            default_factory=dict,
        ),
    ]
    mode: Annotated[
        Literal["replace", "fill", "add"],
        Field(
            description="replace: they are the same then, and empty where the others are; fill: only what is "
            "empty here; add: fields with several values get those of the other issue besides theirs."
        ),
    ] = "replace"

"""New values of fields."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.domain.rules.parts import Part, Template


class Raw(Part):
    """Fields in the form in which Jira's REST API takes them, with their texts rendered."""

    fields: Annotated[
        dict[str, Any],
        Field(
            max_length=50,
            description="New values by field.",
            examples=[{"timetracking": {"remainingEstimate": "2h"}}],
            default_factory=dict,
        ),
    ]
    update: Annotated[
        dict[str, list[dict[str, Any]]],
        Field(
            max_length=50,
            description="Changes by field, each with its verb.",
            examples=[{"labels": [{"add": "urgent"}]}],
            default_factory=dict,
        ),
    ]

    @model_validator(mode="after")
    def _something(self) -> "Raw":
        if not (self.fields or self.update):
            message = "`raw` needs `fields` or `update`, as Jira's REST API takes them"
            raise ValueError(message)
        return self


class Edit(Part):
    """Change fields. They are named as in Jira or by id; texts are rendered."""

    type: Literal["edit"]
    set: Annotated[
        dict[str, Any],
        Field(
            max_length=50,
            description="New values by field; null empties it, a list is all that one with several holds.",
            examples=[{"priority": "Highest"}],
            default_factory=dict,
        ),
    ]
    add: Annotated[
        dict[str, list[Template]],
        Field(
            max_length=50,
            description="Values that fields with several (labels, components, versions) get besides theirs.",
            examples=[{"labels": ["urgent"]}],
            default_factory=dict,
        ),
    ]
    remove: Annotated[
        dict[str, list[Template]],
        Field(max_length=50, description="Values that such fields lose.", default_factory=dict),
    ]
    clear: Annotated[
        list[str],
        Field(max_length=50, description="Fields to empty.", examples=[["duedate"]], default_factory=list),
    ]

    raw: Annotated[
        Raw | None, Field(description="What has no short form; it is written whatever the fields hold.")
    ] = None

    @model_validator(mode="after")
    def _something(self) -> "Edit":
        if not (self.set or self.add or self.remove or self.clear or self.raw):
            message = "an edit needs `set`, `add`, `remove`, `clear` or `raw`"
            raise ValueError(message)
        return self

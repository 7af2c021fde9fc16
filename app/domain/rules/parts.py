"""What all parts of a rule's document have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LONGEST_TEXT = 20_000
LONGEST_JQL = 10_000

Jql = Annotated[
    str, Field(min_length=1, max_length=LONGEST_JQL, examples=["type = Bug AND priority = Highest"])
]
Template = Annotated[
    str,
    Field(
        max_length=LONGEST_TEXT,
        description="Text with values in double braces, such as {{ issue.key }}.",
        examples=["{{ issue.key }} was moved by {{ initiator.displayName }}."],
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=255)]
Names = Annotated[list[Name], Field(min_length=1, max_length=100)]


class Part(BaseModel):
    """Unknown keys are refused: a rule with a typing error must not run with half of what was meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

"""What a rule does."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.domain.rules.assign_parts import Assign
from app.domain.rules.comment_parts import Comment
from app.domain.rules.condition_parts import Condition, Kin, LinkType
from app.domain.rules.copy_parts import CopyFields
from app.domain.rules.edit_parts import Edit
from app.domain.rules.parts import Jql, Name, Part, Template
from app.domain.rules.sprint_parts import CompleteSprint, CreateSprint, StartSprint
from app.domain.rules.tidy_parts import CreateVersion, DeleteComment, Rank, Unlink
from app.domain.rules.work_parts import Clone, LogWork, Message, Notify, ReleaseVersion, SetProperty, Watch

MOST_ACTIONS = 50
MOST_FOUND = 100


class Transition(Part):
    """Bring the issue to a status, by whichever transition leads there; nothing if it is there.

    Of several transitions it is the first, in Jira's order, whose screen has all that is given and requires
    no other field. Where no screen has it, the issue stays as it is, and the effect says what is lacking.
    """

    type: Literal["transition"]
    to: Annotated[str, Field(min_length=1, max_length=255, description="Status by name or id.")]
    set: Annotated[
        dict[str, Any],
        Field(
            max_length=50,
            description="Fields of the transition's screen, such as `resolution`, as in `edit`.",
            examples=[{"resolution": "Done"}],
            default_factory=dict,
        ),
    ]
    comment: Annotated[
        Template | None,
        Field(
            description="Written with the transition, as screens ask for; it needs one that has a screen.",
            examples=["Done by {{ initiator.displayName }}."],
        ),
    ] = None


class Link(Part):
    """Link the issue with another."""

    type: Literal["link"]
    link_type: Annotated[
        str,
        Field(min_length=1, max_length=255, description="By the name of the kind.", examples=["Blocks"]),
    ]
    to: Annotated[Template, Field(description="Key of the other issue.", examples=["BURN-1"])]
    direction: Annotated[
        Literal["outward", "inward"], Field(description="outward: this issue blocks the other.")
    ] = "outward"


class Create(Part):
    """Create an issue."""

    type: Literal["create"]
    project: Annotated[
        str | None, Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="Key; that of the issue if left out.")
    ] = None
    issue_type: Annotated[Name, Field(description="By name.", examples=["Task"])]
    summary: Annotated[Template, Field(description="On one line; nothing is created of an empty one.")]
    set: Annotated[
        dict[str, Any], Field(max_length=50, description="Other fields, as in `edit`.", default_factory=dict)
    ]
    parent: Annotated[
        Template | None, Field(description="Key of the parent, such as {{ issue.key }} for a sub-task.")
    ] = None
    link_type: Annotated[str | None, Field(max_length=255, description="Linked with the issue so.")] = None
    direction: Annotated[
        Literal["outward", "inward"], Field(description="outward: the issue blocks the new one.")
    ] = "outward"


class CreateSubtasks(Part):
    """Create sub-tasks of the issue, one for each summary."""

    type: Literal["create_subtasks"]
    summaries: Annotated[
        list[Template], Field(min_length=1, max_length=50, description="Of the sub-tasks, in order.")
    ]
    issue_type: Annotated[Name, Field(description="By name; one of sub-tasks.")] = "Sub-task"


class MoveToSprint(Part):
    """Put the issue into a sprint, or into the backlog."""

    type: Literal["move_to_sprint"]
    to: Annotated[
        Name,
        Field(description="active, backlog, or a sprint by name or id.", examples=["active", "backlog"]),
    ]


class WebRequest(Part):
    """Ask a server. Only hosts that an admin allowed in the settings; it may be asked more than once."""

    type: Literal["web_request"]
    url: Annotated[
        Template,
        Field(
            description="Values in it are escaped; they cannot become another host or path.",
            examples=["https://hooks.example.com/burnish"],
        ),
    ]
    method: Annotated[
        Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
        Field(description="A GET has no `body`, and needs `then`."),
    ] = "POST"
    headers: Annotated[
        dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")], Template],
        Field(
            max_length=20,
            description="A token is a secret of the site: {{ secrets.NAME }}, alone in its braces.",
            examples=[{"Authorization": "Bearer {{ secrets.DEPLOY_TOKEN }}"}],
            default_factory=dict,
        ),
    ]
    body: Annotated[
        Any, Field(description="Texts in it are rendered, secrets as in `headers`; sent as JSON.")
    ] = None
    then: Annotated[
        list["Action"] | None,
        Field(
            min_length=1,
            max_length=MOST_ACTIONS,
            description="Done with the answer, when it is there: {{ webResponse.status }}, .headers and "
            ".body (JSON, or a text). What stands behind the request does not wait for it.",
        ),
    ] = None
    accept: Annotated[
        Literal["success", "any"],
        Field(
            description="success: `then` is done where the answer is a success (2xx); another one is tried "
            "again or given up. any: also where the server says no; `webResponse.status` tells."
        ),
    ] = "success"

    @model_validator(mode="after")
    def _answers_are_used(self) -> "WebRequest":
        if self.then is None and (self.method == "GET" or self.accept == "any"):
            what = "a GET" if self.method == "GET" else "`accept: any`"
            message = f"{what} needs `then`: the steps that go on with the answer"
            raise ValueError(message)
        if self.method == "GET" and self.body is not None:
            message = "a GET has no `body`; put what it says into the `url`"
            raise ValueError(message)
        return self


class Wait(Part):
    """Do the rest later, whatever happens in between. Not in a branch."""

    type: Literal["wait"]
    minutes: Annotated[int | None, Field(ge=1, le=525_600, description="So many.")] = None
    hours: Annotated[int | None, Field(ge=1, le=8760, description="So many.")] = None
    days: Annotated[int | None, Field(ge=1, le=365, description="So many. One of the three is needed.")] = (
        None
    )
    working: Annotated[bool, Field(description="Of days, count Monday to Friday only.")] = False
    when: Annotated[
        Condition | None, Field(description="Asked when the time is over; if false, nothing more is done.")
    ] = None

    @model_validator(mode="after")
    def _one_span(self) -> "Wait":
        given = [each for each in (self.minutes, self.hours, self.days) if each is not None]
        if len(given) != 1 or (self.working and self.days is None):
            message = "a wait needs `minutes`, `hours` or `days`, one of them; `working` goes with `days`"
            raise ValueError(message)
        return self


class CreateVariable(Part):
    """Keep a text under a name: what comes later says {{ name }}, in branches and after a wait, too.

    Set again, it has the new text; where it was never set, it is empty.
    """

    type: Literal["create_variable"]
    name: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$",
            description="Letters, digits and `_`; none of the values that there are.",
            examples=["owner"],
        ),
    ]
    value: Annotated[Template, Field(description="The text.", examples=["{{ issue.assignee.displayName }}"])]


class LookupIssues(Part):
    """Find issues that later texts see as {{ lookupIssues }}, in the order of the query.

    After a wait they are found anew, as the site is then.
    """

    type: Literal["lookup_issues"]
    jql: Annotated[
        Jql,
        Field(
            description=f"May hold values. At most {MOST_FOUND} issues; without ORDER BY by their keys.",
            examples=["parent = {{ issue.key }} AND status != Done ORDER BY priority DESC"],
        ),
    ]


class Log(Part):
    """Say something in the explanation of the decision."""

    type: Literal["log"]
    text: Annotated[Template, Field(description="What `burnish rules decision` shows.")]


class Stop(Part):
    """Do nothing more for this event."""

    type: Literal["stop"]


class If(Part):
    """Only on a condition."""

    type: Literal["if"]
    when: Annotated[Condition, Field(description="Asked of the issue at hand.")]
    then: Annotated[
        list["Action"], Field(min_length=1, max_length=MOST_ACTIONS, description="Where it holds.")
    ]
    otherwise: Annotated[
        list["Action"],
        Field(max_length=MOST_ACTIONS, description="Where it does not.", default_factory=list),
    ]


class Branch(Part):
    """For other issues, one after the other, in the order of their keys."""

    type: Literal["branch"]
    to: Annotated[
        Kin | Literal["created"] | None,
        Field(
            description="Issues around the issue; or `jql`. created: those that the rule created before it, "
            "each once it is there; what stands behind the branch does not wait for it."
        ),
    ] = None
    link_type: LinkType = None
    jql: Annotated[
        Jql | None, Field(description=f"Issues of the site, at most {MOST_FOUND}; may hold values.")
    ] = None
    when: Annotated[
        Condition | None,
        Field(description="Asked of each of them; those for which it holds are gone on with."),
    ] = None
    actions: Annotated[
        list["Action"],
        Field(
            min_length=1,
            max_length=MOST_ACTIONS,
            description="For each; {{ issue }} is the one at hand, {{ triggerIssue }} that of the event.",
        ),
    ]

    @model_validator(mode="after")
    def _to_something(self) -> "Branch":
        if (self.to is None) == (self.jql is None):
            message = "a branch needs `to` or `jql`, one of both"
            raise ValueError(message)
        return self


Action = Annotated[
    Comment
    | Edit
    | Transition
    | Assign
    | CopyFields
    | Link
    | Unlink
    | Create
    | CreateSubtasks
    | MoveToSprint
    | Rank
    | Watch
    | SetProperty
    | WebRequest
    | LogWork
    | Clone
    | ReleaseVersion
    | CreateVersion
    | CreateSprint
    | StartSprint
    | CompleteSprint
    | DeleteComment
    | Notify
    | Message
    | Wait
    | CreateVariable
    | LookupIssues
    | Log
    | Stop
    | If
    | Branch,
    Field(discriminator="type"),
]

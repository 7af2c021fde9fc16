"""What the site was set up with: statuses, workflow, types, fields, boards. Ids as on real Cloud sites."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .model import Column, CustomField, Issue, IssueType, LinkType, Named, Status, Transition

PROJECT_ID, PROJECT_KEY, PROJECT_NAME = "10001", "BURN", "Burnish demo shop"

TO_DO = Status("10000", "To Do", "new")
IN_PROGRESS = Status("3", "In Progress", "indeterminate")
IN_REVIEW = Status("10036", "In Review", "indeterminate")
DONE = Status("10002", "Done", "done")
WONT_DO = Status("10037", "Won't do", "done")
STATUSES = {status.id: status for status in (TO_DO, IN_PROGRESS, IN_REVIEW, DONE, WONT_DO)}

# "Won't do" stands in the Done column, as most teams map it so that the card leaves the board. Jira's own
# reports then count cancelled work as completed, with the resolution as the only trace.
COLUMNS = (
    Column("To Do", (TO_DO.id,)),
    Column("In Progress", (IN_PROGRESS.id,)),
    Column("In Review", (IN_REVIEW.id,)),
    Column("Done", (DONE.id, WONT_DO.id)),
)
LIMITED = (*COLUMNS[:2], replace(COLUMNS[2], most=2), COLUMNS[3])
"""Of the Kanban board."""

TRANSITIONS = {
    edge.id: edge
    for edge in (
        Transition("11", "Start work", TO_DO.id, IN_PROGRESS.id),
        Transition("21", "Put back", IN_PROGRESS.id, TO_DO.id),
        Transition("31", "Ask for review", IN_PROGRESS.id, IN_REVIEW.id),
        Transition("32", "Finish without review", IN_PROGRESS.id, DONE.id, asks_resolution=True),
        Transition("41", "Ask for changes", IN_REVIEW.id, IN_PROGRESS.id),
        Transition("42", "Approve", IN_REVIEW.id, DONE.id, asks_resolution=True),
        Transition("51", "Won't do", TO_DO.id, WONT_DO.id, asks_resolution=True),
        Transition("52", "Drop", IN_PROGRESS.id, WONT_DO.id, asks_resolution=True),
        Transition("61", "Reopen", DONE.id, IN_PROGRESS.id),
        Transition("62", "Reconsider", WONT_DO.id, TO_DO.id),
    )
}

RESOLVED = Named("10000", "Done", "Work has been completed on this issue.")
DROPPED = Named("10001", "Won't Do", "This issue won't be actioned.")
DUPLICATE = Named("10002", "Duplicate", "The problem is a duplicate of an existing issue.")
RESOLUTIONS = {resolution.id: resolution for resolution in (RESOLVED, DROPPED, DUPLICATE)}

PRIORITIES = {
    priority.id: priority
    for priority in (
        Named("1", "Highest"),
        Named("2", "High"),
        Named("3", "Medium"),
        Named("4", "Low"),
        Named("5", "Lowest"),
    )
}
MEDIUM = PRIORITIES["3"]

EPIC = IssueType("10000", "Epic", "A big user story that needs to be broken down.", 1)
STORY = IssueType("10001", "Story", "Functionality or a feature expressed as a user goal.", 0)
TASK = IssueType("10002", "Task", "A small, distinct piece of work.", 0)
BUG = IssueType("10004", "Bug", "A problem or error.", 0)
SUBTASK = IssueType("10003", "Sub-task", "A small piece of work that's part of a larger task.", -1)
ISSUE_TYPES = {kind.id: kind for kind in (EPIC, STORY, TASK, BUG, SUBTASK)}

LINK_TYPES = (
    LinkType("10000", "Blocks", "blocks", "is blocked by"),
    LinkType("10001", "Cloners", "clones", "is cloned by"),
    LinkType("10002", "Duplicate", "duplicates", "is duplicated by"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)

SPRINT_FIELD = "customfield_10020"
POINTS_FIELD = "customfield_10034"
RANK_FIELD = "customfield_10019"
FLAGGED_FIELD = "customfield_10021"
IMPEDIMENT = "10019"
"""The id of the only option of Flagged."""

_FLOAT = "com.atlassian.jira.plugin.system.customfieldtypes:float"
_CHECKBOXES = "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"
_GREENHOPPER = "com.pyxis.greenhopper.jira"

CUSTOM_FIELDS = (
    CustomField(
        SPRINT_FIELD,
        "Sprint",
        {"type": "array", "items": "json", "custom": f"{_GREENHOPPER}:gh-sprint"},
        "sprint",
    ),
    CustomField(RANK_FIELD, "Rank", {"type": "any", "custom": f"{_GREENHOPPER}:gh-lexo-rank"}, "rank"),
    CustomField(
        FLAGGED_FIELD, "Flagged", {"type": "array", "items": "option", "custom": _CHECKBOXES}, "flagged"
    ),
    CustomField(POINTS_FIELD, "Story Points", {"type": "number", "custom": _FLOAT}, "points"),
)
EPIC_FIELDS = (
    CustomField(
        "customfield_10014", "Epic Link", {"type": "any", "custom": f"{_GREENHOPPER}:gh-epic-link"}, "epic"
    ),
    CustomField(
        "customfield_10011",
        "Epic Name",
        {"type": "string", "custom": f"{_GREENHOPPER}:gh-epic-label"},
        "epic name",
    ),
)
"""Where Data Center keeps what `parent` is on Cloud."""

SYSTEM_FIELDS = {
    "summary": ("Summary", {"type": "string"}),
    "issuetype": ("Issue Type", {"type": "issuetype"}),
    "project": ("Project", {"type": "project"}),
    "status": ("Status", {"type": "status"}),
    "priority": ("Priority", {"type": "priority"}),
    "resolution": ("Resolution", {"type": "resolution"}),
    "resolutiondate": ("Resolved", {"type": "datetime"}),
    "created": ("Created", {"type": "datetime"}),
    "updated": ("Updated", {"type": "datetime"}),
    "duedate": ("Due date", {"type": "date"}),
    "assignee": ("Assignee", {"type": "user"}),
    "reporter": ("Reporter", {"type": "user"}),
    "creator": ("Creator", {"type": "user"}),
    "labels": ("Labels", {"type": "array", "items": "string"}),
    "components": ("Components", {"type": "array", "items": "component"}),
    "fixVersions": ("Fix versions", {"type": "array", "items": "version"}),
    "versions": ("Affects versions", {"type": "array", "items": "version"}),
    "description": ("Description", {"type": "string"}),
    "environment": ("Environment", {"type": "string"}),
    "comment": ("Comment", {"type": "comments-page"}),
    "attachment": ("Attachment", {"type": "array", "items": "attachment"}),
    "issuelinks": ("Linked Issues", {"type": "array", "items": "issuelinks"}),
    "subtasks": ("Sub-tasks", {"type": "array", "items": "issuelinks"}),
    "worklog": ("Log Work", {"type": "array", "items": "worklog"}),
    "timetracking": ("Time tracking", {"type": "timetracking"}),
    "timeestimate": ("Remaining Estimate", {"type": "number"}),
    "timeoriginalestimate": ("Original estimate", {"type": "number"}),
    "timespent": ("Time Spent", {"type": "number"}),
    "aggregatetimespent": ("Σ Time Spent", {"type": "number"}),
    "watches": ("Watchers", {"type": "watches"}),
    "votes": ("Votes", {"type": "votes"}),
    "workratio": ("Work Ratio", {"type": "number"}),
    "progress": ("Progress", {"type": "progress"}),
    "aggregateprogress": ("Σ Progress", {"type": "progress"}),
    "lastViewed": ("Last Viewed", {"type": "datetime"}),
    "security": ("Security Level", {"type": "securitylevel"}),
    "parent": ("Parent", {"type": "issuelink"}),
    "statuscategorychangedate": ("Status Category Changed", {"type": "datetime"}),
}


@dataclass(slots=True)
class Catalogue:
    """What a site is set up with. `edges` is its workflow; without any, every status leads to every other."""

    statuses: dict[str, Status] = field(default_factory=dict)
    types: dict[str, IssueType] = field(default_factory=dict)
    priorities: dict[str, Named] = field(default_factory=dict)
    resolutions: dict[str, Named] = field(default_factory=dict)
    link_types: dict[str, LinkType] = field(default_factory=dict)
    fields: dict[str, CustomField] = field(default_factory=dict)
    edges: dict[str, Transition] = field(default_factory=dict)

    def role(self, name: str) -> str | None:
        """The id of the field that has this role here."""
        return next((one.id for one in self.fields.values() if one.role == name), None)

    @property
    def initial(self) -> Status:
        """Where new issues begin: the first status of the first category."""
        return next((one for one in self.statuses.values() if one.category == "new"), TO_DO)

    @property
    def usual_priority(self) -> Named | None:
        found = [*self.priorities.values()]
        return self.priorities.get(MEDIUM.id) or (found[len(found) // 2] if found else None)

    @property
    def resolved(self) -> Named:
        return next(iter(self.resolutions.values()), RESOLVED)

    def ways(self, issue: Issue) -> Iterator[Transition]:
        """The transitions that lead out of an issue's present status."""
        if self.edges:
            yield from (edge for edge in self.edges.values() if edge.source == issue.status.id)
            return
        for status in self.statuses.values():
            if status.id != issue.status.id:
                done = status.category == "done"
                yield Transition(
                    f"1{status.id}", status.name, issue.status.id, status.id, asks_resolution=done
                )


def house_catalogue(more: tuple[CustomField, ...] = ()) -> Catalogue:
    """The set-up of the site with the simulated team."""
    return Catalogue(
        dict(STATUSES),
        dict(ISSUE_TYPES),
        dict(PRIORITIES),
        dict(RESOLUTIONS),
        {kind.id: kind for kind in LINK_TYPES},
        {one.id: one for one in (*CUSTOM_FIELDS, *more)},
        dict(TRANSITIONS),
    )

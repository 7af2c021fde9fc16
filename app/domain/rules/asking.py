"""What an action is given, and what it answers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.comments import CommentBody
from app.domain.effects import Effect
from app.domain.jql.catalogue import Catalogue
from app.domain.jql.memory import Facts
from app.domain.rules.event import Event
from app.domain.rules.field_values import Writer, account_in
from app.domain.rules.findings import WHOLE, Finding, Lacking, Past
from app.domain.rules.texts import as_body
from app.domain.rules.things import Things
from app.domain.scrum.history import in_order
from app.domain.scrum.issue import ASSIGNEE
from app.domain.scrum.person import Person
from app.domain.scrum.sprint import Sprint
from app.errors import NotUnderstood

_KEY = re.compile(r"[A-Z][A-Z0-9_]*-[1-9][0-9]*")
_LONGEST_SUMMARY = 255


@dataclass(frozen=True, slots=True)
class Around:
    """What a decision needs besides the rule and the event.

    Attributes:
        issue: as it was at the instant.
        catalogue: of the site, its `now` the instant.
        past: other issues.
        people: by account id.
        sprints: all of the site, by id.
        leads: account ids by project key.
        own_account: who we are.
        groups: account ids by the folded names of groups.
        roles: account ids by the key of a project and the folded name of a role in it.
        plans: of queries on that site, whatever the instant; see `app.domain.rules.clauses`.
        lacking: what is not whole, by id of issue.
        findings: what queries of rules found of the issue so far.
        shows_answers: whether what servers answered may be explained: where a test of a rule made it up.
    """

    issue: Facts
    catalogue: Catalogue
    past: Past
    base_url: str
    is_cloud: bool
    people: Mapping[str, Person] = field(default_factory=dict)
    sprints: Mapping[int, Sprint] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    own_account: str | None = None
    plans: dict[Any, Any] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    roles: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    lacking: Callable[[str], Lacking] = lambda _: WHOLE
    findings: dict[str, Finding] = field(default_factory=dict)
    shows_answers: bool = False

    @property
    def things(self) -> Things:
        """What the site's lists tell of what fields name."""
        return Things(self.catalogue, self.sprints, self.people)


@dataclass(frozen=True, slots=True)
class Asking:
    """An action being carried out for an issue.

    Attributes:
        action_number: how many effects the decision wants before it.
        render: puts the values into a text.
        render_body: likewise, for what becomes a comment or a long text, which can mention people.
        render_markdown: likewise for Markdown, in which values are shown as they are.
        render_each: likewise; the items where the text is one value that is a list.
        render_address: puts them into an address.
        render_request: puts them into a header or a body; secrets stay names.
    """

    action_number: int
    rule_id: int
    event: Event
    issue: Facts
    around: Around
    render: Callable[[str], str]
    render_body: Callable[[str], str]
    render_markdown: Callable[[str], str]
    render_each: Callable[[str], list[str]]
    render_address: Callable[[str], str]
    render_request: Callable[[str], str]

    @property
    def catalogue(self) -> Catalogue:
        """Of the site."""
        return self.around.catalogue

    @property
    def writer(self) -> Writer:
        """Makes values of fields."""
        around = self.around
        return Writer(self.render, self.render_each, around.is_cloud, around.base_url, self.render_body)

    def body(self, text: str) -> CommentBody:
        """A rendered body, as Jira takes it.

        Raises:
            TemplateRefused: it is longer than Jira takes.
        """
        return as_body(text, is_cloud=self.around.is_cloud, base_url=self.around.base_url)


@dataclass(frozen=True, slots=True)
class Wish:
    """An effect, or why there is none.

    Attributes:
        key: where an effect of one key is wanted only once ever; else it is made of the event.
        said: for the explanation.
    """

    effect: Effect | None
    note: str = ""
    key: str | None = None
    said: Mapping[str, Any] = field(default_factory=dict)


def person(wanted: str, asking: Asking) -> str | None:  # noqa: PLR0911 - one for each word
    """Account id; None where it is nobody, or not known."""
    match wanted:
        case "nobody":
            return None
        case "initiator":
            return asking.event.author
        case "reporter" | "creator" | "assignee":
            return account_in(asking.issue, wanted)
        case "lead":
            return asking.around.leads.get(asking.issue.project_key)
        case "commenter":
            return commenter_of(asking.event)
        case "previous":
            before = [change.before for change in changes_of(asking, ASSIGNEE) if change.before]
            return before[-1] if before else None
        case account:
            return account


def commenter_of(event: Event) -> str | None:
    """Who wrote the comment that an event is about; None where it is about none."""
    return None if event.comment is None else event.comment.get("author")


def changes_of(asking: Asking, field_id: str) -> list[Any]:
    """Of one field, oldest first."""
    return sorted((one for one in asking.issue.changes if one.field == field_id), key=in_order)


def key_in(text: str | None, asking: Asking) -> str | None:
    """The key of an issue in a text.

    Raises:
        NotUnderstood: it is none.
    """
    if text is None:
        return None
    key = asking.render(text).strip()
    if not _KEY.fullmatch(key):
        raise NotUnderstood(f"{key!r} is no key of an issue.", field="/actions")
    return key


def mark_of(asking: Asking, number: int = 0) -> str:
    """Tells what this action makes, from all that rules ever make.

    Args:
        asking: the action.
        number: of several that it makes.
    """
    place = asking.action_number + number
    return f"rule:{asking.rule_id}:{asking.event.issue_id}:{asking.event.key}:{place}"


def one_line(text: str) -> str:
    """A summary: without line breaks, and not longer than Jira takes."""
    return " ".join(text.split())[:_LONGEST_SUMMARY]

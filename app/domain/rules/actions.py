"""What each kind of action wants for an issue: effects, or a note why there is nothing to do. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app.domain.comments import Audience, LivingComment
from app.domain.effects import (
    CreateIssue,
    LinkIssues,
    MoveToSprint,
    SetIssueProperty,
    TransitionIssue,
    WatchIssue,
    WebRequest,
)
from app.domain.jql.plan import folded
from app.domain.rules import action_parts as parts
from app.domain.rules import sprint_actions, sprint_parts, tidy_parts, tidying, work_actions, work_parts
from app.domain.rules.action_parts import (
    Action,
    Create,
    CreateSubtasks,
    Link,
    Transition,
)
from app.domain.rules.asking import Asking, Wish, key_in, mark_of, one_line, person
from app.domain.rules.assign_parts import Assign
from app.domain.rules.assigning import assign
from app.domain.rules.comment_parts import Comment
from app.domain.rules.copy_parts import CopyFields
from app.domain.rules.copying import copy_fields
from app.domain.rules.edit_parts import Edit
from app.domain.rules.field_values import edit_of, set_of
from app.domain.rules.mentions import plain
from app.domain.rules.work_parts import SetProperty, Watch
from app.domain.scrum.from_jira import read_sprint_field
from app.errors import NotUnderstood

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def wishes(action: Action, asking: Asking) -> Iterator[Wish]:
    """What the action wants.

    Raises:
        NotUnderstood: it names what the site or the issue does not have.
        TemplateRefused: a text cannot be rendered.
    """
    if isinstance(action, CreateSubtasks):
        yield from _create_subtasks(action, asking)
    elif isinstance(action, work_parts.ReleaseVersion):
        yield from work_actions.release_version(action, asking)
    elif isinstance(action, work_parts.Message):
        yield from work_actions.message(action, asking)
    elif isinstance(action, Watch):
        yield from _watch(action, asking)
    else:
        yield _OF[type(action)](action, asking)


def _create_subtasks(action: CreateSubtasks, asking: Asking) -> Iterator[Wish]:
    for number, summary in enumerate(action.summaries):
        one = Create(
            type="create", issue_type=action.issue_type, summary=summary, set={}, parent=asking.issue.key
        )
        yield _create(one, asking, number)


def _edit(action: Edit, asking: Asking) -> Wish:
    edit = edit_of(action, asking.issue, asking.catalogue, asking.writer)
    return Wish(edit, "The fields hold these values already.")


def _ask(action: parts.WebRequest, asking: Asking) -> Wish:
    headers = {name: _in_a_line(asking.render_request(each)) for name, each in action.headers.items()}
    body = "" if action.body is None else json.dumps(_rendered(action.body, asking.render_request))
    url = asking.render_address(action.url)
    effect = WebRequest(asking.issue.key, action.method, url, headers, body, action.accept)
    return Wish(effect)


def _in_a_line(text: str) -> str:
    """A line break would end a header, and no other sign of control can stand in one."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _set_property(action: SetProperty, asking: Asking) -> Wish:
    value = _rendered(action.value, asking.render)
    return Wish(SetIssueProperty(asking.issue.key, action.key, value))


def _comment(action: Comment, asking: Asking) -> Wish:
    text = asking.render_body(action.text)
    if not text.strip():
        return Wish(None, "The text is empty; nothing is written.")
    marker = f"rule:{asking.rule_id}" + (f":{action.name}" if action.name else "")
    key = None
    if action.mode == "each":
        marker = f"{marker}:{asking.event.key}:{asking.action_number}"
    elif action.mode == "once":
        key = f"{marker}:once:{asking.issue.id}"
    readers = action.visible_to
    audience = None if readers is None else Audience(*readers.who)
    comment = LivingComment(
        asking.issue.key, marker, asking.body(text), audience=audience, internal=action.internal
    )
    for_whom = {"for": " ".join(readers.who)} if readers else {"for": "agents"} if action.internal else {}
    return Wish(comment, key=key, said={"says": plain(text), **for_whom})


def _transition(action: Transition, asking: Asking) -> Wish:
    to = action.to
    statuses = asking.catalogue.statuses
    ids = tuple(one.id for one in statuses if to == one.id or folded(one.name) == folded(to))
    if not ids:
        raise NotUnderstood(f"There is no status {to!r}.", field="/actions")
    if asking.issue.status_id in ids:
        return Wish(None, f"The issue is in {to} already.")
    fields, comment = set_of(action.set, asking.catalogue, asking.writer), None
    said: dict[str, Any] = {"to": to} | ({"fields": sorted(fields)} if fields else {})
    if action.comment is not None and (text := asking.render_body(action.comment)).strip():
        comment, said["says"] = asking.body(text), plain(text)
    return Wish(TransitionIssue(asking.issue.key, ids, fields=fields, comment=comment), said=said)


def _link(action: Link, asking: Asking) -> Wish:
    other = key_in(action.to, asking)
    assert other is not None
    ends = (asking.issue.key, other) if action.direction == "outward" else (other, asking.issue.key)
    return Wish(LinkIssues(ends[0], action.link_type, ends[1]))


def _create(action: Create, asking: Asking, number: int = 0) -> Wish:
    fields = set_of(action.set, asking.catalogue, asking.writer)
    summary = one_line(asking.render(action.summary))
    if not summary:
        return Wish(None, "The summary is empty; nothing is created.")
    fields |= {
        "project": {"key": action.project or asking.issue.project_key},
        "issuetype": {"name": action.issue_type},
        "summary": summary,
    }
    if action.parent is not None:
        fields["parent"] = {"key": key_in(action.parent, asking)}
    is_inward = action.direction == "inward"
    effect = CreateIssue(asking.issue.key, fields, mark_of(asking, number), action.link_type, is_inward)
    return Wish(effect, said={"summary": summary})


def _sprint(action: parts.MoveToSprint, asking: Asking) -> Wish:
    to = action.to
    field_id = asking.catalogue.sprint_field
    there = read_sprint_field(asking.issue.fields.get(field_id)) if field_id else frozenset()
    sprints = {one.id: one for one in asking.catalogue.sprints}
    open_ones = {each for each in there if str(each) in sprints and sprints[str(each)].group != "closed"}
    if folded(to) == "backlog":
        if not open_ones:
            return Wish(None, "The issue is in no open sprint.")
        return Wish(MoveToSprint(asking.issue.key, None), said={"to": to})
    found = [
        one
        for one in sprints.values()
        if one.group != "closed"
        and (
            one.group == "active"
            if folded(to) == "active"
            else to == one.id or folded(one.name) == folded(to)
        )
    ]
    if len(found) != 1:
        names = ", ".join(f"{one.name} ({one.id})" for one in found)
        fault = f"Several sprints are meant by {to!r}: {names}. Name one by its id."
        raise NotUnderstood(fault if found else f"No open sprint is meant by {to!r}.", field="/actions")
    if int(found[0].id) in open_ones:
        return Wish(None, f"The issue is in {found[0].name} already.")
    return Wish(MoveToSprint(asking.issue.key, int(found[0].id)), said={"to": found[0].name})


def _watch(action: Watch, asking: Asking) -> Iterator[Wish]:
    """Of several each once."""
    given = [action.who] if isinstance(action.who, str) else action.who
    meant = dict.fromkeys(each.strip() for text in given for each in asking.render_each(text))
    told: set[str] = set()
    for one in meant:
        account = person(one, asking)
        if account is None:
            yield Wish(None, f"Jira does not say who is meant by {one!r}.")
        elif account not in told:
            told.add(account)
            effect = WatchIssue(asking.issue.key, account, action.type == "watch")
            yield Wish(effect, said={"who": one})
    if not meant:
        yield Wish(None, "Nobody is meant.")


def _rendered(value: Any, render: Callable[[str], str]) -> Any:
    """A value with all texts in it rendered."""
    if isinstance(value, str):
        return render(value)
    if isinstance(value, Mapping):
        return {str(name): _rendered(each, render) for name, each in value.items()}
    return [_rendered(each, render) for each in value] if isinstance(value, list) else value


_OF: Mapping[type, Callable[[Any, Asking], Wish]] = {
    Comment: _comment,
    Edit: _edit,
    Transition: _transition,
    Assign: assign,
    CopyFields: copy_fields,
    Link: _link,
    Create: _create,
    parts.MoveToSprint: _sprint,
    tidy_parts.Rank: tidying.rank,
    tidy_parts.Unlink: tidying.unlink,
    tidy_parts.DeleteComment: tidying.delete_comment,
    tidy_parts.CreateVersion: tidying.create_version,
    sprint_parts.CreateSprint: sprint_actions.create_sprint,
    sprint_parts.StartSprint: sprint_actions.start_sprint,
    sprint_parts.CompleteSprint: sprint_actions.complete_sprint,
    SetProperty: _set_property,
    parts.WebRequest: _ask,
    work_parts.LogWork: work_actions.log_work,
    work_parts.Clone: work_actions.clone,
    work_parts.Notify: work_actions.notify,
}

"""What actions want that take something back or put it in order. Pure."""

from datetime import date

from app.domain.effects import RankIssue
from app.domain.jql.parser import parse
from app.domain.jql.plan import folded
from app.domain.jql.printing import printed
from app.domain.rule_effects import CreateVersion, RankAtEnd, TakeCommentBack, UnlinkIssues
from app.domain.rules import tidy_parts as parts
from app.domain.rules.asking import Asking, Wish, key_in, one_line
from app.errors import NotUnderstood


def rank(action: parts.Rank, asking: Asking) -> Wish:
    """Next to another issue, or at an end."""
    if action.to is None:
        before, after = key_in(action.before, asking), key_in(action.after, asking)
        return Wish(RankIssue(asking.issue.key, before, after))
    if action.jql is None:
        jql = f'project = "{asking.issue.project_key}" AND statusCategory != Done'
    else:
        where = parse(action.jql).where
        jql = "" if where is None else printed(where)
    return Wish(RankAtEnd(asking.issue.key, action.to, jql), said={"to": action.to})


def unlink(action: parts.Unlink, asking: Asking) -> Wish:
    """Those links that the issue has."""
    other = key_in(action.to, asking)
    linked = [each.key for each in asking.around.past.around(asking.issue, "linked", action.link_type)]
    gone = [key for key in linked if other in {None, key}]
    if not gone:
        return Wish(None, "It has no such link.")
    return Wish(UnlinkIssues(asking.issue.key, action.link_type, other), said={"issues": gone})


def delete_comment(action: parts.DeleteComment, asking: Asking) -> Wish:
    """Whether it stands is seen when it is carried out."""
    marker = f"rule:{asking.rule_id}" + (f":{action.name}" if action.name else "")
    return Wish(TakeCommentBack(asking.issue.key, marker))


def create_version(action: parts.CreateVersion, asking: Asking) -> Wish:
    """In the project that is named, or that the issue was in."""
    name = one_line(asking.render(action.name))
    if not name:
        return Wish(None, "The name is empty; no version is created.")
    key = action.project or asking.issue.project_key
    project = next((each.id for each in asking.catalogue.projects if each.key == key), None)
    if action.project is None:
        project = project or asking.issue.project_id
    if project is None:
        raise NotUnderstood(f"The project {key} is not in the store.", field="/actions")
    there = (each for each in asking.catalogue.releases if each.project_id == project)
    if any(folded(each.name) == folded(name) for each in there):
        return Wish(None, f"The project has a version {name} already.")
    effect = CreateVersion(
        asking.issue.key,
        project,
        name,
        asking.render(action.description) if action.description is not None else "",
        _day(action.start, asking),
        _day(action.release, asking),
    )
    return Wish(effect, said={"version": name})


def _day(text: str | None, asking: Asking) -> date | None:
    said = "" if text is None else asking.render(text).strip()
    try:
        return date.fromisoformat(said[:10]) if said else None
    except ValueError:
        raise NotUnderstood(f"{said!r} is no day; write it like 2026-11-30.", field="/actions") from None

"""What actions want that log work, copy issues, release versions and send mails. Pure."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from zlib import crc32

from app.domain.effects import Announcement, CreateIssue, LogWork, Notify, ReleaseVersion
from app.domain.jql.plan import folded
from app.domain.rules import work_parts as parts
from app.domain.rules.asking import Asking, Wish, mark_of, one_line, person
from app.domain.rules.copying import copied
from app.domain.rules.field_values import set_of, shape_of
from app.errors import NotUnderstood

_ROLES = ("reporter", "assignee", "watchers", "voters")
_COPIED = ("description", "priority", "labels", "components", "duedate", "parent")
_LONGEST_SUBJECT = 255


def log_work(action: parts.LogWork, asking: Asking) -> Wish:
    """Work that is logged began at the event; its milliseconds tell it from our other worklogs."""
    spent = " ".join(asking.render(action.time).split())
    if not parts.SPENT.fullmatch(spent):
        raise NotUnderstood(f"{spent!r} is no time spent; write it like 1h 30m.", field="/actions")
    apart = timedelta(milliseconds=crc32(mark_of(asking).encode()) % 1000)
    started = asking.event.at.replace(microsecond=0) + apart
    text = asking.render_body(action.text) if action.text is not None else ""
    body = asking.body(text) if text.strip() else None
    return Wish(LogWork(asking.issue.key, spent, started, body), said={"time": spent})


def clone(action: parts.Clone, asking: Asking) -> Wish:
    """A copy of the issue as it was at the event."""
    issue, fields = asking.issue, dict[str, Any]()
    for name in action.copy_fields or _COPIED:
        shape = shape_of(name, asking.catalogue)
        value = copied(issue.fields.get(shape.field), shape, asking.around)
        if value not in (None, "", []):
            fields[shape.field] = value
    fields |= set_of(action.set, asking.catalogue, asking.writer)
    summary = one_line(asking.render(action.summary))
    if not summary:
        return Wish(None, "The summary is empty; nothing is created.")
    kind = issue.fields.get("issuetype")
    fields |= {
        "project": {"key": action.project or issue.project_key},
        "issuetype": {"name": kind["name"]} if isinstance(kind, Mapping) and kind.get("name") else None,
        "summary": summary,
    }
    # The copy clones the issue, so it is the issue that shows the inward words.
    effect = CreateIssue(issue.key, fields, mark_of(asking), action.link_type, is_inward=True)
    return Wish(effect, said={"summary": summary})


def release_version(action: parts.ReleaseVersion, asking: Asking) -> Iterator[Wish]:
    """One effect for each version; whether it is released already, is seen when it is carried out."""
    wanted = None if action.version is None else folded(asking.render(action.version).strip())
    fixed = [each for each in asking.issue.fields.get("fixVersions") or () if isinstance(each, Mapping)]
    found = [each for each in fixed if wanted in {None, folded(str(each.get("name") or ""))}]
    if not found:
        yield Wish(None, "The issue fixes no such version.")
    for each in found:
        effect = ReleaseVersion(asking.issue.key, str(each["id"]), asking.event.at.date())
        yield Wish(effect, said={"version": str(each.get("name") or each["id"])})


def message(action: parts.Message, asking: Asking) -> Iterator[Wish]:
    """One effect for each channel: one that is silent holds up no other."""
    text = asking.render_markdown(action.text)
    if not text.strip():
        yield Wish(None, "The text is empty; nobody is told.")
        return
    title = one_line(asking.render(action.title))
    for channel in dict.fromkeys(action.channels):
        effect = Announcement(asking.issue.key, channel, title, text)
        yield Wish(effect, said={"channel": channel, "title": title})


def notify(action: parts.Notify, asking: Asking) -> Wish:
    """A mail to whoever is meant; nobody is told twice."""
    roles: list[str] = []
    accounts: list[str] = []
    for each in action.to:
        who = asking.render(each).strip()
        if who in _ROLES:
            roles.append(who)
        elif account := person(who, asking):
            accounts.append(account)
    if not (roles or accounts or action.groups):
        return Wish(None, "Jira does not say who is meant; nobody is told.")
    text = asking.render(action.text)
    if not text.strip():
        return Wish(None, "The text is empty; nobody is told.")
    subject = one_line(asking.render(action.subject))[:_LONGEST_SUBJECT]
    effect = Notify(
        asking.issue.key,
        subject,
        text,
        tuple(dict.fromkeys(roles)),
        tuple(dict.fromkeys(accounts)),
        tuple(dict.fromkeys(action.groups)),
    )
    return Wish(effect, said={"to": [*effect.roles, *effect.accounts, *effect.groups]})

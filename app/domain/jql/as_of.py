"""An issue as it was at an instant: its present state with every later change taken back, newest first."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.jql.memory import Facts
from app.domain.jql.plan import Kind, Subject
from app.domain.scrum.history import in_order
from app.domain.scrum.issue import Change
from app.domain.scrum.numbers import number_said

_LIST = re.compile(r"\[(.*)\]", re.DOTALL)
_OPTIONS = re.compile(r"(?:Parent|Level \d+) values: (.*?)\((\d+)\)(?=Level \d+ values: |$)", re.DOTALL)
"""A cascading select, as changelogs write it: "Parent values: Europe(10020)Level 1 values: Berlin(10021)"."""


def as_of(
    issue: Facts, at: datetime, subjects: Mapping[str, Subject], *, last: int | None = None
) -> Facts | None:
    """The issue at that instant; None before it was created.

    What no changelog tells (who voted, comments) stays as it is. `resolved` is the last change of the
    resolution, `updated` the last change of anything.

    Args:
        issue: as it is, with its whole history.
        at: a change at exactly that instant has already happened.
        subjects: the fields of the site by each name that changelogs write them under.
        last: of the entries of exactly that instant, this one (by its history id) was the last so far; all of
            them where it is left out.
    """
    if issue.created > at:
        return None
    changes = sorted(issue.changes, key=in_order)
    past = tuple(
        change
        for change in changes
        if change.at < at or (change.at == at and (last is None or change.history_id <= last))
    )
    fields = dict(issue.fields)
    found = issue
    for change in reversed(changes[len(past) :]):
        subject = subjects.get(change.field)
        if change.field == "Key" and change.before_text:
            key = change.before_text
            found = replace(found, key=key, project_key=key.rpartition("-")[0])
        elif change.field == "summary":
            fields["summary"] = change.before_text or ""
            found = replace(found, summary=fields["summary"])
        elif subject is not None:
            fields[subject.field] = _before(subject, fields.get(subject.field), change)
    if changes and "resolution" in {change.field for change in changes[len(past) :]}:
        fields["resolutiondate"] = _resolved(past) if fields.get("resolution") else None
    status = fields.get("status")
    status_id = status["id"] if isinstance(status, dict) else issue.status_id
    updated = past[-1].at if past else issue.created
    if len(past) == len(changes) and issue.updated <= at:
        updated = issue.updated
    return replace(found, status_id=status_id, updated=updated, fields=fields, changes=past)


def _is(value: Any, ids: str | None, text: str | None) -> bool:
    """Whether a version or component is the one of a change; apps write some as their names alone."""
    return str(value.get("id")) == ids if isinstance(value, Mapping) else value is not None and value == text


def _resolved(past: tuple[Change, ...]) -> str | None:
    instants = [change.at for change in past if change.field == "resolution"]
    return instants[-1].isoformat() if instants else None


def _before(subject: Subject, value: Any, change: Change) -> Any:  # noqa: PLR0911 - one for each shape
    """The value of the field before a change, as Jira's documents write it."""
    ids, text = change.before, change.before_text
    if subject.comes_singly:
        there = value if isinstance(value, list) else []
        kept = [each for each in there if not _is(each, change.after, change.after_text)]
        return [*kept, {"id": ids, "name": text}] if ids else kept
    if not (ids or text):
        return None
    if subject.kind is Kind.NUMBER:
        said = number_said(text or ids or "")
        return None if said is None else float(said)
    if subject.kind in {Kind.TEXT, Kind.INSTANT, Kind.DATE}:
        return text if subject.kind is Kind.TEXT else ids or text
    if subject.listed == ",":
        return [{"id": each.strip()} for each in (ids or "").split(",") if each.strip()]
    if subject.listed:
        return (text or "").split(subject.listed)
    if subject.is_cascade and (options := [_option(*one) for one in _OPTIONS.findall(text or ids or "")]):
        return {**options[0], "child": options[1]} if options[1:] else options[0]
    if inside := _LIST.fullmatch(ids or ""):
        return _listed(inside[1], text or "")
    return _thing(ids, text)


def _option(name: str, number: str) -> dict[str, str]:
    return {"id": number, "value": name}


def _listed(ids: str, text: str) -> list[dict[str, Any]]:
    """Of a field that holds several; names that hold commas themselves cannot be told apart."""
    numbers = [each.strip() for each in ids.split(",") if each.strip()]
    said = _LIST.fullmatch(text)
    names: list[str | None] = [each.strip() for each in (said[1] if said else text).split(",")]
    if len(names) != len(numbers):
        names = [text] if len(numbers) == 1 else [None] * len(numbers)
    return [_thing(number, name) for number, name in zip(numbers, names, strict=True)]


def _thing(ids: str | None, text: str | None) -> dict[str, Any]:
    return {"id": ids, "accountId": ids, "name": text, "displayName": text, "value": text, "key": text}

"""Actions of Jira Automation: each one of ours, or unknown."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.domain.rules.automation.conditions import query_with_values
from app.domain.rules.automation.edits import edits, field_of, whole
from app.domain.rules.automation.mustache import translated
from app.domain.rules.automation.requests import BY_HAND, WEB_REQUEST, Made, ask, json_of
from app.domain.rules.automation.told import (
    Known,
    UnknownError,
    items,
    literal,
    mapping,
    only,
    reference,
    shown,
    strange,
    text,
)
from app.domain.rules.smart_values import LOOKED_UP

_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|&[a-z]+;")
_QUIET = "sendNotifications useLegacyRendering"
_WHO = {
    **{
        f"{{{{{root}{each}{end}}}}}": each
        for each in ("reporter", "creator")
        for root in ("", "issue.")
        for end in ("", ".accountId")
    },
    "{{initiator}}": "initiator",
    "{{initiator.accountId}}": "initiator",
}
_MENTIONED = re.compile(r"\[~accountid:\{\{ ([a-zA-Z.]+)\.accountId(?: \| default\(\"\"\))? \}\}\]")
_ACCOUNT_MENTIONED = re.compile(r"\[~accountid:([\w:-]+)\]")
_PERSON = re.compile(r"\{\{(issue|triggerIssue)\.(?:fields\.)?(customfield_\d+)\.accountId\}\}")
"""Whom a field of the site holds."""
_INSTEAD = {
    "slack.notification": "Use `message` with a channel of the settings.",
    "msteams.notification": "Use `message` with a channel of the settings.",
    "jira.issue.clone": "Use `clone`, and name the fields that are to be copied.",
    "jira.issue.delete.link": "Use `unlink` with `link_type` or `to`.",
    "jira.sprint.create": "Use `create_sprint`, and name the board.",
    **dict.fromkeys(
        (
            "jira.issue.delete",
            "jira.issue.delete.comment",
            "jira.issue.deleteattachment",
        ),
        "Burnish deletes nothing of people; leave it to a rule of Jira's own.",
    ),
    "jira.issue.refresh.issue": "Not needed: a rule sees the issue as it was at the instant of the event.",
}


def action(component: Mapping[str, Any], known: Known) -> Made:
    """Our action.

    Raises:
        UnknownError: we have none such.
    """
    kind = component.get("type")
    made = _OF.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise UnknownError(f"Does {kind}: {shown(component.get('value'))}", _INSTEAD.get(str(kind), BY_HAND))
    if component.get("children") or component.get("conditions"):
        raise UnknownError(f"Parts stand below it: {shown(component)}", BY_HAND)
    return made(component.get("value"), known)


def _log(value: Any, known: Known) -> Made:  # noqa: ARG001 - as all of them
    return {"type": "log", "text": translated(value)}


def _comment(value: Any, known: Known) -> Made:
    found = mapping(value)
    only(found, known=f"{_QUIET} comment addCommentOnce publicComment", empty="commentVisibility visibility")
    made: Made = {"type": "comment", "text": _mentioned(translated(found.get("comment")))}
    if found.get("addCommentOnce") is True:
        made["mode"] = "once"
    if found.get("publicComment") is False and known.has_service_projects:
        made["internal"] = True
    return made


def _mentioned(said: str) -> str:
    """Jira's own notation for mentions, which is no markup in our texts."""
    said = _MENTIONED.sub(r"{{ \1 | mention }}", said)
    return _ACCOUNT_MENTIONED.sub(r'{{ "\1" | mention }}', said)


def _edit(value: Any, known: Known) -> Made:
    found = mapping(value)
    only(found, known=f"{_QUIET} operations", empty="advancedFields")
    return {"type": "edit", **edits(found.get("operations"), known)}


def _transition(value: Any, known: Known) -> Made:
    found = mapping(value)
    quiet = f"{_QUIET} destinationStatus ignoreConditions"
    rest = {name: held for name, held in found.items() if (name, held) != ("transitionMode", "status")}
    only(rest, known=f"{quiet} operations", empty="advancedFields transitionMatch transitionMode")
    made: Made = {"type": "transition", "to": reference(found.get("destinationStatus"))[1]}
    fields = edits(found.get("operations"), known)
    if fields.keys() - {"set", "clear"}:  # a screen takes whole values
        raise strange(value)
    given = {**fields.get("set", {}), **dict.fromkeys(fields.get("clear", ()))}
    return {**made, "set": given} if given else made


def _assign(value: Any, known: Known) -> Made:  # noqa: ARG001
    found = mapping(value)
    rest = "itsmOpsOncall jql issueToCopy fieldToCopy listAssignMethod restrictedToGroup group role"
    how = found.get("assignType")
    mine, other = ("smartValue", "assignee") if how == "SMART_VALUE" else ("assignee", "smartValue")
    only(found, known=f"{_QUIET} assignType {mine}", empty=f"{other} {rest} excludedUsers userList")
    match how:
        case "UNASSIGN" | "UNASSIGNED":
            return {"type": "assign", "to": "nobody"}
        case "AUTOMATIC":
            return {"type": "assign", "to": "automatic"}
        case "SPECIFY_USER":
            return {"type": "assign", "to": _who(mapping(found.get("assignee")))}
        case "SMART_VALUE":
            return {"type": "assign", "to": _who({"type": "SMART", "value": found.get("smartValue")})}
    raise strange(value)


def _who(value: Mapping[str, Any]) -> str:
    if value.get("type") == "SMART":
        said = re.sub(r"\s", "", text(value.get("value")))
        if (field := _PERSON.fullmatch(said)) is not None:
            return f'{{{{ {field[1]}["{field[2]}"].accountId | default("") }}}}'
        if (who := _WHO.get(said)) is None:
            raise strange(value)
        return who
    kind, account = reference(value)
    if kind != "ID":
        raise strange(value)
    return translated(account)


def _link(value: Any, known: Known) -> Made:
    found = mapping(value)
    only(found, known="linkType issue")
    direction, _, identity = text(found.get("linkType")).partition(":")
    if direction not in ("inward", "outward") or identity not in known.link_types:
        raise UnknownError(f"Links by {shown(found.get('linkType'))}.", "Name the link type in `link_type`.")
    issue = mapping(found.get("issue"))
    if (issue.get("type"), issue.get("value")) == ("COPY", "trigger"):
        to = "{{ triggerIssue.key }}"
    elif issue.get("type") in ("SMART", "KEY"):
        to = translated(issue.get("value"))
    else:
        raise strange(value)
    return {"type": "link", "link_type": known.link_types[identity], "to": to, "direction": direction}


def _create(value: Any, known: Known) -> Made:
    found = mapping(value)
    only(found, known=f"{_QUIET} operations", empty="advancedFields")
    made: Made = {"type": "create"}
    rest: list[Any] = []
    for each in items(found.get("operations")):
        operation = mapping(each)
        name, held = field_of(operation, known), operation.get("value")
        if operation.get("type") == "SET" and name in ("project", "issuetype", "summary", "parent"):
            made |= _place(name, held, known)
        elif held not in (None, ""):  # Cloud lists fields that are not set, too
            rest.append(operation)
    fields = edits(rest, known)
    if fields.keys() - {"set"} or not {"issue_type", "summary"} <= made.keys():
        raise strange(value)
    return {**made, **fields}


def _place(name: str, held: Any, known: Known) -> Made:
    """The parts of a new issue that stand by themselves."""
    if name in ("summary", "parent"):
        return {name: whole(name, held)} if isinstance(held, str | Mapping) else {}
    if isinstance(held, Mapping) and held.get("type") == "COPY":
        if name == "project" and held.get("value") == "current":
            return {}
        raise UnknownError(f"Copies the {name}: {shown(held)}", "Name the issue type in `issue_type`.")
    kind, said = ("ID", literal(held)) if isinstance(held, str) else _named(held)
    if name == "project":
        if said not in known.projects:
            raise UnknownError(f"Creates it in the project {said}, which the store does not have.", BY_HAND)
        return {"project": known.projects[said]}
    return {"issue_type": said if kind == "NAME" else _type(said, known)}


def _named(held: Any) -> tuple[str, str]:
    found = {name: each for name, each in mapping(held).items() if name != "additional"}
    return reference(found)


def _type(identity: str, known: Known) -> str:
    if identity not in known.types:
        raise UnknownError(f"The issue type {identity} is not in the store.", "Name it in `issue_type`.")
    return known.types[identity]


def _subtasks(value: Any, known: Known) -> Made:
    found = mapping(value)
    only(found, known="subtasks")
    summaries: list[str] = []
    types: set[str] = set()
    for each in items(found.get("subtasks")):
        one = mapping(each)
        only(one, known="id type summary", empty="fields")
        summaries.append(translated(one.get("summary")))
        types.add(_type(literal(one.get("type")), known))
    if len(types) != 1:
        raise strange(value)
    return {"type": "create_subtasks", "issue_type": types.pop(), "summaries": summaries}


def _property(value: Any, known: Known) -> Made:  # noqa: ARG001
    found = mapping(value)
    only(found, known="entityType key value")
    if str(found.get("entityType")).lower() != "issue":
        raise strange(value)
    return {"type": "set_property", "key": literal(found.get("key")), "value": json_of(found.get("value"))}


def _log_work(value: Any, known: Known) -> Made:  # noqa: ARG001
    """Of the moment; the remaining estimate is what Jira makes of it, as there."""
    found = mapping(value)
    only(
        found,
        known="timeSpent dateStarted description adjustEstimate",
        empty="remainingEstimateValue visibility",
    )
    started = mapping(found.get("dateStarted"))
    if started and (started.get("type"), re.sub(r"\s", "", str(started.get("value")))) != (
        "SMART",
        "{{now}}",
    ):
        raise UnknownError(f"Logs work of another day: {shown(started)}", BY_HAND)
    if found.get("adjustEstimate") not in (None, "ADJUST_AUTOMATICALLY"):
        raise UnknownError(f"Changes the estimate so: {shown(found['adjustEstimate'])}", BY_HAND)
    made: Made = {"type": "log_work", "time": translated(found.get("timeSpent"))}
    return {**made, "text": translated(found["description"])} if found.get("description") else made


def _release(value: Any, known: Known) -> Made:  # noqa: ARG001
    """By name; that it is one of the issue's, is told where it is put together."""
    found = mapping(value)
    only(found, known="versionName project overrideReleaseDate", empty="releaseDate")
    if not found.get("versionName"):
        raise UnknownError("Releases the next version, whichever that is.", "Name the version in `version`.")
    return {"type": "release_version", "version": translated(found["versionName"])}


def _create_version(value: Any, known: Known) -> Made:
    """In the project that is named; in the rule's, where that is the present one."""
    found = mapping(value)
    only(found, known="versionName project overrideReleaseDate", empty="releaseDate startDate description")
    return {
        "type": "create_version",
        **(_place("project", found["project"], known) if found.get("project") else {}),
        "name": translated(found.get("versionName")),
    }


def _variable(value: Any, known: Known) -> Made:  # noqa: ARG001
    name, said = _custom(value, "SMART")
    # A comment or a name of a person may be empty; so may a variable.
    return {"type": "create_variable", "name": name, "value": translated(said) if said else ""}


def _lookup(value: Any, known: Known) -> Made:  # noqa: ARG001
    name, jql = _custom(value, "JQL")
    if name != LOOKED_UP:
        raise UnknownError(f"Calls what it finds {name!r}.", f"Here it is always called {LOOKED_UP}.")
    return {"type": "lookup_issues", "jql": query_with_values(jql)}


def _custom(value: Any, kind: str) -> tuple[str, Any]:
    """The name of a value that a rule makes, and of what."""
    found = mapping(value)
    only(found, known="id name type query", empty="lazy")
    name, made = mapping(found.get("name")), mapping(found.get("query"))
    only(name, known="type value")
    only(made, known="type value")
    if found.get("type") != kind or name.get("type") != "FREE" or made.get("type") != "SMART":
        raise strange(value)
    return literal(name.get("value")), made.get("value")


def _mail(value: Any, known: Known) -> Made:  # noqa: ARG001
    """To people whom Jira knows: it sends no mail to a bare address."""
    found = mapping(value)
    known_keys = "to cc subject body mimeType convertLineBreaks"
    only(found, known=known_keys, empty="fromName replyTo from bcc sendSeparateEmails")
    body = text(found.get("body"))
    if _HTML.search(body):
        raise UnknownError("The mail is written in HTML.", "Write a `notify` with plain text.")
    to = [_recipient(mapping(each)) for each in (*items(found.get("to")), *items(found.get("cc")))]
    made: Made = {"type": "notify", "to": to, "text": translated(body)}
    return {**made, "subject": translated(found["subject"])} if found.get("subject") else made


def _recipient(value: Mapping[str, Any]) -> str:
    kind, who = value.get("type"), value.get("value")
    if kind == "COPY" and who in ("assignee", "reporter", "watchers", "voters", "creator", "initiator"):
        return str(who)
    if kind == "ID" and set(value) == {"type", "value"}:
        return literal(who)
    if kind == "SMART":
        return _who(value)
    raise UnknownError(
        f"Sends a mail to {shown(value)}.",
        "Use `notify` for people and groups of Jira, whatever their addresses.",
    )


_OF: Mapping[str, Callable[[Any, Known], Made]] = {
    "codebarrel.action.log": _log,
    "jira.issue.comment": _comment,
    "jira.issue.edit": _edit,
    "jira.issue.transition": _transition,
    "jira.issue.assign": _assign,
    "jira.issue.link": _link,
    "jira.issue.create": _create,
    "jira.issue.create.subtasks": _subtasks,
    "jira.set.entity.property": _property,
    WEB_REQUEST: ask,
    "jira.worklog.add": _log_work,
    "jira.version.release": _release,
    "jira.version.create": _create_version,
    "jira.issue.outgoing.email": _mail,
    "jira.create.variable": _variable,
    "jira.lookup.issues": _lookup,
}

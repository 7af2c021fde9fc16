"""Actions of Jira Automation: each one of ours, or unknown."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.domain.rules.automation.conditions import query_with_values
from app.domain.rules.automation.edits import edits, field_of, whole
from app.domain.rules.automation.mustache import translated
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

Made = dict[str, Any]
WEB_REQUEST = "jira.issue.outgoing.webhook"
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|&[a-z]+;")
_MADE = re.compile(r"\s*(?:(?:bearer|token)\s+)?\{\{[^{}]+\}\}\s*", re.IGNORECASE)
"""A token that the rule itself was given before."""
_QUIET = "sendNotifications useLegacyRendering"
_BY_HAND = "Write this action by hand."
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
_INSTEAD = {
    "slack.notification": "Use a `web_request` to the incoming webhook of Slack.",
    "msteams.notification": "Use a `web_request` to the incoming webhook of Teams.",
    "jira.issue.clone": "Use `clone`, and name the fields that are to be copied.",
    "jira.issue.log.work": "Use `log_work`.",
    "jira.version.release": "Use `release_version`.",
    "jira.issue.delete.comment": "Burnish deletes nothing of people; leave it to a rule of Jira's own.",
    "jira.issue.delete.attachment": "Burnish deletes nothing of people; leave it to a rule of Jira's own.",
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
        raise UnknownError(f"Does {kind}: {shown(component.get('value'))}", _INSTEAD.get(str(kind), _BY_HAND))
    if component.get("children") or component.get("conditions"):
        raise UnknownError(f"Parts stand below it: {shown(component)}", _BY_HAND)
    return made(component.get("value"), known)


def _log(value: Any, known: Known) -> Made:  # noqa: ARG001 - as all of them
    return {"type": "log", "text": translated(value)}


def _comment(value: Any, known: Known) -> Made:  # noqa: ARG001
    found = mapping(value)
    only(found, known=f"{_QUIET} comment addCommentOnce", empty="publicComment commentVisibility visibility")
    made: Made = {"type": "comment", "text": translated(found.get("comment"))}
    if found.get("addCommentOnce") is True:
        made["mode"] = "once"
    return made


def _edit(value: Any, known: Known) -> Made:
    found = mapping(value)
    only(found, known=f"{_QUIET} operations", empty="advancedFields")
    return {"type": "edit", **edits(found.get("operations"), known)}


def _transition(value: Any, known: Known) -> Made:  # noqa: ARG001
    found = mapping(value)
    quiet = f"{_QUIET} destinationStatus ignoreConditions"
    rest = {name: held for name, held in found.items() if (name, held) != ("transitionMode", "status")}
    only(rest, known=quiet, empty="operations advancedFields transitionMatch transitionMode")
    return {"type": "transition", "to": reference(found.get("destinationStatus"))[1]}


def _assign(value: Any, known: Known) -> Made:  # noqa: ARG001
    found = mapping(value)
    rest = (
        "smartValue itsmOpsOncall jql issueToCopy fieldToCopy listAssignMethod restrictedToGroup group role"
    )
    only(found, known=f"{_QUIET} assignType assignee", empty=f"{rest} excludedUsers userList")
    match found.get("assignType"):
        case "UNASSIGN" | "UNASSIGNED":
            return {"type": "assign", "to": "nobody"}
        case "SPECIFY_USER":
            return {"type": "assign", "to": _who(mapping(found.get("assignee")))}
    raise strange(value)


def _who(value: Mapping[str, Any]) -> str:
    if value.get("type") == "SMART":
        who = _WHO.get(re.sub(r"\s", "", text(value.get("value"))))
        if who is None:
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
            raise UnknownError(f"Creates it in the project {said}, which the store does not have.", _BY_HAND)
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
    return {"type": "set_property", "key": literal(found.get("key")), "value": _json(found.get("value"))}


def _ask(value: Any, known: Known) -> Made:  # noqa: ARG001
    """Whether what follows waits for the answer, is seen where it is put together."""
    found = mapping(value)
    quiet = "url urlSecure headers contentType customBody method responseEnabled continueOnErrorEnabled"
    only(found, known=quiet, empty="sendIssue usedSecretsKeys")
    if found.get("urlSecure") or found.get("contentType") not in ("custom", "empty"):
        raise strange({name: held for name, held in found.items() if name != "url"})
    if found.get("method") not in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        raise UnknownError(f"Asks by {shown(found.get('method'))}.", _BY_HAND)
    made: Made = {"type": "web_request", "method": found["method"], "url": translated(found.get("url"))}
    headers = dict(_header(mapping(each)) for each in items(found.get("headers")))
    if headers := {name: held for name, held in headers.items() if name.lower() != "content-type" and name}:
        made["headers"] = headers
    if found["contentType"] == "custom" and found["method"] != "GET":
        made["body"] = _json(found.get("customBody"))
    return made


def goes_on(component: Mapping[str, Any], made: Made, then: Sequence[Made]) -> Made:
    """A web request with the steps that its rule carries out after it.

    Raises:
        UnknownError: it reads something, and nothing comes of it.
    """
    value = mapping(component.get("value"))
    if then and value.get("responseEnabled") is True:
        accept = {"accept": "any"} if value.get("continueOnErrorEnabled") is True else {}
        return {**made, "then": list(then), **accept}
    if made["method"] == "GET":
        raise UnknownError(
            "Asks by GET, and no step goes on with the answer.", "A rule needs no such request."
        )
    return made


def is_waited_for(component: Any) -> bool:
    """Whether what stands behind it in its list waits for its answer."""
    if not isinstance(component, Mapping) or component.get("type") != WEB_REQUEST:
        return False
    value = component.get("value")
    return isinstance(value, Mapping) and value.get("responseEnabled") is True


def _header(value: Mapping[str, Any]) -> tuple[str, str]:
    """Secrets are not exported, and are not to be in a document anyway: the name is told, never the value."""
    held = value.get("value")
    inner = held if isinstance(held, Mapping) else {"keyOrValue": held}
    name = value.get("name")
    said = inner.get("keyOrValue")
    opens = str(name).lower() == "authorization" and not (isinstance(said, str) and _MADE.fullmatch(said))
    if inner.get("secret") or value.get("headerSecure") or opens:
        raise UnknownError(
            f"Sends a secret in the header {shown(name)}.",
            "Keep it with `burnish secrets set NAME`, and write the `web_request` with {{ secrets.NAME }}.",
        )
    if not isinstance(name, str) or not isinstance(said, str):
        raise UnknownError(f"Sends a header that is not understood: {shown(name)}", _BY_HAND)
    return name, translated(said) if said.strip() else ""


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


def _json(value: Any) -> Any:
    try:
        return _within(json.loads(text(value)))
    except (ValueError, RecursionError) as error:
        raise UnknownError(f"It is no JSON before values are put in: {shown(value)}", _BY_HAND) from error


def _within(value: Any) -> Any:
    if isinstance(value, str):
        return translated(value) if value.strip() else value
    if isinstance(value, Mapping):
        return {name: _within(each) for name, each in value.items()}
    return [_within(each) for each in value] if isinstance(value, list) else value


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
    WEB_REQUEST: _ask,
    "jira.issue.outgoing.email": _mail,
    "jira.create.variable": _variable,
    "jira.lookup.issues": _lookup,
}

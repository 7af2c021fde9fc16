"""Functions of JQL: what they give, or why they cannot be answered here."""

from datetime import datetime
from difflib import get_close_matches

from app.domain.jql import updated_by
from app.domain.jql.cascades import FUNCTION
from app.domain.jql.catalogue import Catalogue
from app.domain.jql.dates import PERIODS, period
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.lists import LISTS, Lists
from app.domain.jql.tree import Call, Value, value

_SPRINTS = {"opensprints": "active", "closedsprints": "closed", "futuresprints": "future"}
_SERVICE_MANAGEMENT = """
approved approver myapproval mypending mypendingapproval pending pendingby pendingapprovalby customerdetail
organizationdetail breached everbreached completed elapsed outdated
paused remaining running withincalendarhours entitlementdetail entitlementproduct
"""
_OF_PERMISSIONS = tuple(
    f"{noun}whereuserhas{what}" for noun in ("projects", "spaces") for what in ("permission", "role")
)
_NOT_HELD = {
    **dict.fromkeys(
        (
            *("issuehistory", "votedissues", "watchedissues", "lastlogin", "currentlogin"),
            *("workitemhistory", "votedworkitems", "watchedworkitems"),
        ),
        "of a person",
    ),
    **dict.fromkeys(_OF_PERMISSIONS, "of permissions"),
    "organizationmembers": "of organizations",
    **dict.fromkeys(
        ("issueswithremotelinksbyglobalid", "workitemswithremotelinksbyglobalid"), "of links to other sites"
    ),
    **dict.fromkeys(_SERVICE_MANAGEMENT.split(), "of Jira Service Management"),
}
_DATES = {f"{side}of{name}": (name, side == "end") for side in ("start", "end") for name in PERIODS}
_SPELLED = """
    currentUser openSprints closedSprints futureSprints startOfDay startOfWeek startOfMonth startOfYear
    endOfDay endOfWeek endOfMonth endOfYear releasedVersions unreleasedVersions latestReleasedVersion
    earliestUnreleasedVersion projectsLeadByUser componentsLeadByUser membersOf standardIssueTypes
    subtaskIssueTypes linkedIssues childIssuesOf
"""
_WRITTEN = {each.lower(): each for each in _SPELLED.split()}
_KNOWN = {"currentuser", "now", *_SPRINTS, *_DATES, *LISTS}


def call(function: Call, catalogue: Catalogue, text: str) -> list[Value]:
    """The values of a function.

    Raises:
        JqlNotUnderstood: no such function, or arguments that it does not take.
        JqlRefused: Jira has it, but the store does not hold what it needs.
    """
    name = function.name.value.lower()
    if name in _NOT_HELD:
        fault = (
            f"{function.name.text}() cannot be answered here: what Jira knows {_NOT_HELD[name]} is not held."
        )
        raise JqlRefused(text, function.position, fault)
    if name == FUNCTION:
        fault = f"{function.name.text}() goes with fields whose options have options below them."
        raise JqlNotUnderstood(text, function.position, fault)
    if name == updated_by.FUNCTION:
        fault = f"{function.name.text}() stands alone behind `issue IN`, not in a list. Write OR."
        raise JqlNotUnderstood(text, function.position, fault)
    if name not in _KNOWN:
        near = [
            _WRITTEN.get(each, each) for each in get_close_matches(name, sorted(_KNOWN | set(_NOT_HELD)), n=3)
        ]
        hint = (
            f" Did you mean {', '.join(f'{each}()' for each in near)}?"
            if near
            else " Functions of apps are answered by Jira only."
        )
        raise JqlNotUnderstood(text, function.position, f"There is no function {function.name.text}().{hint}")
    if name in LISTS:
        return Lists(function, catalogue, text).values()
    most = 1 if name in _DATES else 0
    if len(function.arguments) > most:
        fault = f"{function.name.text}() takes {'at most one argument' if most else 'no arguments'}."
        raise JqlNotUnderstood(text, function.position, fault)
    return _values(name, function, catalogue, text)


def is_function(said: str) -> bool:
    """Whether a word is the name of a function, whose parentheses were left out."""
    return said.lower() in _KNOWN


def _values(name: str, function: Call, catalogue: Catalogue, text: str) -> list[Value]:
    if name in _SPRINTS:
        return [value(each.id) for each in catalogue.sprints if each.group == _SPRINTS[name]]
    if name == "currentuser":
        if catalogue.account is None:
            fault = "currentUser() needs somebody who asks. Say who with --user, or name the person."
            raise JqlRefused(text, function.position, fault)
        return [value(catalogue.account)]
    if name == "now":
        return [_milliseconds(catalogue.now, function)]
    unit, ends = _DATES[name]
    increment = function.arguments[0].value if function.arguments else ""
    found = period(unit, increment, now=catalogue.now, zone=catalogue.zone, ends=ends)
    if found is None:
        fault = f"{increment!r} is no increment. Write it like -1, +2d or -1M."
        raise JqlNotUnderstood(text, function.position, fault)
    return [_milliseconds(found, function)]


def _milliseconds(instant: datetime, function: Call) -> Value:
    """As a query writes an instant exactly; it keeps the place of the function."""
    number = str(round(instant.timestamp() * 1000))
    return Value(number, number, function.position)

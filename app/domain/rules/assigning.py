"""Who gets an issue, and why that person: the same live, tried again, and replayed. Pure.

Chance is drawn from the event, turns from the number of the issue, and what people have to do is counted as
it was at the instant of the event, so nothing has to be remembered from one event to the next.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from app.domain.effects import AssignIssue
from app.domain.jql.parser import parse
from app.domain.jql.plan import folded
from app.domain.jql.printing import printed
from app.domain.jql.words import quoted
from app.domain.rules.asking import Asking, Wish, changes_of, person
from app.domain.rules.assign_parts import Assign
from app.domain.rules.field_values import account_in
from app.domain.rules.findings import READ_LATER
from app.domain.scrum.issue import ASSIGNEE
from app.errors import NotUnderstood

AUTOMATIC = "-1"
"""What Jira takes for whom it assigns new issues of the project to."""
MOST_BALANCED = 100
"""People whose issues are counted for one event."""
_APP = "app"
_LISTED = 10
"""People that an explanation tells of."""


def assign(action: Assign, asking: Asking) -> Wish:
    """The assignment.

    Raises:
        NotUnderstood: who has a role or is in a group is not known, or too many are to be balanced.
        TemplateRefused: a text cannot be rendered.
    """
    if action.to is None:
        return _one_of(action, asking)
    wanted = asking.render(action.to).strip()
    if wanted == "automatic":
        return Wish(AssignIssue(asking.issue.key, AUTOMATIC), said={"to": wanted})
    if wanted == "nobody":
        return _assigned(None, asking, {"to": wanted})
    account, why = _meant(wanted, asking)
    if account is None:
        return Wish(None, why or f"Jira does not say who is meant by {wanted!r}.")
    if not _is_active(account, asking):
        return Wish(None, f"The account of {account}, who is meant by {wanted!r}, is not active.")
    return _assigned(account, asking, {"to": wanted} | ({"why": why} if why else {}))


def _assigned(account: str | None, asking: Asking, said: Mapping[str, Any]) -> Wish:
    if account == account_in(asking.issue, "assignee"):
        return Wish(None, "It is assigned so already." + (f" {said['why']}" if "why" in said else ""))
    return Wish(AssignIssue(asking.issue.key, account), said=said)


def _meant(wanted: str, asking: Asking) -> tuple[str | None, str]:
    """Account id, and why that one where it does not go without saying."""
    match wanted:
        case "previous":
            return _previous(asking)
        case "component_lead":
            return _component_lead(asking)
        case _:
            return person(wanted, asking), ""


def _previous(asking: Asking) -> tuple[str | None, str]:
    present = account_in(asking.issue, "assignee")
    before = [change.before for change in reversed(changes_of(asking, ASSIGNEE)) if change.before]
    found = next((one for one in before if one != present and _is_active(one, asking)), None)
    if found is None:
        return None, "Nobody had it before whose account is active."
    return found, f"{_name(found, asking)} had it before."


def _component_lead(asking: Asking) -> tuple[str | None, str]:
    ids = {
        str(each.get("id"))
        for each in asking.issue.fields.get("components") or ()
        if isinstance(each, Mapping)
    }
    its = sorted((each for each in asking.catalogue.components if each.id in ids), key=lambda one: one.name)
    found = next((each for each in its if each.lead and _is_active(each.lead, asking)), None)
    if found is None:
        return None, "It has no component with a lead whose account is active."
    return found.lead, f"{_name(found.lead, asking)} leads the component {found.name}."


# --- one of several -------------------------------------------------------------------------------


def _one_of(action: Assign, asking: Asking) -> Wish:
    people, of = _people(action, asking)
    active = [each for each in people if _is_active(each, asking)]
    if not active:
        return Wish(None, f"There is nobody {of} whose account is active.")
    resting = [each for each in people if each not in active]
    chosen, why = _choice(action, active, of, asking)
    if resting:
        why += f" Not active: {_listed(_name(each, asking) for each in resting)}."
    return _assigned(chosen, asking, {"to": chosen, "why": why})


def _people(action: Assign, asking: Asking) -> tuple[Sequence[str], str]:
    """Account ids, and of what they are."""
    if action.among is not None:
        return list(dict.fromkeys(each.strip() for each in action.among)), "of those named"
    if action.group is not None:
        members = asking.around.groups.get(folded(action.group))
        return _humans(members, f"the group {action.group!r}", asking), f"in the group {action.group}"
    project, role = asking.issue.project_key, action.role or ""
    members = asking.around.roles.get((project, role.casefold()))
    what = f"the role {role!r} in the project {project}"
    return _humans(members, what, asking), f"with the role {role} in {project}"


def _humans(members: Collection[str] | None, what: str, asking: Asking) -> Sequence[str]:
    """Without apps, and without our own account: roles and groups have them, too. In one order for all."""
    if members is None:
        fault = f"Who is in {what} is not known: it {READ_LATER}"
        raise NotUnderstood(fault, field="/actions")
    known = {each: asking.around.people.get(each) for each in members}
    own = asking.around.own_account
    return sorted(
        each for each, one in known.items() if each != own and (one is None or one.account_type != _APP)
    )


def _choice(action: Assign, people: Sequence[str], of: str, asking: Asking) -> tuple[str, str]:
    among = f"{len(people)} {of}"
    if action.by == "random":
        chosen = people[_drawn(asking) % len(people)]
        return chosen, f"{_name(chosen, asking)} was drawn from {among}."
    in_turn = _from_turn(people, asking)
    if action.by == "turn":
        name = _name(in_turn[0], asking)
        return in_turn[0], f"It is the turn of {name}, of {among}, by the number of the issue."
    counts = _counts(action, people, asking)
    chosen = min(in_turn, key=lambda each: counts[each])
    others = sorted((each for each in people if each != chosen), key=lambda each: (counts[each], each))
    told = ", ".join(f"{_name(each, asking)} {counts[each]}" for each in others[:_LISTED])
    more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
    against = f"; {told}{more}" if others else ""
    fewest = f"{_name(chosen, asking)} has the fewest issues of {among}: {counts[chosen]}"
    return chosen, f"{fewest}{against}."


def _from_turn(people: Sequence[str], asking: Asking) -> Sequence[str]:
    """From the one on whose turn it is, so that equals, too, take turns."""
    number = asking.issue.key.rpartition("-")[2]
    place = (int(number) if number.isdecimal() else 0) % len(people)
    return [*people[place:], *people[:place]]


def _counts(action: Assign, people: Sequence[str], asking: Asking) -> Mapping[str, int]:
    if len(people) > MOST_BALANCED:
        fault = f"{len(people)} people are too many to be balanced; at most {MOST_BALANCED}."
        raise NotUnderstood(fault, field="/actions")
    where = parse(action.jql or "statusCategory != Done").where
    others = f"key != {quoted(asking.issue.key)}" + (f" AND ({printed(where)})" if where else "")
    past = asking.around.past
    return {each: past.count(f"assignee = {quoted(each)} AND {others}") for each in people}


def _drawn(asking: Asking) -> int:
    """By chance, but by the event: it may be told twice, tried again, and replayed by another rule."""
    event = asking.event
    seed = f"{event.issue_id}:{event.key}:{asking.issue.id}:{asking.action_number}"
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])


def _is_active(account: str, asking: Asking) -> bool:
    """Whom the store does not know did nothing yet; that is no reason to pass them over."""
    known = asking.around.people.get(account)
    return known is None or known.active


def _name(account: str, asking: Asking) -> str:
    """As people know them; the effect has the account."""
    known = asking.around.people.get(account)
    return account if known is None else known.name


def _listed(people: Iterable[str]) -> str:
    every = list(people)
    more = f" and {len(every) - _LISTED} more" if len(every) > _LISTED else ""
    return f"{', '.join(every[:_LISTED])}{more}"

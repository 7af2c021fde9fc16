"""A rule for many issues at once: at a time, because somebody asked, or because it has waited long enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from app.domain.rules.decide import Decision, Outcome
from app.domain.rules.event import Event, Happened
from app.domain.rules.trigger_parts import IncomingWebhook, Scheduled, ThingHappened
from app.domain.rules.triggers import Active, Alone, Index, happened_for
from app.errors import NotFound, NotUnderstood
from app.services import answers, firings, once
from app.services.board_habits import Teams
from app.services.called import Called, called, finds_none
from app.services.firings import Look
from app.services.ruling import active, waited
from app.services.secrets import Keyring
from app.store import related, runs, sites
from app.store.claim import Claimed
from app.store.sites import Site
from jobs import rules
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.settle import NotThereYet

_AT_ONCE = 200
"""Issues that are decided on in one transaction."""
_MOST_LOOKS = 360
"""For an issue that was just created: half an hour, in which any sync comes by."""
_LISTED = 20
_NEVER_LOOKED = timedelta(minutes=10)
"""So far back it is looked the first time."""


@dataclass(frozen=True, slots=True)
class _Firing:
    """A rule, and what it is to decide on.

    Attributes:
        missed: why it fires for no issue, or not for all that were named; None where there is nothing to say.
        failed: why that could not be told: its query or what came with a call is not understood, or an issue
            is not there.
    """

    site: Site
    rule: Active
    events: Sequence[Event]
    missed: str | None = None
    failed: NotUnderstood | NotFound | None = None


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `rule`.

    Its parameters are `rule` and `shadow`; `issues` (keys) where somebody asked; `webhook` (its body) where
    one came in; `thing` where something happened to a sprint, a version or a board; `version` and `event`
    where the rule goes on after it waited, or with what it created or was answered. A late run speaks about
    the instant at which it was due. Broken off and done again, it changes nothing that was decided before.
    """
    found = await context.database.call_read(
        partial(_found, row=work.row, jira_site=jira_site, keyring=context.keyring)
    )
    # What a server answered is not kept longer than somebody needs it.
    values: dict[str, Any] = {"parameters": answers.without_sealed(work.row["parameters"])}
    if found is None:
        return Finished(runs.DONE, "The rule has no such version any more.", values=values)
    if found.failed is not None:
        await context.database.call_write(partial(_note, context=context, firing=found, work=work))
        raise found.failed
    owed = 0
    for begin in range(0, len(found.events), _AT_ONCE):
        some = rules.because(found.events[begin : begin + _AT_ONCE], f"run:{work.id}")
        react = partial(_react, context=context, site=found.site, told=some, index=Alone(found.rule))
        owed += await context.database.call_write(react)
    if owed:
        context.wake()
    values["progress"] = {"issues": len(found.events), "effects": owed}
    if found.missed is not None and "webhook" in work.row["parameters"]:
        await context.database.call_write(partial(_note, context=context, firing=found, work=work))
    return Finished(runs.DONE, found.missed, values=values)


def _note(connection: Connection, *, context: Context, firing: _Firing, work: Claimed) -> None:
    """Few look at runs: why nothing is done stands among the rule's decisions, once."""
    if firing.failed is None:
        outcome, reason, name = Outcome.NO_ISSUE, firing.missed, _name_of_call(work.row)
    else:  # a retry may yet decide on the event itself
        outcome, reason, name = Outcome.FAILED, str(firing.failed), f"run:{work.id}"
    happened = happened_for(firing.rule.rule.trigger)[0]
    event = Event(happened, "", "", work.row["at"], name)
    decision = Decision(firing.rule, event, "", outcome, reason=reason)
    rules.write_down(context, connection, firing.site, [decision])


def _react(
    connection: Connection, *, context: Context, site: Site, told: Sequence[rules.Because], index: Index
) -> int:
    return rules.react(context, connection, site, told, index)


def _found(
    connection: Connection, *, row: Mapping[str, Any], jira_site: JiraSite, keyring: Keyring
) -> _Firing | None:
    """The rule as it is now, or as it was when it began to wait, with an event for each issue."""
    asked = row["parameters"]
    site = sites.site_by_id(connection, jira_site.id)
    shadow = asked.get("shadow", False)
    if "event" in asked:
        rule = waited(connection, asked["rule"], asked["version"], shadow=shadow)
    else:
        known = active(connection, site.id)
        rule = next((each for each in known if (each.id, each.shadow) == (asked["rule"], shadow)), None)
    if rule is None:
        return None
    try:
        if "event" in asked:
            event = _when_there(connection, site, msgspec.convert(asked["event"], Event), row)
            found = Called([replace(event, kept=answers.opened(keyring, site.name, event.kept))])
        else:
            found = _events(connection, site, rule, row, jira_site.team_of)
    except (NotUnderstood, NotFound) as error:
        return _Firing(site, rule, (), failed=error)
    missed = found.missed or _elsewhere(rule, found.events)
    # It fires for whoever is named, whatever else it waits for, and whatever was before it was switched on.
    return _Firing(site, replace(rule, since=None), found.events, missed)


def _elsewhere(rule: Active, events: Sequence[Event]) -> str | None:
    """Why nothing is done for issues of projects that the rule is not for."""
    projects = rule.rule.projects
    others = [each.issue_key for each in events if projects and each.project_key not in projects]
    if not others:
        return None
    more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
    return f"Not of the rule's projects ({', '.join(projects)}): {', '.join(others[:_LISTED])}{more}."


def _when_there(connection: Connection, site: Site, event: Event, row: Mapping[str, Any]) -> Event:
    """The event, once the issue that the rule goes on with is here: a webhook or a sync tells of it.

    Raises:
        NotThereYet: it is not.
        NotFound: it has not come for long.
    """
    key = event.kept.created
    if not key:
        return event
    created = related.created_at(connection, site, key)
    if created is not None:
        return replace(event, at=max(event.at, created))
    if row["attempts"] <= _MOST_LOOKS:
        raise NotThereYet(f"{key} was created, and neither a webhook nor a sync has told of it yet.")
    way_out = (
        "Is it still in Jira, in a project that the site keeps? Then `burnish sync`, and retry this run."
    )
    raise NotFound("issue", key, way_out)


def _events(connection: Connection, site: Site, rule: Active, row: Mapping[str, Any], teams: Teams) -> Called:
    at, trigger, asked = row["at"], rule.rule.trigger, row["parameters"]
    if "webhook" in asked:
        if not isinstance(trigger, IncomingWebhook):
            return Called((), "Nobody calls the rule any more.")
        return called(connection, site, trigger, asked["webhook"], at=at, name=_name_of_call(row))
    if "issues" in asked:
        return Called(_by_hand(connection, site, row))
    if "thing" in asked:
        events = list(firings.about(connection, site, trigger, asked["thing"], at=at))
    else:
        before = runs.before(connection, row["schedule_id"], at) or at - _NEVER_LOOKED
        # What was before it was switched on is none of its business.
        look = Look(at, max(before, rule.since or before), is_live=True)
        events = list(firings.fired(connection, site, trigger, look, teams))
    if events or not isinstance(trigger, Scheduled | ThingHappened) or trigger.jql is None:
        return Called(events)
    return Called(events, finds_none(trigger.jql))


def _name_of_call(row: Mapping[str, Any]) -> str:
    """Of calls that say that they are the same, the same."""
    return f"webhook:{row['parameters'].get('call') or row['id']}"


def _by_hand(connection: Connection, site: Site, row: Mapping[str, Any]) -> list[Event]:
    """For the issues that are named; where none is, once, and anew for each run."""
    keys, at = row["parameters"]["issues"], row["at"]
    if not keys:
        return [once.event(Happened.ASKED, at, f"{Happened.ASKED.value}:run:{row['id']}")]
    ids = related.ids_of(connection, site, set(keys))
    if missing := [key for key in keys if key not in ids]:
        raise NotFound("issue", missing[0], "It is not in the store.")
    named = f"{Happened.ASKED.value}:{at:%Y-%m-%dT%H:%M:%S}"
    return [Event(Happened.ASKED, ids[key], key, at, named) for key in keys]

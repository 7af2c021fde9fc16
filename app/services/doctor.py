"""What an admin should mend at a site: facts in, findings out. Who gathers the facts is `doctor_visit`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from app.domain.reports.target import Target
from app.domain.scrum.issue import BLOCKED_BY
from app.services.doctor_fields import FieldList, NamedField, judge_named_fields
from app.services.findings import Finding, Level, Trouble

SKEW_WARNS = timedelta(seconds=60)
SKEW_FAILS = timedelta(minutes=5)
"""The overlap of the catch-up: beyond it changes may be passed over."""
SILENCE = timedelta(days=1)
"""After so long without a delivery a webhook is looked at; weekends are quiet, so it only warns."""
LATE = 3
"""Intervals of the catch-up without a sync."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the settings want of a site.

    Attributes:
        boards: those with a report, and where that goes.
        can_write: whether reports are posted, so that permissions to write are needed.
        public_url: where Jira is to reach us, if it was said.
        blocked_by_links: how its issues read a link to what they wait for.
        unfiltered: boards whose filters are not to be looked at.
        report_issues: keys of all issues that carry reports, whatever of.
        named_fields: that formulas, definitions and checks ask for.
    """

    name: str
    projects: Sequence[str]
    boards: Mapping[int, Target]
    has_secret: bool
    catch_up: timedelta
    public_url: str | None = None
    blocked_by_links: Sequence[str] = BLOCKED_BY
    unfiltered: Collection[int] = ()
    report_issues: Collection[str] = ()
    named_fields: Sequence[NamedField] = ()

    @property
    def posts_in(self) -> frozenset[str]:
        """Keys of the projects in which reports are written."""
        projects = {one.project for one in self.boards.values() if one.project is not None}
        return frozenset(projects.union(key.rpartition("-")[0] for key in self.report_issues))

    @property
    def minutes(self) -> str:
        return f"{self.catch_up.total_seconds() / 60:.0f} minutes"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store knows of a site; all None before the first start.

    Attributes:
        link_words: how its issues read their links; empty before the first sync.
        untold: key of the last issue whose change was found without a webhook; None if there never was one.
        untold_at: when that was.
    """

    synced_at: datetime | None = None
    heard_at: datetime | None = None
    paused_until: datetime | None = None
    paused_reason: str | None = None
    link_words: Sequence[str] = ()
    untold: str | None = None
    untold_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JiraFacts:
    """What a site answered.

    Attributes:
        here: our clock when it said what time it has.
        there: its clock.
        zone: of the account; empty where Jira withholds it.
        projects: keys that the account sees.
        lacking: by project, permissions that the account lacks, with what cannot be done without.
        boards: by number, the name of its estimation field, "" for none.
        filters: by number of a board why its saved filter cannot be read; only where it cannot.
        unseen: by key of an issue that carries reports why it cannot be read; only where it cannot.
        browses_people: whether the account may look up users and groups.
        hooks: registered by admins: url, enabled.
        reached: by registered address of ours, "" or why it could not be reached from here.
    """

    here: datetime
    there: datetime | Trouble | None
    account: str | Trouble
    zone: str = ""
    projects: frozenset[str] | Trouble = frozenset()
    lacking: Mapping[str, Mapping[str, str] | Trouble] = field(default_factory=dict)
    fields: FieldList | Trouble = field(default_factory=FieldList)
    boards: Mapping[int, str | Trouble] = field(default_factory=dict)
    filters: Mapping[int, Trouble] = field(default_factory=dict)
    unseen: Mapping[str, Trouble] = field(default_factory=dict)
    browses_people: bool | Trouble = True
    hooks: Sequence[Mapping[str, Any]] | Trouble = ()
    reached: Mapping[str, str] = field(default_factory=dict)


SIGN_IN_ANEW = "Make a new token for the account and put it into the settings."
_HOUR = 3600
ESSENTIAL = ("BROWSE_PROJECTS",)
OF_SPRINTS = "MANAGE_SPRINTS_PERMISSION"
TO_REPORT = ("ADD_COMMENTS", "EDIT_OWN_COMMENTS")
_AFTER_SIGN_IN = ("projects", "permissions", "fields", "time zone", "boards", "reports", "webhook")


def judge_site(expected: Expected, stored: Stored, facts: JiraFacts, now: datetime) -> list[Finding]:
    """Everything about one site, in the order in which it is mended."""
    found = [*_reach(facts), *_standing(expected, stored, now)]
    if isinstance(facts.account, Trouble):
        seen = "Not looked at, because Jira does not let us in."
        found += [Finding(check, Level.SKIPPED, seen) for check in _AFTER_SIGN_IN]
    else:
        found += [
            _zone(facts.zone),
            *_projects(expected, facts),
            *_permissions(expected, facts),
            *_people(facts.browses_people),
            *_fields(expected, facts.fields),
            *_links(expected, stored),
            *_boards(expected, facts),
            *_reports(expected, facts),
            *_webhook(expected, stored, facts, now),
        ]
    return [Finding(one.check, one.level, one.seen, one.mend, expected.name) for one in found]


def _reach(facts: JiraFacts) -> Iterator[Finding]:
    if isinstance(facts.there, Trouble):
        mend = "Check `url` (with its context path), the network and proxies between here and Jira."
        yield Finding("jira", Level.FAULT, facts.there.why, facts.there.way_out or mend)
        skipped = "Not looked at, because Jira was not reached."
        yield from (Finding(check, Level.SKIPPED, skipped) for check in ("clock", "credentials"))
        return
    yield Finding("jira", Level.OK, "Jira answers.")
    if facts.there is None:
        yield Finding("clock", Level.SKIPPED, "Jira does not tell its time.")
    else:
        yield _clock(facts.there - facts.here)
    if isinstance(facts.account, Trouble):
        yield Finding("credentials", Level.FAULT, facts.account.why, facts.account.way_out or SIGN_IN_ANEW)
    else:
        yield Finding("credentials", Level.OK, f"Jira knows us as {facts.account}.")


def _clock(ahead: timedelta) -> Finding:
    seconds = ahead.total_seconds()
    long = f" ({timedelta(seconds=round(abs(seconds)))})" if abs(seconds) >= _HOUR else ""
    seen = f"Jira's clock is {abs(seconds):.0f} s{long} {'ahead of' if seconds > 0 else 'behind'} ours."
    if abs(ahead) <= SKEW_WARNS:
        return Finding("clock", Level.OK, seen)
    level = Level.FAULT if abs(ahead) > SKEW_FAILS else Level.WARNING
    mend = "Let both machines keep time by NTP: what changed lately may be read late or reported wrongly."
    if long:
        mend += " The sandbox has a clock of its own, two days behind unless `--start` says otherwise."
    return Finding("clock", level, seen, mend)


def _standing(expected: Expected, stored: Stored, now: datetime) -> Iterator[Finding]:
    if stored.paused_until is not None and stored.paused_until > now:
        seen = f"Nothing is asked of Jira until {_shown(stored.paused_until)}: {stored.paused_reason}"
        mend = f"Wait, or end the pause with `burnish sites resume {expected.name}`."
        yield Finding("rate limits", Level.WARNING, seen, mend)
    else:
        yield Finding("rate limits", Level.OK, "Jira holds nothing back from us.")
    late = LATE * expected.catch_up
    if stored.synced_at is None:
        yield Finding("sync", Level.WARNING, "No sync has ended yet.", "Run `burnish sync` or the service.")
    elif now - stored.synced_at > late:
        seen = f"The last sync ended {_shown(stored.synced_at)}; one is due every {expected.minutes}."
        yield Finding(
            "sync", Level.WARNING, seen, "See why with `burnish runs list`; is the service running?"
        )
    else:
        yield Finding("sync", Level.OK, f"The last sync ended {_shown(stored.synced_at)}.")


def _zone(zone: str) -> Finding:
    if zone in available_timezones():
        return Finding("time zone", Level.OK, f"The account's time zone is {zone}.")
    seen = f"Jira tells {zone!r} as the account's time zone." if zone else "Jira does not tell the time zone."
    mend = "Set a time zone in the account's profile in Jira, so that dates in JQL mean what people think."
    return Finding("time zone", Level.WARNING, seen, mend)


def _projects(expected: Expected, facts: JiraFacts) -> Iterator[Finding]:
    if isinstance(facts.projects, Trouble):
        yield Finding("projects", Level.FAULT, facts.projects.why, "Give the account access to Jira.")
        return
    wanted = dict.fromkeys((*expected.projects, *sorted(expected.posts_in)))
    missing = [key for key in wanted if key not in facts.projects]
    if missing:
        seen = f"Project {', '.join(missing)} is not there for the account."
        mend = "Give the account 'Browse projects' there, or take the project out of the settings."
        yield Finding("projects", Level.FAULT, seen, mend)
    elif not facts.projects:
        mend = "Give the account 'Browse projects' in the projects that Burnish is to keep."
        yield Finding("projects", Level.FAULT, "The account sees no project at all.", mend)
    else:
        number = len(facts.projects)
        seen = f"The account sees {number} project{'s' if number > 1 else ''}."
        yield Finding("projects", Level.OK, seen)


def _permissions(expected: Expected, facts: JiraFacts) -> Iterator[Finding]:
    """Browse everywhere; comments where a report is posted. All else is for rules, so it only warns."""
    creates_in = {one.sprint_issue.project for one in expected.boards.values() if one.sprint_issue}
    not_needed = set() if any(one.sprint_property for one in expected.boards.values()) else {OF_SPRINTS}
    good = True
    for project, lacking in facts.lacking.items():
        if isinstance(lacking, Trouble):
            good = False
            yield Finding(
                "permissions", Level.FAULT, f"{project}: {lacking.why}", "Give it 'Browse projects'."
            )
            continue
        for key, purpose in lacking.items():
            if key in not_needed:
                continue
            good = False
            needed = key in ESSENTIAL or (key in TO_REPORT and project in expected.posts_in)
            needed |= key == "CREATE_ISSUES" and project in creates_in
            yield Finding(
                "permissions",
                Level.FAULT if needed else Level.WARNING,
                f"In {project} the account lacks {key}, without which Burnish cannot {purpose}.",
                f"Give the account {key} in the permission scheme of {project}.",
            )
    if good and facts.lacking:
        named = ", ".join(facts.lacking)
        yield Finding("permissions", Level.OK, f"The account may do all that Burnish does in {named}.")
    elif not facts.lacking:
        yield Finding("permissions", Level.SKIPPED, "There is no project in which to look.")


def _people(browsed: bool | Trouble) -> Iterator[Finding]:
    """Trouble with the question shows where permissions in projects are asked for, too."""
    if browsed is False:
        seen = "The account may not browse users and groups: who was renamed or left is not found out."
        mend = "Give it the global permission 'Browse users and groups' (Data Center: 'Browse Users')."
        yield Finding("permissions", Level.WARNING, seen, mend)


def _fields(expected: Expected, listed: FieldList | Trouble) -> Iterator[Finding]:
    if isinstance(listed, Trouble):
        yield Finding("fields", Level.FAULT, listed.why, "Let the account see Jira's field list.")
        return
    found = listed.known
    there = {
        "Sprint": found.sprint,
        "Story Points": ", ".join(found.story_points) or None,
        "Flagged": found.flagged,
        "Rank": found.rank,
    }
    lost = {
        "Sprint": "no sprint report can be made",
        "Story Points": "reports count issues",
        "Flagged": "flags are not seen as blockers",
        "Rank": "the order of the backlog is unknown",
    }
    for name, where in there.items():
        if where is None:
            level = Level.FAULT if name == "Sprint" else Level.WARNING
            mend = f"Put the field {name} on a screen and into a context that the account sees."
            yield Finding("fields", level, f"There is no field {name}: {lost[name]}.", mend)
    shown = [f"{name} ({where})" for name, where in there.items() if where]
    epic = f"Epic Link ({found.epic_link})" if found.epic_link else "epics by `parent`"
    yield Finding("fields", Level.OK, f"Found: {', '.join([*shown, epic])}.")
    yield from judge_named_fields(expected.named_fields, listed)


def _links(expected: Expected, stored: Stored) -> Iterator[Finding]:
    """Words that no link has see nothing that is blocked, and nobody would miss it."""
    there = {words.casefold() for words in stored.link_words}
    unknown = [words for words in expected.blocked_by_links if words.casefold() not in there]
    if there and unknown:
        listed = ", ".join(repr(words) for words in unknown)
        known = ", ".join(stored.link_words)
        mend = f"Set `blocked_by_links` to how issues read such a link; there are: {known}."
        yield Finding("links", Level.WARNING, f"No link reads {listed}: it tells of no blocker.", mend)
    elif there:
        listed = ", ".join(repr(words) for words in expected.blocked_by_links)
        yield Finding("links", Level.OK, f"Links that tell of a blocker: {listed}.")


def _boards(expected: Expected, facts: JiraFacts) -> Iterator[Finding]:
    if not expected.boards:
        tables = "`sprint_health`, `flow`, `delivery` or `backlog_grooming`"
        mend = f"Name boards under {tables} to have reports made on a schedule."
        yield Finding("boards", Level.SKIPPED, "No board of the settings has a report.", mend)
    for number in expected.boards:
        answer = facts.boards.get(number, Trouble("not asked"))
        if isinstance(answer, Trouble):
            mend = f"Share board {number} and its filter with the account, or correct the number."
            yield Finding("boards", Level.FAULT, f"Board {number} cannot be read: {answer.why}", mend)
        elif not answer:
            mend = f"Choose an estimation statistic in the configuration of board {number}, if it is wanted."
            yield Finding("boards", Level.OK, f"Board {number} is read; it estimates nothing.", mend)
        else:
            yield Finding("boards", Level.OK, f"Board {number} is read; it estimates in {answer}.")
        if number in facts.filters and number not in expected.unfiltered:
            yield _filter(number, facts.filters[number])


def _filter(board: int, trouble: Trouble) -> Finding:
    """Without it, reports go on, and count what Jira's do not."""
    seen = (
        f"The filter of board {board} cannot be read, so all issues of its sprints count, whether the board "
        f"shows them or not: {trouble.why}"
    )
    mend = (
        "Share the filter with the account (in Jira: Filters, its details, Viewers); the next sync reads it. "
        "Or say `ignore_board_filter = true` of the board, if all are to count."
    )
    return Finding("boards", Level.WARNING, seen, trouble.way_out or mend)


def _reports(expected: Expected, facts: JiraFacts) -> Iterator[Finding]:
    """Where one is missing, its first report would be given up, and nobody looks for it before."""
    for key, trouble in facts.unseen.items():
        seen = f"Issue {key}, which is to carry reports, cannot be read: {trouble.why}"
        mend = "Create it, let the account see it, or name another one as `report_issue`."
        yield Finding("reports", Level.FAULT, seen, trouble.way_out or mend)
    if expected.report_issues and not facts.unseen:
        named = ", ".join(sorted(expected.report_issues))
        yield Finding("reports", Level.OK, f"Reports go to {named}.")


def _webhook(expected: Expected, stored: Stored, facts: JiraFacts, now: datetime) -> Iterator[Finding]:
    tail = f"/webhooks/jira/{expected.name}"
    register = "Run `burnish webhook register https://<public address>` once."
    polls = f"Without webhooks, Jira is asked every {expected.minutes}."
    heard = f"heard of last {_shown(stored.heard_at)}" if stored.heard_at else "never heard of"
    if isinstance(facts.hooks, Trouble):
        mend = "Have an admin of Jira see to its webhooks, or give the account 'Administer Jira'."
        seen = f"Registered webhooks cannot be seen ({facts.hooks.why}); deliveries were {heard}."
        yield Finding("webhook", Level.SKIPPED if facts.hooks.denied else Level.WARNING, seen, mend)
        return
    if not expected.has_secret:
        seen = f"The site has no `webhook_secrets`, so every delivery is refused. {polls}"
        yield Finding("webhook", Level.WARNING, seen, "Set one, then register the webhook with it.")
        return
    ours = [hook for hook in facts.hooks if str(hook.get("url", "")).endswith(tail)]
    if not ours:
        yield Finding("webhook", Level.WARNING, f"No webhook of Jira leads to …{tail}. {polls}", register)
    for hook in ours:
        yield from _registered(expected, stored, facts, hook, now)


def _registered(
    expected: Expected, stored: Stored, facts: JiraFacts, hook: Mapping[str, Any], now: datetime
) -> Iterator[Finding]:
    url = str(hook["url"])
    if False in {hook.get("enabled"), hook.get("active")}:  # Data Center says `active`
        yield Finding("webhook", Level.WARNING, f"{url} is switched off in Jira.", "Switch it on there.")
        return
    if expected.public_url and not url.startswith(expected.public_url.rstrip("/") + "/"):
        mend = "Delete it in Jira and register the new address with `burnish webhook register`."
        seen = f"Jira tells {url}, but the public address is {expected.public_url}."
        yield Finding("webhook", Level.WARNING, seen, mend)
    if why := facts.reached.get(url):
        seen = f"{url} cannot be reached from here: {why}."
        mend = "Check name, certificate and reverse proxy; Jira must reach it from where it stands."
        yield Finding("webhook", Level.WARNING, seen, mend)
    elif stored.heard_at is None or now - stored.heard_at > SILENCE:
        last = f"was last heard {_shown(stored.heard_at)}" if stored.heard_at else "nothing has come yet"
        mend = "Change an issue and look again; if nothing comes, see Jira's log of failed webhooks."
        yield Finding("webhook", Level.WARNING, f"Jira tells {url}, but {last}.", mend)
    elif stored.untold_at is not None and now - stored.untold_at < SILENCE:
        at = _shown(stored.untold_at)
        seen = f"Jira tells {url}, and told nothing of a change of {stored.untold} that was found {at}."
        mend = (
            "See in Jira that the webhook asks for the events of issues and has no JQL that leaves some out, "
            "and what its log of failed webhooks says. `burnish sync status` counts them by project."
        )
        yield Finding("webhook", Level.WARNING, seen, mend)
    else:
        yield Finding("webhook", Level.OK, f"Jira tells {url}, last heard {_shown(stored.heard_at)}.")


def _shown(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC")

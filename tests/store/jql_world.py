"""A small site with every kind of field, issues with consistent histories, and queries about them."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.domain.jql.catalogue import Catalogue
from app.domain.scrum.from_jira import SiteFields, read_issue
from app.domain.scrum.issue import Change
from app.store import issues, jql_facts, sites, tables

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SPRINT, POINTS, TEAM, DAY, NOTE, TAGS, PLACE, PICKER = (
    f"customfield_{number}" for number in range(10001, 10009)
)
FIELDS = (
    {"id": SPRINT, "name": "Sprint", "custom": True, "schema": {"type": "array", "custom": "x:gh-sprint"}},
    {"id": POINTS, "name": "Story Points", "custom": True, "schema": {"type": "number"}},
    {"id": TEAM, "name": "Team", "custom": True, "schema": {"type": "option"}},
    {"id": DAY, "name": "Go Live", "custom": True, "schema": {"type": "datetime"}},
    {"id": NOTE, "name": "Note", "custom": True, "schema": {"type": "string", "custom": "x:textarea"}},
    {"id": TAGS, "name": "Tags", "custom": True, "schema": {"type": "array", "custom": "x:labels"}},
    {"id": PLACE, "name": "Place", "custom": True, "schema": {"type": "option-with-child"}},
    {"id": PICKER, "name": "Picker", "custom": True, "schema": {"type": "array", "custom": "x:multiversion"}},
)
STATUSES = {"1": ("To Do", "new"), "3": ("In Progress", "indeterminate"), "5": ("Done", "done")}
PEOPLE = {"acc-1": "Jane Doe", "acc-2": "Émile Zola", "acc-3": "Bob"}
VERSIONS = {"71": "1.0", "72": "2.0 Über"}
_ODD = 0.15
WORDS = ["invoice", "paying", "the", "login_page", "Zürich", "error-500", "pay", "Réseau"]


def at_day(day: int, hour: int = 12) -> datetime:
    """Of the month of `NOW`."""
    return NOW.replace(day=day, hour=hour)


def make_site(tx: Connection, name: str = "jql", url: str = "https://jql.test") -> sites.Site:
    site = sites.ensure_site(tx, name, url)
    sites.replace_fields(tx, site.id, FIELDS, SiteFields(SPRINT, None))
    sites.replace_statuses(
        tx,
        site.id,
        [{"id": id_, "name": name, "statusCategory": {"key": key}} for id_, (name, key) in STATUSES.items()],
    )
    for number, key in enumerate(("WEB", "API"), 100):
        sites.save_project(tx, site.id, {"id": str(number), "key": key, "name": f"Project {key}"})
    for number, state in enumerate(("closed", "active", "future"), 7):
        tx.execute(
            tables.sprints.insert().values(
                site_id=site.id, id=number, name=f"Sprint {number}", state=state, heard_at=NOW
            )
        )
    return sites.get_site(tx, name)


def fill(tx: Connection, site: sites.Site, random: Random, number: int) -> None:
    """Issues with fields and histories by chance."""
    records, histories = [], {}
    for each in range(1, number + 1):
        document, changes = an_issue(random, each)
        record = read_issue(document, site.fields)
        assert record is not None
        records.append(record)
        histories[record.id] = changes
    issues.save_issues(tx, site, records, history_complete=True)
    issues.save_changes(tx, site, histories, final=True)


def an_issue(random: Random, number: int) -> tuple[dict[str, Any], list[Change]]:
    created = NOW - timedelta(days=random.randint(1, 60), minutes=random.randint(0, 1439))
    moves = sorted(created + (NOW - created) * random.random() for _ in range(random.randint(0, 6)))
    project = random.choice(["WEB", "API"])
    state: dict[str, Any] = {
        "status": random.choice(list(STATUSES)),
        "assignee": random.choice([None, *PEOPLE]),
        "fixVersions": set(random.sample(list(VERSIONS), random.randint(0, 2))),
        "labels": random.sample(["red", "blue", "gRün"], random.randint(0, 3)),
        SPRINT: random.sample([7, 8, 9], random.randint(0, 2)),
    }
    changes = [_move(random, state, number * 100 + place, at) for place, at in enumerate(moves)]
    fields = {
        "project": {"id": "100" if project == "WEB" else "101", "key": project},
        "summary": " ".join(random.sample(WORDS, 3)),
        "description": random.choice([None, "pay  the\ninvoice", _adf("Pay by invoice", "login_page")]),
        "issuetype": {"id": "10", "name": random.choice(["Bug", "Story"]), "subtask": False},
        "status": {"id": state["status"], "name": STATUSES[state["status"]][0]},
        "assignee": _person(state["assignee"]),
        "reporter": _person("acc-1"),
        "creator": _person(random.choice(list(PEOPLE))),
        "priority": random.choice([None, {"id": "2", "name": "High"}, {"id": "3", "name": "Low"}]),
        "resolution": random.choice([None, {"id": "4", "name": "Fixed"}]),
        "labels": state["labels"],
        "fixVersions": [{"id": one, "name": VERSIONS[one]} for one in sorted(state["fixVersions"])],
        "created": created.isoformat(),
        "updated": (moves[-1] if moves else created).isoformat(),
        "duedate": random.choice([None, "2026-03-10", "2026-03-11", "2026-03-12"]),
        "resolutiondate": random.choice([None, "2026-03-05T10:00:00.000+0100"]),
        "parent": random.choice([None, {"id": "900", "key": "WEB-900", "fields": {"summary": "x"}}]),
        SPRINT: [{"id": one, "name": f"Sprint {one}"} for one in state[SPRINT]] or None,
        POINTS: random.choice([None, 0, 3, 5.5]),
        TEAM: random.choice([None, {"id": "55", "value": "Red Team"}, {"id": "56", "value": "Blue Team"}]),
        DAY: random.choice([None, "2026-03-11T09:30:00.000+0000", "2026-02-01T00:00:00.000-0500"]),
        NOTE: random.choice([None, "short", "a long note " * 60]),
        TAGS: random.sample(["x1", "y2"], random.randint(0, 2)) or None,
    }
    usa, ohio = {"id": "1", "value": "USA"}, {"id": "2", "value": "Ohio"}
    places = [None, usa, {**usa, "child": ohio}, {"id": "3", "value": "none", "child": None}, ["USA"], "USA"]
    fields[PLACE] = random.choice(places)
    fields |= _odd(random, state[SPRINT])
    return {"id": str(1000 + number), "key": f"{project}-{number}", "fields": fields}, changes


def _odd(random: Random, sprints: list[int]) -> dict[str, Any]:
    """What Data Center, old versions and apps send in place of some fields, now and then."""
    written = [f"com.atlassian.greenhopper.Sprint@1f[id={one},state=ACTIVE,name=S]" for one in sprints]
    strange = {
        "assignee": {"key": "JIRAUSER1", "name": "bob", "displayName": "Bob"},
        "reporter": {"accountId": "acc-1", "displayName": " Jane * [Doe]\x1f\t? "},
        "priority": random.choice(["High", {"id": 3, "name": None}, {"name": "High"}, ["x"]]),
        "resolution": random.choice(["Fixed", {}, [], {"id": "4"}, ""]),
        "labels": random.choice([["red", None], "red", [], ["[x]*", "\x12red"]]),
        "fixVersions": random.choice([None, [{"id": 71}], {"id": "72", "name": "1.0"}, ["1.0"]]),
        "parent": random.choice([{"key": "WEB-1"}, "WEB-1", {"id": 900}]),
        "duedate": random.choice(["2026-03-11T10:00:00.000+0100", "soon", "2026-02-30", 20260311]),
        "resolutiondate": random.choice([1772700000000, "never", "2026-03-05", True]),
        "timeestimate": random.choice([3600, 3600.0, 0, 2.5, "3600", True, 2**70]),
        "votes": random.choice([{"votes": 2, "hasVoted": True}, {"votes": 0}, 3, None]),
        "workratio": random.choice([-1, 0, 150]),
        "security": random.choice([{"id": "9", "name": "Secret"}, "Secret"]),
        "components": random.choice([[{"id": "31", "name": "Shop"}], [{"id": "32", "name": "1.0"}], None]),
        SPRINT: random.choice([written, "Sprint 7", [None, {"name": "x"}]]),
    }
    return {name: value for name, value in strange.items() if random.random() < _ODD}


def _move(random: Random, state: dict[str, Any], history: int, at: datetime) -> Change:
    field = random.choice(list(state))
    author = random.choice([None, *PEOPLE])
    if field == "fixVersions":
        version = random.choice(list(VERSIONS))
        gone = version in state[field]
        state[field] ^= {version}
        sides = (version, VERSIONS[version], None, None) if gone else (None, None, version, VERSIONS[version])
        return Change(history, 0, at, field, *sides, author)
    before = state[field]
    if field == "status":
        state[field] = random.choice([each for each in STATUSES if each != before])
        names = {key: name for key, (name, _) in STATUSES.items()}
        sides = (before, names[before], state[field], names[state[field]])
    elif field == "assignee":
        state[field] = random.choice([each for each in (None, *PEOPLE) if each != before])
        sides = (before, PEOPLE.get(before), state[field], PEOPLE.get(state[field]))
    elif field == "labels":
        state[field] = random.sample(["red", "blue", "gRün"], random.randint(0, 3))
        sides = (None, " ".join(before), None, " ".join(state[field]))
    else:
        state[field] = random.sample([7, 8, 9], random.randint(0, 2))
        ids = [", ".join(map(str, each)) for each in (before, state[field])]
        names_ = [", ".join(f"Sprint {one}" for one in each) for each in (before, state[field])]
        sides = (ids[0], names_[0], ids[1], names_[1])
    return Change(history, 0, at, field, *sides, author)


def _person(account: str | None) -> dict[str, str] | None:
    return None if account is None else {"accountId": account, "displayName": PEOPLE[account]}


def _adf(*paragraphs: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": each}]} for each in paragraphs
        ],
    }


def the_catalogue(tx: Connection, site: sites.Site) -> Catalogue:
    return jql_facts.catalogue(tx, site, now=NOW, zone=BERLIN, account="acc-1")


# --- queries by chance -------------------------------------------------------------------------------

_KEYED = {
    "project": ["WEB", "'Project API'", "101"],
    "status": ["'To Do'", "done", "3"],
    "assignee": ["'Jane Doe'", "acc-2", "currentUser()", "'émile zola'", "JIRAUSER1", "bob"],
    "reporter": ["acc-1", "bob", "'jane * [doe]\\u001f\\t?'"],
    "creator": ["acc-1", "bob"],
    "priority": ["High", "3", "none"],
    "resolution": ["Fixed", "Unresolved"],
    "type": ["bug", "Story"],
    "labels": ["red", "grün", "BLUE", "'[x]*'"],
    "fixVersion": ["1.0", "72", "'2.0 über'"],
    "sprint": ["7", "'Sprint 8'", "openSprints()", "closedSprints()"],
    "key": ["WEB-1", "api-2", "1003"],
    "parent": ["WEB-900", "900", "WEB-1"],
    "Team": ["'red team'", "56"],
    "Tags": ["x1", "Y2"],
    "component": ["shop", "32"],
    "level": ["Secret", "9"],
    "Place": ["USA", "ohio", "2", "none"],
}
_DATES = {
    "created": ["-2w", "startOfMonth()", "'2026-02-10'", "-100h"],
    "updated": ["-3d", "now()", "startOfDay(-5)"],
    "due": ["'2026-03-11'", "now()", "startOfDay()", "endOfWeek()"],
    "resolved": ["'2026-03-05 10:00'", "-1w"],
    "'Go Live'": ["startOfDay()", "'2026-02-01 06:00'"],
}
_TEXTS = [
    "pay",
    "invoice",
    "'pay*'",
    "'\"pay the invoice\"'",
    "'login_p?ge'",
    "zürich",
    "'pay -login_page'",
    "'a OR the'",
    "'notes OR NOT short'",
    "'invoicing~ login'",
    "'\"invoice pay\"~2'",
    "'[pay TO rzz] -error'",
    "'*ing (pays || 500)'",
    "'\"long notes\" AND !zürich'",
]
_HISTORY = {name: _KEYED[name] for name in ("status", "assignee", "fixVersion", "labels", "sprint")}
_HISTORY |= {"cf[10002]": ["3", "'5.5'", "0"], "due": ["'2026-03-11'"], "resolution": ["Unresolved", "Fixed"]}
_WHEN = ["-4w", "-1w", "'2026-03-01'", "now()", "-30h"]


def a_query(random: Random, depth: int = 2) -> str:
    if depth and random.random() < 0.5:
        word = random.choice([" AND ", " OR "])
        inner = word.join(a_query(random, depth - 1) for _ in range(2))
        return random.choice(["({})", "NOT ({})"]).format(inner)
    return random.choice(["", "", "NOT "]) + random.choice(
        [_keyed, _dated, _counted, _texted, _was, _changed, _cascade]
    )(random)


_CASCADES = ["USA", "USA, none", "1, Ohio", "none", "'\"none\"'", "'\"none\"', none"]


def _cascade(random: Random) -> str:
    options = f"cascadeOption({random.choice(_CASCADES)})"
    listed = random.choice([options, f"({options}, EMPTY)", f"({options}, ohio)"])
    return f"Place {random.choice(['in', 'not in'])} {listed}"


def _keyed(random: Random) -> str:
    field = random.choice(list(_KEYED))
    values = [*_KEYED[field], "EMPTY"]
    if random.random() < 0.2:
        return f"{field} {random.choice(['is', 'is not'])} EMPTY"
    if random.random() < 0.4:
        return f"{field} {random.choice(['in', 'not in'])} ({', '.join(random.sample(values, 2))})"
    plain = [each for each in values if not each.endswith("Sprints()")]
    return f"{field} {random.choice(['=', '!='])} {random.choice(plain)}"


def _dated(random: Random) -> str:
    field = random.choice(list(_DATES))
    operator = random.choice(["<", "<=", ">", ">=", "=", "!="])
    return f"{field} {operator} {random.choice(_DATES[field])}"


def _counted(random: Random) -> str:
    operator = random.choice(["<", "<=", ">", ">=", "=", "!="])
    if random.random() < _ODD:
        return f"key {random.choice(['<', '<=', '>', '>='])} {random.choice(['WEB-30', 'api-12'])}"
    if random.random() < _ODD:
        return f"remainingEstimate {operator} {random.choice(['1h', '0'])}"
    if random.random() < _ODD:
        return f"{random.choice(['votes', 'workRatio'])} {operator} {random.choice(['0', '2', '-1'])}"
    return f"cf[10002] {operator} {random.choice(['0', '3', chr(39) + '5.5' + chr(39), '-1'])}"


def _texted(random: Random) -> str:
    field = random.choice(["summary", "description", "Note", "text"])
    return f"{field} {random.choice(['~', '!~'])} {random.choice(_TEXTS)}"


def _when(random: Random) -> str:
    parts = []
    if random.random() < 0.6:
        one, other = random.sample(_WHEN, 2)
        parts.append(
            random.choice([f"AFTER {one}", f"BEFORE {one}", f"ON {one}", f"DURING ({one}, {other})"])
        )
    if random.random() < 0.3:
        parts.append(f"BY {random.choice(['acc-1', '(acc-2, acc-3)', 'currentUser()'])}")
    return "".join(f" {each}" for each in parts)


def _was(random: Random) -> str:
    field = random.choice(list(_HISTORY))
    values = [*_HISTORY[field], "EMPTY"]
    if random.random() < 0.3:
        listed = ", ".join(random.sample(values, 2))
        return f"{field} {random.choice(['WAS IN', 'WAS NOT IN'])} ({listed}){_when(random)}"
    return f"{field} {random.choice(['WAS', 'WAS NOT'])} {random.choice(values)}{_when(random)}"


def _changed(random: Random) -> str:
    field = random.choice(list(_HISTORY))
    sides = "".join(
        f" {side} {random.choice([*_HISTORY[field], 'EMPTY'])}"
        for side in ("FROM", "TO")
        if random.random() < 0.3
    )
    return f"{field} CHANGED{sides}{_when(random)}"


def an_order(random: Random) -> str:
    fields = ["key", "priority", "created", "due", "assignee", "fixVersion", "cf[10002]", "status", "summary"]
    fields += ["project", "type", "'Go Live'", "Note", "parent", "labels", "remainingEstimate", "resolved"]
    fields += ["Tags", "component", "votes", "workRatio"]
    chosen = [
        f"{each} {random.choice(['', 'ASC', 'DESC'])}" for each in random.sample(fields, random.randint(0, 2))
    ]
    return f" ORDER BY {', '.join(chosen)}" if chosen else ""

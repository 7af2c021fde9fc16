"""What a rule names outright is there, or is told when the rule is saved and not when it fails."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.jql.catalogue import Catalogue, CustomField, IssueType, LinkType, Named, Release
from app.domain.rules.errors import RuleNotUnderstood
from app.domain.rules.reading import check, read, warnings_of
from app.domain.rules.site_names import host_of

JONAS = "5b10a2844c20165700ede21f"
SITE = Catalogue(
    now=datetime(2026, 3, 11, tzinfo=UTC),
    zone=ZoneInfo("UTC"),
    fields=(
        CustomField("customfield_1", "Story Points", "number", None),
        CustomField("customfield_2", "Sprint", "array", "com.pyxis.greenhopper.jira:gh-sprint"),
        CustomField("customfield_3", "Tester", "user", None),
    ),
    statuses=(Named("1", "To Do", "new"), Named("5", "Done", "done")),
    sprints=(Named("6", "Sprint 6", "closed"), Named("7", "Sprint 7", "active")),
    projects=(Named("10", "Burnish", key="BURN"),),
    sprint_field="customfield_2",
    priorities=(Named("2", "Low"), Named("3", "High")),
    resolutions=(Named("1", "Fixed"), Named("2", "Won't Do")),
    issue_types=(IssueType("1", False, 0, "Task"), IssueType("2", True, -1, "Sub-task")),
    link_types=(
        LinkType("1", "blocks", "is blocked by", "Blocks"),
        LinkType("2", "clones", "is cloned by", "Cloners"),
    ),
    components=(Named("1", "Checkout"),),
    releases=(Release("1", "10", False, False, 0, "1.4"),),
    has_releases=True,
    users={"jonas weber": frozenset({JONAS})},
)
BOARDS = {42: "Shop"}
EMPTY = Catalogue(now=SITE.now, zone=SITE.zone, fields=SITE.fields)
CREATED = {"type": "issue_created"}


def rule(trigger: dict[str, Any], *actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "R", "trigger": trigger, "actions": list(actions) or [{"type": "stop"}], **more}


def faults(document: dict[str, Any], site: Catalogue = SITE) -> dict[str, str]:
    try:
        check(read(document), site, None, BOARDS if site is SITE else {})
    except RuleNotUnderstood as error:
        return dict(error.faults)
    return {}


CREATE = {"type": "create", "issue_type": "Task", "summary": "S"}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({**CREATE, "issue_type": "Taks"}, "issue_type", "did you mean 'Task'?"),
    ({**CREATE, "project": "NOPE"}, "project", "there are: BURN"),
    ({**CREATE, "link_type": "blcks"}, "link_type", "did you mean 'Blocks'?"),
    ({**CREATE, "set": {"priority": "Hgh"}}, "set/priority", "did you mean 'High'?"),
    ({"type": "create_subtasks", "summaries": ["a"], "issue_type": "Subtask"}, "issue_type", "'Sub-task'"),
    ({"type": "clone", "set": {"components": ["nope"]}}, "set/components", "there are: Checkout"),
    ({"type": "link", "link_type": "is blocked", "to": "BURN-1"}, "link_type", "did you mean"),
    ({"type": "edit", "set": {"components": ["nope"]}}, "set/components", "no component 'nope'"),
    ({"type": "edit", "add": {"fixVersions": ["1.5"]}}, "add/fixVersions", "did you mean '1.4'?"),
    ({"type": "edit", "set": {"duedate": "tomorrow"}}, "set/duedate", "2026-11-30"),
    ({"type": "edit", "set": {"Story Points": "many"}}, "set/Story Points", "is no number"),
    ({"type": "edit", "set": {"labels": ["two words"]}}, "set/labels", "has no spaces"),
    ({"type": "edit", "set": {"Sprint": "x"}}, "set", "`move_to_sprint`"),
    ({"type": "edit", "set": {"Tester": "Jonas Weber"}}, "set/Tester", JONAS),
    ({"type": "transition", "to": "Done", "set": {"resolution": "Fixd"}}, "set/resolution", "'Fixed'"),
    ({"type": "transition", "to": "Done", "set": {"nope": "x"}}, "set", "is no field"),
    ({"type": "transition", "to": "Done", "comment": "{{ nope }}"}, "comment", "there is no value"),
    ({"type": "assign", "to": "Jonas Weber"}, "to", f"write the account id, {JONAS}"),
    ({"type": "assign", "to": "Jonas Webr"}, "to", f"did you mean 'jonas weber' ({JONAS})?"),
    ({"type": "assign", "among": [JONAS, "Nobody Else"]}, "among", "is nobody at this site"),
    ({"type": "watch", "who": "reprter"}, "who", "'reporter'"),
    ({"type": "watch", "who": ["reporter", "reprter"]}, "who", "'reporter'"),
    ({"type": "watch", "who": ["reporter", "{{ nope }}"]}, "who/1", "there is no value"),
    ({"type": "unlink", "link_type": "is bloked by"}, "link_type", "'is blocked by'"),
    ({"type": "rank", "to": "top", "jql": "nope = 1"}, "jql", "nope"),
    ({"type": "create_version", "name": "1.5", "release": "tomorrow"}, "release", "2026-11-30"),
    ({"type": "create_version", "name": "{{ nope }}"}, "name", "there is no value"),
    ({"type": "assign", "role": "Developers", "by": "balanced", "jql": "nope = 1"}, "jql", "nope"),
    ({"type": "start_sprint", "board": 99}, "board", "there are: 42 (Shop)"),
    (
        {"type": "complete_sprint", "board": 42, "open_issues": "{{ nope }}"},
        "open_issues",
        "there is no value",
    ),
    ({"type": "create_sprint", "board": 42, "name": "x", "end": "soon"}, "end", "2026-11-30T09:00"),
    ({"type": "create_sprint", "board": 42, "name": "x" * 31}, "name", "30 characters at the most"),
    ({"type": "notify", "to": ["wachers"], "text": "x"}, "to", "'watchers'"),
    ({"type": "move_to_sprint", "to": "Sprnt 7"}, "to", "'Sprint 7'"),
    ({"type": "move_to_sprint", "to": "Sprint 6"}, "to", "no open sprint"),
    ({"type": "log_work", "time": "abc"}, "time", "write it like 1h 30m"),
    ({"type": "release_version", "version": "1.44"}, "version", "'1.4'"),
    ({"type": "web_request", "url": "not an url"}, "url", "write it like https://"),
    (
        {"type": "branch", "to": "linked", "link_type": "bloks", "actions": [{"type": "stop"}]},
        "link_type",
        "blocks",
    ),
]


@pytest.mark.parametrize(("action", "place", "way_out"), WRONG)
def test_an_action_that_can_never_work_is_refused_with_a_way_out(
    action: dict[str, Any], place: str, way_out: str
) -> None:
    found = faults(rule(CREATED, action))
    assert found.keys() == {f"actions/0/{place}"}
    assert way_out in found[f"actions/0/{place}"]


def test_a_trigger_that_never_fires_is_refused() -> None:
    crossed = {"type": "metric_crossed", "metric": "remaining", "below": 1, "jql": "project = BURN"}
    wrong = [
        ({"type": "field_changed", "fields": ["priority"], "from": ["Hgh"]}, "trigger/from", "'High'"),
        ({**crossed, "board": 99}, "trigger/board", "there are: 42 (Shop)"),
        ({"type": "sprint_progress", "percent": 50, "boards": [42, 99]}, "trigger/boards/1", "no board 99"),
        ({"type": "issue_linked", "link_types": ["is bloked by"]}, "trigger/link_types", "'is blocked by'"),
    ]
    for trigger, place, way_out in wrong:
        found = faults(rule(trigger))
        assert found.keys() == {place}
        assert way_out in found[place]


def test_all_that_is_wrong_is_told_at_once() -> None:
    actions = [action for action, _, _ in WRONG]
    found = faults(rule({"type": "field_changed", "fields": ["priority"], "to": ["Hgh"]}, *actions))
    places = {f"actions/{number}/{place}" for number, (_, place, _) in enumerate(WRONG)}
    assert found.keys() == {"trigger/to", *places}


RIGHT: list[dict[str, Any]] = [
    {**CREATE, "project": "BURN", "issue_type": "task", "link_type": "Blocks", "set": {"priority": "3"}},
    {
        "type": "edit",
        "set": {"priority": "{{ issue.priority }}", "Story Points": "{{ issue.x }}", "duedate": None},
    },
    {"type": "edit", "set": {"Story Points": 3, "duedate": "2026-11-30", "Tester": JONAS}},
    {"type": "edit", "set": {"priority": {"id": "77"}}, "add": {"components": ["checkout"]}},
    {"type": "assign", "to": "lead"},
    {
        "type": "assign",
        "among": [JONAS.upper(), "5b10ac8d82e05b22cc7d4ef5", "712020:6f1b-4c", "JIRAUSER10100"],
    },
    {"type": "watch", "who": "{{ issue.assignee.accountId }}"},
    {"type": "move_to_sprint", "to": "sprint 7"},
    {"type": "move_to_sprint", "to": "Active"},
    {"type": "log_work", "time": "1h  30m"},
    {"type": "log_work", "time": "{{ issue.x }}"},
    {"type": "web_request", "url": "https://{{ issue.key }}.example.com/x y"},
]


@pytest.mark.parametrize("action", RIGHT)
def test_what_is_there_and_what_is_made_of_values_is_taken(action: dict[str, Any]) -> None:
    assert faults(rule(CREATED, action)) == {}


def test_what_was_not_read_yet_is_not_asked() -> None:
    lists = ("issue_type", "project", "link_type", "priority", "components", "Versions", "to", "among", "who")
    unread = [action for action, place, _ in WRONG if place.rpartition("/")[2].endswith(lists)]
    assert len(unread) > 10
    assert faults(rule(CREATED, *unread), EMPTY) == {}


def test_a_host_that_the_settings_do_not_allow_is_warned_of() -> None:
    urls = ["https://hooks.example.com/a", "http://127.0.0.1:8000/", "https://HOOKS.example.com:443/b"]
    asked = read(rule(CREATED, *({"type": "web_request", "url": each} for each in urls)))
    ((place, said),) = warnings_of(asked, ["hooks.example.com"])
    assert place == "actions/1/url"
    assert "may not ask 127.0.0.1:8000" in said
    assert "`web_request_private_hosts`" in said
    assert "there are: hooks.example.com" in said
    assert warnings_of(asked) == []


def test_a_channel_that_the_settings_do_not_have_is_warned_of() -> None:
    told = read(rule(CREATED, {"type": "message", "channels": ["team", "tema"], "text": "x"}))
    ((place, said),) = warnings_of(told, (), ["mail", "team"])
    assert place == "actions/0/channels/1"
    assert said.endswith("no channel 'tema' in `channels`; there are: mail, team")
    assert warnings_of(told, ()) == []


def test_hosts_are_named_as_in_the_settings() -> None:
    assert host_of("https://Hooks.Example.com/x?y") == "hooks.example.com"
    assert host_of("https://hooks.example.com:8443") == "hooks.example.com:8443"
    assert host_of("http://[::1]:80/") == "[::1]"
    none = (
        "not an url",
        "ftp://a.example.com",
        "https://",
        "https://a b/",
        "https://{{ x }}/",
        "https://a:port/",
    )
    assert [host_of(each) for each in none] == [None] * len(none)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ({"type": "unlink"}, "removes no links of all kinds with all issues"),
        ({"type": "rank"}, "needs `before`, `after` or `to`, one of them"),
        ({"type": "rank", "before": "BURN-1", "to": "top"}, "needs `before`, `after` or `to`, one of them"),
        ({"type": "rank", "before": "BURN-1", "jql": "type = Bug"}, "goes with `to`"),
        ({"type": "edit", "raw": {}}, "`raw` needs `fields` or `update`"),
    ],
)
def test_an_action_that_does_not_say_what_it_is_about_is_refused(action: dict[str, Any], said: str) -> None:
    with pytest.raises(RuleNotUnderstood, match=said):
        read(rule(CREATED, action))

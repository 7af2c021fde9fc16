"""PyPI `jira` (pycontribs), unchanged, against a Jira: one line of JSON a call."""

import io
import json
import sys

from jira import JIRA

URL, USER, TOKEN, DEPLOYMENT = sys.argv[1:]
CLOUD = DEPLOYMENT == "cloud"
made = {}


def call(name, work):
    try:
        made[name] = work()
        print(json.dumps({"call": name, "ok": True}))
    except Exception as error:
        print(json.dumps({"call": name, "ok": False, "why": f"{type(error).__name__}: {error}"[:400]}))


def connect():
    options = {"server": URL, "rest_api_version": "2"}
    credentials = {"basic_auth": (USER, TOKEN)} if CLOUD else {"token_auth": TOKEN}
    return JIRA(options=options, max_retries=0, timeout=20, **credentials)


call("connect", connect)
jira = made["connect"]


def search():
    if CLOUD:
        found = jira.enhanced_search_issues(
            "project = BURN ORDER BY key ASC", maxResults=0, fields="summary,status"
        )
    else:
        found = jira.search_issues(
            "project = BURN ORDER BY key ASC", maxResults=False, fields="summary,status"
        )
    assert len(found) > 150, len(found)
    assert len({issue.key for issue in found}) == len(found)
    return found


def history():
    issue = next(each for each in made["search over several pages"] if each.fields.status.name == "Done")
    whole = jira.issue(issue.key, expand="changelog")
    assert any(item.field == "status" for entry in whole.changelog.histories for item in entry.items)


def create():
    fields = {"project": {"key": "BURN"}, "summary": "Made by a client", "issuetype": {"name": "Task"}}
    issue = jira.create_issue(fields={**fields, "description": "Some *text*"})
    assert issue.fields.summary == "Made by a client"
    return issue


def edit():
    issue = made["create"]
    issue.update(summary="Changed by a client", fields={"labels": ["one", "two"]})
    again = jira.issue(issue.key)
    assert again.fields.summary == "Changed by a client"
    assert sorted(again.fields.labels) == ["one", "two"]


def comment():
    written = jira.add_comment(made["create"], "A comment")
    assert [each.body for each in jira.comments(made["create"])] == ["A comment"]
    written.update(body="Another")
    assert jira.comment(made["create"], written.id).body == "Another"


def transition():
    possible = jira.transitions(made["create"])
    wanted = next(each for each in possible if each["to"]["name"] == "In Progress")
    jira.transition_issue(made["create"], wanted["id"])
    assert jira.issue(made["create"].key).fields.status.name == "In Progress"


def assign():
    me = jira.myself()
    user = me["accountId"] if CLOUD else me["name"]
    if CLOUD:
        made["create"].update(fields={"assignee": {"accountId": user}})
    else:
        jira.assign_issue(made["create"], user)
    assert jira.issue(made["create"].key).fields.assignee.displayName == me["displayName"]


def link():
    jira.create_issue_link("Blocks", made["create"].key, "BURN-1")
    assert jira.issue(made["create"].key).fields.issuelinks


def attach():
    attached = jira.add_attachment(made["create"].key, io.BytesIO(b"hello"), filename="hello.txt")
    assert attached.get() == b"hello"


def boards():
    found = jira.boards(projectKeyOrID="BURN")
    return next(board for board in found if board.type == "scrum")


def sprints():
    found = jira.sprints(made["boards"].id, maxResults=False)
    assert len(found) == 7
    return next(sprint for sprint in found if sprint.state.lower() == "active")


def sprint_issues():
    jql = f"sprint = {made['sprints'].id}"
    found = (
        jira.enhanced_search_issues(jql, maxResults=0) if CLOUD else jira.search_issues(jql, maxResults=False)
    )
    assert found


def move():
    jira.add_issues_to_sprint(made["sprints"].id, [made["create"].key])
    jira.move_to_backlog([made["create"].key])


def delete():
    made["create"].delete()


call("server info", jira.server_info)
call("myself", jira.myself)
call("fields", jira.fields)
call("projects", jira.projects)
call("search over several pages", search)
call("changelog", history)
call("create", create)
call("edit", edit)
call("comment", comment)
call("transition", transition)
call("assign", assign)
call("link", link)
call("attach", attach)
call("boards", boards)
call("sprints", sprints)
call("sprint issues", sprint_issues)
call("sprint and backlog moves", move)
call("delete", delete)

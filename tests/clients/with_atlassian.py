"""PyPI `atlassian-python-api`, unchanged, against a Jira: one line of JSON a call."""

import json
import sys
import tempfile
from pathlib import Path

from atlassian import Jira
from atlassian.jira import JiraCloud, JiraSoftware

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
    if CLOUD:
        return Jira(url=URL, username=USER, password=TOKEN, cloud=True)
    return Jira(url=URL, token=TOKEN)


call("connect", connect)
jira = made["connect"]


def search():
    jql = "project = BURN ORDER BY key ASC"
    if CLOUD:
        found = jira.enhanced_jql_get_list_of_tickets(jql, fields=["summary", "status"])
    else:
        found = jira.jql_get_list_of_tickets(jql, fields=["summary", "status"])
    assert len(found) > 150, len(found)
    assert len({issue["key"] for issue in found}) == len(found)
    return found


def history():
    issue = next(
        each for each in made["search over several pages"] if each["fields"]["status"]["name"] == "Done"
    )
    if CLOUD:
        values = jira.get_issue_changelog(issue["key"])["values"]
    else:
        values = jira.get_issue_changelog(issue["key"])["histories"]
    assert any(item["field"] == "status" for entry in values for item in entry["items"])


def create():
    fields = {"project": {"key": "BURN"}, "summary": "Made by a client", "issuetype": {"name": "Task"}}
    issue = jira.create_issue(fields={**fields, "description": "Some *text*"})
    return issue["key"]


def edit():
    jira.update_issue_field(made["create"], {"summary": "Changed by a client", "labels": ["one", "two"]})
    again = jira.issue(made["create"])
    assert again["fields"]["summary"] == "Changed by a client"
    assert sorted(again["fields"]["labels"]) == ["one", "two"]


def comment():
    jira.issue_add_comment(made["create"], "A comment")
    assert [each["body"] for each in jira.issue_get_comments(made["create"])["comments"]] == ["A comment"]


def transition():
    jira.set_issue_status(made["create"], "In Progress")
    assert jira.get_issue_status(made["create"]) == "In Progress"


def assign():
    me = jira.myself()
    jira.assign_issue(made["create"], me["accountId"] if CLOUD else me["name"])
    assert jira.issue(made["create"])["fields"]["assignee"]["displayName"] == me["displayName"]


def link():
    data = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": made["create"]},
        "outwardIssue": {"key": "BURN-1"},
    }
    jira.create_issue_link(data)
    assert jira.issue(made["create"])["fields"]["issuelinks"]


def attach():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hello.txt"
        path.write_text("hello")
        jira.add_attachment(made["create"], str(path))
    assert jira.issue(made["create"])["fields"]["attachment"][0]["filename"] == "hello.txt"


def boards():
    found = jira.get_all_agile_boards(project_key="BURN")["values"]
    return next(board["id"] for board in found if board["type"] == "scrum")


def board_issues():
    assert jira.get_issues_for_board(made["boards"], "")["issues"]


def sprints():
    found = jira.get_all_sprints_from_board(made["boards"])["values"]
    assert len(found) == 7
    return next(sprint["id"] for sprint in found if sprint["state"].lower() == "active")


def sprint_issues():
    assert jira.get_all_issues_for_sprint_in_board(made["boards"], made["sprints"])["issues"]


def move():
    jira.add_issues_to_sprint(made["sprints"], [made["create"]])


def rest_v3():
    cloud = JiraCloud(URL, username=USER, password=TOKEN)
    page = cloud.enhanced_jql("project = BURN ORDER BY created DESC", limit=20)
    assert len(page["issues"]) == 20
    assert page["nextPageToken"]


def software():
    agile = JiraSoftware(URL, username=USER, password=TOKEN)
    assert agile.get_all_boards()["values"]


def delete():
    jira.delete_issue(made["create"])


call("server info", jira.get_server_info)
call("myself", jira.myself)
call("fields", jira.get_all_fields)
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
call("board issues", board_issues)
call("sprints", sprints)
call("sprint issues", sprint_issues)
call("move to sprint", move)
if CLOUD:
    call("search, v3", rest_v3)
    call("boards, software", software)
call("delete", delete)

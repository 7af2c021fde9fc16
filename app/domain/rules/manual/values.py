"""What texts of rules can say, in words for the manual: values, their parts, filters, tests and methods."""

from collections.abc import Mapping

VALUES: Mapping[str, str] = {
    "issue": "the issue at hand, as it was at the instant of the event; in a branch the other one; none "
    "where the rule is decided `once`",
    "triggerIssue": "the issue that the event is about, also in a branch",
    "initiator": "who did it: a person; empty where Jira does not say",
    "now": "the instant of the event, in UTC; after a `wait` the end of it",
    "rule": "`rule.name`",
    "changelog": "all changes of the event, a list",
    "fieldChange": "the first of them",
    "comment": "the comment of an event about one",
    "sprint": "the sprint of an event about one; created, updated or deleted, it has what Jira tells of it",
    "version": "the version of an event about one; but for released, it has what Jira tells of it",
    "board": "the board of an event about one, as Jira tells it: `board.id`, `board.name`, `board.type`",
    "webhook": "the body of an `incoming_webhook` (webhookData in Jira): `webhook.order.id`",
    "metric": "of `metric_crossed`: `metric.name`, `metric.value`, `metric.limit`",
    "worklog": "the logged work of an event about some; edited, it is as it is since",
    "attachment": "the file of an event about one; where the store has it, with its author, size and type",
    "project": "the project of an event about one, as Jira tells it: `project.key`, `project.name`",
    "user": "the person of an event about one: `user.accountId`, `user.displayName`, `user.active`",
    "createdIssue": "in a `branch` to `created` the new issue",
    "lookupIssues": "after a `lookup_issues` what it found: a list of issues",
    "webResponse": "in the `then` of a `web_request`: `webResponse.status`, "
    '`webResponse.headers["Location"]`, `webResponse.body.items[0].id`',
    "secrets": "in headers and the body of a `web_request`, alone in its braces: `{{ secrets.NAME }}`",
}
ISSUE: Mapping[str, str] = {
    "key": "such as BURN-1; `{{ issue }}` alone is the key, too",
    "id": "Jira's number of it",
    "summary": "the text",
    "created": "an instant",
    "updated": "an instant",
    "url": "the address for browsers",
    "project": "with the parts of a project",
    "parent": "the parent or the epic: an issue with all its fields, where the store has it",
    "fields": "the issue itself: `issue.fields.summary` is `issue.summary`",
    "attachments": "its files at the instant of the event, the oldest first: a list",
    "attachment": "likewise",
    "worklogs": "the work logged until then, the oldest first, as it was edited since: a list",
    "worklog": "likewise",
}
THINGS: Mapping[str, str] = {
    "status": "`issue.status`",
    "statusCategory": "`issue.status.statusCategory`, `issue.statusCategory`",
    "issuetype": "`issue.issuetype`, `issue.type`",
    "priority": "`issue.priority`",
    "resolution": "`issue.resolution`",
    "security": "`issue.security`",
    "component": "items of `issue.components`",
    "version": "items of `issue.fixVersions` and `issue.versions`, `version`",
    "sprint": "items of `issue.sprint`, `sprint`",
    "person": "`issue.assignee`, `issue.reporter`, `issue.creator`, `initiator`, `comment.author`",
    "project": "`issue.project`",
    "option": "fields with a choice; `child` of those with two",
    "group": "fields with groups",
    "change": "`fieldChange`, items of `changelog`; `from` and `to` are ids",
    "comment": "`comment`; `limited` says whether not everybody sees it",
    "worklog": "`worklog`, items of `issue.worklogs`; `timeSpent` in days of 8 hours, weeks of 5 days",
    "attachment": "`attachment`, items of `issue.attachments`; `size` in bytes",
    "rule": "`rule`",
}
FILTERS: Mapping[str, str] = {
    "abs": "a number without its sign",
    "default": "`default('none')`: what stands there where the value is empty or missing",
    "d": "short for `default`",
    "first": "the first item",
    "last": "the last item",
    "length": "how many items, or letters",
    "list": "a list, of what another filter made",
    "map": "`map(attribute='key')`: of each item a part; `map('upper')`: each item through a filter",
    "mention": "of a person such as `issue.assignee`: in comments, descriptions and other long texts a "
    "mention, of which Jira tells that person; elsewhere `@Ann`. Also of a list of people, or an account id "
    "(Data Center: a login name)",
    "join": "`join(', ')`: the items in one text",
    "sort": "in order; `sort(attribute='created', reverse=true)`",
    "unique": "each once",
    "float": "a number",
    "int": "a whole number",
    "round": "`round(1)`: to one decimal",
    "lower": "in small letters",
    "upper": "in capitals",
    "title": "Each Word With A Capital",
    "trim": "without spaces around it",
}
TESTS: Mapping[str, str] = {
    "defined": "`{% if issue.assignee is defined %}`: it has a value",
    "undefined": "it has none",
    "none": "it is null, as nothing here is: ask `is undefined`",
    "string": "it is a text",
    "number": "it is a number",
    "odd": "it is an odd number",
    "even": "it is an even number",
    "in": "`x is in list`; also `x in list`",
    "eq": "`x is eq y`; also `x == y`",
    "ne": "`x is ne y`; also `x != y`",
}
TEXT_METHODS: Mapping[str, str] = {
    "startswith": "`issue.summary.startswith('Bug')`",
    "endswith": "likewise",
    "lower": "in small letters",
    "upper": "in capitals",
    "strip": "without spaces around it",
    "split": "`split(', ')`: a list of its parts",
}
SPAN_PARTS: Mapping[str, str] = {
    "weeks": "of seven times 24 hours",
    "days": "of 24 hours",
    "hours": "whole ones",
    "minutes": "whole ones",
}

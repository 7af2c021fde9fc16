"""An example for each word of the rule language, as the manual shows it."""

from collections.abc import Mapping

WHOLE = """\
name: Urgent bugs of customers
projects: [BURN]
trigger: {type: field_changed, fields: [priority], to: [Highest]}
when: type = Bug AND labels = customer
actions:
  - {type: edit, add: {labels: [urgent]}}
  - {type: comment, mode: once, text: "{{ issue.key }} is urgent since {{ now.format('d MMM HH:mm') }} UTC."}
limits: {per_hour: 50}
tests:
  - name: an urgent bug of a customer gets its label
    given:
      issue: {key: BURN-1, type: Bug, priority: Highest, labels: [customer]}
      changes: [{field: priority, from: Low, to: Highest}]
    effects: [{kind: edit_issue}, {kind: living_comment, says: BURN-1 is urgent}]
  - name: others do not
    given:
      issue: {key: BURN-2, type: Bug, priority: Highest, labels: [checkout]}
      changes: [{field: priority, from: Low, to: Highest}]
    outcome: not matched
"""

TRIGGERS: Mapping[str, str] = {
    "issue_created": "trigger: {type: issue_created}",
    "issue_updated": "trigger: {type: issue_updated}",
    "issue_transitioned": "trigger: {type: issue_transitioned, from: [In Progress], to: [Done]}",
    "issue_assigned": "trigger: {type: issue_assigned}",
    "field_changed": "trigger: {type: field_changed, fields: [priority], from: [Low], to: [High, Highest]}",
    "issue_deleted": "trigger: {type: issue_deleted}",
    "comment_added": "trigger: {type: comment_added}",
    "comment_edited": "trigger: {type: comment_edited}",
    "comment_deleted": "trigger: {type: comment_deleted}",
    "attachment_added": "trigger: {type: attachment_added}",
    "attachment_removed": "trigger: {type: attachment_removed}",
    "issue_linked": "trigger: {type: issue_linked, change: added, link_types: [is blocked by]}",
    "issue_moved": "trigger: {type: issue_moved}",
    "work_logged": "trigger: {type: work_logged}",
    "work_log_edited": "trigger: {type: work_log_edited}",
    "work_log_deleted": "trigger: {type: work_log_deleted}",
    "sprint_started": "trigger: {type: sprint_started}",
    "sprint_closed": "trigger: {type: sprint_closed}",
    "version_released": "trigger: {type: version_released}",
    "schedule": """\
trigger:
  type: schedule
  cron: 0 8 * * mon-fri
  time_zone: Europe/Berlin
  jql: status = "In Progress" AND updated < -5d
""",
    "incoming_webhook": """\
trigger:
  type: incoming_webhook
  jql: project = BURN AND summary ~ {{ webhook.order }}
""",
    "sprint_created": "trigger: {type: sprint_created, jql: 'project = BURN AND labels = planning'}",
    "sprint_progress": "trigger: {type: sprint_progress, percent: 50, boards: [42]}",
    "metric_crossed": """\
trigger:
  type: metric_crossed
  board: 42
  metric: scope_change_percent
  above: 20
  jql: project = BURN AND labels = sprint-report
""",
    "any_of": """\
trigger:
  type: any_of
  triggers:
    - {type: issue_created}
    - {type: field_changed, fields: [priority]}
""",
    "manual": "trigger: {type: manual}",
}

CONDITIONS: Mapping[str, str] = {
    "all": """\
when:
  all:
    - type = Bug
    - {initiator: [reporter]}
""",
    "any": "when: {any: [priority = Highest, labels = urgent]}",
    "not": "when: {not: assignee IS EMPTY}",
    "jql": "when: status WAS Done AND priority CHANGED FROM Low",
    "compare": 'when: {compare: {left: "{{ issue.StoryPoints }}", operator: ">", right: "8"}}',
    "initiator": "when: {initiator: [assignee, reporter]}",
    "in_group": "when: {in_group: {who: reporter, groups: [support]}}",
    "in_role": "when: {in_role: {who: commenter, roles: [Administrators]}}",
    "in_status_longer_than": "when: {in_status_longer_than: {days: 3, working: true}}",
    "related": "when: {related: {to: subtasks, match: all, jql: statusCategory = Done}}",
}

ACTIONS: Mapping[str, str] = {
    "comment": """\
- {type: comment, mode: living, name: owner, text: "Owned by {{ issue.assignee }}."}
- {type: comment, text: "{{ issue.assignee | mention }}, please look.", visible_to: {role: Developers}}
""",
    "edit": """\
- type: edit
  set: {priority: Highest, Story Points: 5, duedate: "{{ now.plusBusinessDays(3).format('yyyy-MM-dd') }}"}
  add: {labels: [urgent]}
  remove: {components: [Website]}
  clear: [environment]
- {type: edit, raw: {fields: {timetracking: {remainingEstimate: 2h}}}}
""",
    "copy_fields": """\
- {type: copy_fields, from: parent, fields: [priority, fixVersions, components]}
- {type: copy_fields, from: linked, link_type: is blocked by, fields: [labels], mode: add}
""",
    "transition": """\
- {type: transition, to: In Progress}
- {type: transition, to: Done, set: {resolution: Done}, comment: "Closed by {{ rule.name }}."}
""",
    "assign": """\
- {type: assign, to: reporter}
- {type: assign, among: [5b10a2844c20165700ede21g, 5b10ac8d82e05b22cc7d4ef5]}
- {type: assign, role: Developers, by: balanced, jql: project = BURN AND statusCategory != Done}
""",
    "link": '- {type: link, link_type: Blocks, to: "{{ issue.parent.key }}", direction: inward}',
    "create": """\
- type: create
  project: BURN
  issue_type: Task
  summary: "Texts for {{ issue.key }}"
  set: {labels: [texts], priority: "{{ issue.priority }}"}
  link_type: Blocks
""",
    "create_subtasks": '- {type: create_subtasks, summaries: [Design, Build, "Test {{ issue.summary }}"]}',
    "move_to_sprint": "- {type: move_to_sprint, to: active}",
    "rank": """\
- {type: rank, before: BURN-1}
- {type: rank, to: top, jql: project = BURN AND labels = urgent AND statusCategory != Done}
""",
    "unlink": "- {type: unlink, link_type: is blocked by}",
    "create_version": """\
- {type: create_version, name: "Week {{ now.format('yyyy-MM-dd') }}", release: "{{ now.plusDays(7) }}"}
- {type: create_version, project: BURN, name: "{{ issue.summary }}"}
""",
    "create_sprint": """\
- type: create_sprint
  board: 42
  name: "Sprint of {{ now.format('d MMM') }}"
  goal: To be said at the planning.
  start: "{{ now.plusDays(1) }}"
  end: "{{ now.plusDays(15) }}"
""",
    "start_sprint": """\
- {type: start_sprint, board: 42}
- {type: start_sprint, board: 42, sprint: "{{ sprint.id }}", end: 2026-12-11T17:00}
""",
    "complete_sprint": "- {type: complete_sprint, board: 42, open_issues: next}",
    "delete_comment": "- {type: delete_comment, name: overdue}",
    "watch": """\
- {type: watch, who: reporter}
- {type: unwatch, who: [assignee, commenter]}
""",
    "set_property": '- {type: set_property, key: score, value: {points: "{{ issue.StoryPoints }}"}}',
    "web_request": """\
- type: web_request
  url: https://ci.example.com/builds/{{ issue.key }}
  method: PUT
  headers: {Authorization: "Bearer {{ secrets.CI_TOKEN }}"}
  body: {who: "{{ initiator.displayName }}"}
  accept: any
  then:
    - {type: comment, text: "The build said {{ webResponse.status }}."}
""",
    "log_work": "- {type: log_work, time: 1h 30m, text: \"Checked {{ now.format('yyyy-MM-dd') }}\"}",
    "clone": """\
- type: clone
  summary: "Follow-up of {{ issue.key }}"
  copy: [description, labels]
  set: {priority: Low}
""",
    "release_version": '- {type: release_version, version: "1.4"}',
    "notify": '- {type: notify, to: [assignee, watchers], groups: [support], text: "{{ issue.url }} waits."}',
    "message": """\
- type: message
  channels: [team]
  title: "{{ issue.key }} is blocked"
  text: "**{{ issue.summary }}** waits for {{ issue.assignee | default('somebody') }}: {{ issue.url }}"
""",
    "wait": "- {type: wait, days: 2, working: true, when: \"status = 'In Progress'\"}",
    "create_variable": '- {type: create_variable, name: owner, value: "{{ issue.assignee.displayName }}"}',
    "lookup_issues": """\
- {type: lookup_issues, jql: "parent = {{ issue.key }} AND status != Done ORDER BY priority DESC"}
- {type: comment, text: "Open: {{ lookupIssues | map(attribute='key') | join(', ') }}"}
""",
    "log": '- {type: log, text: "It had {{ issue.StoryPoints }} points."}',
    "stop": "- {type: stop}",
    "if": """\
- type: if
  when: assignee IS EMPTY
  then:
    - {type: assign, to: lead}
  otherwise:
    - {type: watch, who: lead}
""",
    "branch": """\
- type: branch
  to: children
  when: status != Done
  actions:
    - {type: comment, text: "{{ triggerIssue.key }} was closed, {{ issue.key }} is still open."}
- type: branch
  to: epic
  actions:
    - {type: comment, text: "{{ triggerIssue.key }} was closed."}
- type: branch
  jql: labels = {{ issue.key }}
  actions:
    - {type: edit, remove: {labels: ["{{ triggerIssue.key }}"]}}
""",
}

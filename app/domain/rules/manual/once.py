"""What the manual tells of rules that are decided once for an event, without an issue."""

from app.domain.rules.once import TYPES_WITHOUT_ISSUE

_ACTIONS = ", ".join(f"`{each}`" for each in TYPES_WITHOUT_ISSUE)
ONCE = f"""\
## Without an issue

With `once: true` a trigger has its rule decided once for each event, and not for each issue: a retro for a
closed sprint, a message a day, a bug for a call of a build server. There is no `{{{{ issue }}}}` then, and no
`{{{{ triggerIssue }}}}`; texts name what the event brings (`sprint`, `version`, `board`, `webhook`,
`metric`), `now`, and `lookupIssues`.

```yaml
name: A retro for each sprint
trigger: {{type: sprint_closed, once: true}}
actions:
  - {{type: lookup_issues, jql: "sprint = {{{{ sprint.id }}}} AND statusCategory != Done"}}
  - type: create
    project: BURN
    issue_type: Task
    summary: "Retro for {{{{ sprint.name }}}}: {{{{ lookupIssues | length }}}} left over"
  - type: branch
    jql: sprint = {{{{ sprint.id }}}} AND statusCategory != Done
    actions:
      - {{type: comment, text: "Left over from {{{{ sprint.name }}}}."}}
tests:
  - name: one retro, and what is left over hears of it
    given: {{sprint: {{id: 7, name: Sprint 7}}, found: [{{key: BURN-1}}]}}
    effects: [{{kind: create_issue}}, {{kind: living_comment, says: Left over from Sprint 7}}]
```

- **Actions** that need no issue: {_ACTIONS}.
  All others, and conditions but `compare`, stand in a `branch` with `jql` or with `to: created`, where there
  are issues again. `create` and `create_version` need their `project`.
- **Projects** of the rule narrow events of versions, and of sprints and boards by the project of the board;
  other events happen in none, and such a rule has no `projects`.
- **Once** is once, whatever is told twice: a sprint that was closed, opened and closed again counts once. A
  call with the same `Idempotency-Key` as an earlier one counts with that one, as long as that decision is
  kept. By hand it is asked with `burnish rules run ID`, without keys, and each time anew.
- `limits.per_issue_per_day` counts no events without an issue, the other limits do.
"""

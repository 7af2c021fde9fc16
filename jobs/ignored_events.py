"""Events that change nothing here, each with its reason."""

from collections.abc import Mapping

_NOT_KEPT = "Burnish keeps nothing of this kind yet."

IGNORED: Mapping[str, str] = {
    "jira:worklog_updated": "Jira tells the same by `worklog_updated`.",
    **dict.fromkeys(
        (
            "issue_property_set",
            "issue_property_deleted",
            "filter_created",
            "filter_updated",
            "filter_deleted",
            "option_voting_changed",
            "option_watching_changed",
            "option_unassigned_issues_changed",
            "option_subtasks_changed",
            "option_issuelinks_changed",
            "option_attachments_changed",
            "option_timetracking_changed",
            "option_timetracking_provider_changed",
            "jira_expression_evaluation_failed",
            "app_access_to_objects_blocked",
            "app_access_to_objects_in_container_blocked",
        ),
        _NOT_KEPT,
    ),
}

"""Events that change nothing here, each with its reason."""

from collections.abc import Mapping

_BY_SYNC = "Sync reads this by itself."
_NOT_KEPT = "Burnish keeps nothing of this kind yet."

IGNORED: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "project_created",
            "project_updated",
            "project_deleted",
            "project_soft_deleted",
            "project_restored_deleted",
            "project_archived",
            "project_restored_archived",
            "issuelink_created",
            "issuelink_deleted",
            "issuetype_created",
            "issuetype_updated",
            "issuetype_deleted",
        ),
        _BY_SYNC,
    ),
    **dict.fromkeys(
        (
            "worklog_created",
            "worklog_updated",
            "worklog_deleted",
            "jira:worklog_updated",
            "attachment_created",
            "attachment_deleted",
            "issue_property_set",
            "issue_property_deleted",
            "jira:version_released",
            "jira:version_unreleased",
            "jira:version_created",
            "jira:version_moved",
            "jira:version_updated",
            "jira:version_deleted",
            "jira:version_merged",
            "filter_created",
            "filter_updated",
            "filter_deleted",
            "user_created",
            "user_updated",
            "user_deleted",
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

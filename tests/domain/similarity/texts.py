"""Small backlogs with known duplicates, in nobody's words but ours."""

from app.domain.similarity.index import IssueText

LOGIN = IssueText(
    "B-1", "Login fails with a timeout on the mobile app", "After 30 s the spinner stops: TimeoutError."
)
LOGIN_AGAIN = IssueText(
    "B-2", "Mobile app: timeouts when logging in", "Spinner turns for 30 s, then TimeoutError in the log."
)
EXPORT = IssueText("B-3", "Export of invoices as PDF loses umlauts", "ä becomes a question mark.")
UPGRADE = IssueText("B-4", "Upgrade jackson to 2.14.1", "CVE-2022-42003 is fixed there.")
UPGRADE_AGAIN = IssueText("B-5", "CVE-2022-42003 in our JSON library", "Scanner says that 2.14.1 is safe.")
DARK = IssueText("B-6", "Dark mode for the settings page", "")
BACKLOG = (LOGIN, LOGIN_AGAIN, EXPORT, UPGRADE, UPGRADE_AGAIN, DARK)

"""What is asked of histories: WAS, CHANGED, and any query as of an instant."""

from tests.store.jql_world import at_day as at

CASES = [
    # history
    ("status was 'In Progress'", "10 1"),
    ("status was not 'In Progress'", "2"),
    ("status was 'In Progress' by acc-3", "10"),
    ("status was 'In Progress' before '2026-03-05'", "1"),
    ("status was 'In Progress' on '2026-03-05'", "1"),
    ("status was 'In Progress' on '2026-03-07'", ""),
    ("status was 'To Do' by currentUser()", "10 2"),
    ("status was 'To Do' after '2026-03-08'", "10 2"),
    ("status was in (Done, 'In Progress') during ('2026-03-05', '2026-03-06')", "1"),
    ("assignee was Bob", "10 1"),
    ("assignee was empty", "2"),
    ("fixVersion was 71", "1"),
    ("fixVersion was '1.0' after '2026-03-09'", ""),
    ("sprint was 7 on '2026-03-09'", "1"),
    ("sprint was 'Sprint 8' before '2026-03-09'", ""),
    ("status was Abolished", ""),
    ("status changed", "10 1"),
    ("not status changed", "2"),
    ("status changed from 'To Do' to Done", ""),
    ("status changed to Done by acc-3 after '2026-03-05'", "1"),
    ("status changed on '2026-03-09'", "10"),
    ("'Story Points' changed from 3", "1"),
    ("'Story Points' was 3", "1"),
    ("'Story Points' was 8", "10"),
    ("'Story Points' was empty", "2"),
    ("due was '2026/03/11'", "1"),
    ("resolution was unresolved", "10 2 1"),
    ("resolution was not Unresolved", ""),
    ("resolution changed from unresolved", ""),
    ("summary was 'pay the invoice by card'", "1"),
]
AS_OF = [
    ("status = 'To Do' order by key", at(3), "1 2 10"),
    ("status = 'In Progress'", at(5), "1"),
    ("status was 'In Progress'", at(3, 15), ""),
    ("assignee = Bob and fixVersion = 1.0 and 'Story Points' = 3", at(5), "1"),
    ("sprint = 7", at(9), "1"),
    ("sprint = 7", at(10), ""),
    ("created <= now()", at(2), "2 1"),
    ("updated < '2026-03-05'", at(5), "10 2 1"),
]

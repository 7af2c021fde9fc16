"""Somebody, as Jira tells of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the site.

    Attributes:
        account_id: `accountId` on Cloud, `key` on Data Center: what stays.
        name: as shown.
        username: Data Center's login name; None on Cloud.
        account_type: Cloud's, such as "atlassian" or "app".
    """

    account_id: str
    name: str
    username: str | None = None
    active: bool = True
    account_type: str | None = None

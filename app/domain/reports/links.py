"""Addresses of things in Jira."""

from urllib.parse import quote


def issue_url(base_url: str, key: str) -> str:
    """Where people read an issue; `base_url` is the site's, with its context path if it has one."""
    return f"{base_url.rstrip('/')}/browse/{quote(key, safe='')}"


def search_url(base_url: str, jql: str) -> str:
    """Where people see a search's result."""
    return f"{base_url.rstrip('/')}/issues/?jql={quote(jql, safe='')}"

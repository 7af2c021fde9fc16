"""Answers with issues of which little is read: values stay as they came, what nobody asks for is left out.

A page of a hundred issues with their histories is two megabytes, half of it addresses of pictures. Most of it
is only kept, or was said before.
"""

from typing import Any, TypedDict

import msgspec


class _Person(TypedDict, total=False):
    """Who somebody is, and not how they look."""

    accountId: Any
    accountType: Any
    key: Any
    name: Any
    displayName: Any
    active: Any


class _History(TypedDict, total=False):
    """An entry of a changelog; what it changed stays unread: most of it stands in other entries, too."""

    id: Any
    created: Any
    author: _Person | None
    items: msgspec.Raw


class _Changelog(TypedDict, total=False):
    total: Any
    histories: list[_History] | None


class _Issue(TypedDict, total=False):
    """An issue; its fields' values stay unread."""

    id: Any
    key: Any
    fields: dict[str, msgspec.Raw] | None
    changelog: _Changelog | None


class _Answer(TypedDict, total=False):
    """Of a search, on Cloud (`nextPageToken`) and on Data Center (`startAt`)."""

    issues: list[_Issue]
    nextPageToken: Any
    isLast: Any
    startAt: Any
    maxResults: Any
    total: Any


read_issues = msgspec.json.Decoder(_Answer).decode
"""Reads the answer to a search so.

Raises:
    msgspec.DecodeError: not JSON, or of another shape than Jira's.
"""

"""The two editions of Jira, and how one tells which it is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Deployment(StrEnum):
    """Which Jira a site runs."""

    CLOUD = "cloud"
    DATA_CENTER = "datacenter"


def deployment_of(info: Mapping[str, Any]) -> Deployment | None:
    """The edition by `deploymentType` of serverInfo: "Cloud", or "Server" for Data Center; None for neither.

    Old servers (before 7.0) leave it out; they are not supported.
    """
    return {
        "cloud": Deployment.CLOUD,
        "server": Deployment.DATA_CENTER,
        "datacenter": Deployment.DATA_CENTER,
    }.get(str(info.get("deploymentType", "")).lower().replace(" ", ""))


def major_version(info: Mapping[str, Any]) -> int:
    """9 of "9.12.4"; 0 where the site does not say."""
    numbers = info.get("versionNumbers")
    first = numbers[0] if isinstance(numbers, list) and numbers else None
    return first if isinstance(first, int) else 0

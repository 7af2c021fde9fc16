"""What differs between Jira Cloud and Jira Data Center, in one place.

Cloud knows people by opaque account ids and hides e-mail addresses; REST v3 has ADF; every parent is
`parent`; the Sprint field is JSON; an embedded changelog is cut to its newest entries.
Data Center knows people by name and key; it has REST v2 only; an epic is told by the Epic Link field, and
`parent` is for sub-tasks; the Sprint field is a list of texts; an embedded changelog is whole, oldest first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .catalogue import EPIC_FIELDS
from .model import CustomField, History, Issue, Person, Sprint

Document = dict[str, Any]

EMBEDDED_HISTORIES = 40
"""`expand=changelog` on Cloud embeds no more than the newest entries; the rest must be paged."""


@dataclass(frozen=True)
class Edition:
    """Jira Cloud; `DataCenter` says what is different there."""

    name: str = "cloud"
    cloud: bool = True
    deployment_type: str = "Cloud"
    version: str = "1001.0.0-SNAPSHOT"
    version_numbers: tuple[int, ...] = (1001, 0, 0)
    build_number: int = 100287
    api_versions: tuple[str, ...] = ("2", "3")
    latest: str = "2"
    """What `/rest/api/latest` means."""
    more_fields: tuple[CustomField, ...] = ()
    user_key: str = "accountId"
    """The query parameter and the attribute that name a person."""

    def identity(self, person: Person, *, email: bool) -> Document:
        document: Document = {"accountId": person.account_id, "accountType": person.account_type}
        return document | ({"emailAddress": person.email} if email and person.email else {})

    def address(self, person: Person) -> str:
        return f"user?accountId={quote(person.account_id, safe='')}"

    def id_of(self, person: Person) -> str:
        """What changelogs call a person."""
        return person.account_id

    def find(self, people: Iterable[Person], given: object) -> Person | None:
        """The person named by the edition's own kind of id."""
        return next((person for person in people if person.account_id == given), None)

    def named_in(self, document: Document) -> object:
        """The id in a document that names a person."""
        return document.get("accountId", document.get("id"))

    def embedded(self, histories: Sequence[History]) -> list[History]:
        return list(histories[: -EMBEDDED_HISTORIES - 1 : -1])

    def shows_parent(self, issue: Issue) -> bool:
        return issue.parent is not None

    def sprints(self, sprints: Iterable[Sprint]) -> list[Any]:
        """The Sprint field: objects, without what they lack."""
        documents = [
            {
                "id": sprint.id,
                "name": sprint.name,
                "state": sprint.state,
                "boardId": sprint.board_id,
                "goal": sprint.goal,
                "startDate": zulu(sprint.start),
                "endDate": zulu(sprint.end),
                "completeDate": zulu(sprint.completed),
            }
            for sprint in sprints
        ]
        return [{name: value for name, value in one.items() if value is not None} for one in documents]


@dataclass(frozen=True)
class DataCenter(Edition):
    name: str = "datacenter"
    cloud: bool = False
    deployment_type: str = "Server"
    version: str = "10.3.24"
    version_numbers: tuple[int, ...] = (10, 3, 24)
    build_number: int = 10030024
    api_versions: tuple[str, ...] = ("2",)
    more_fields: tuple[CustomField, ...] = EPIC_FIELDS
    user_key: str = "username"

    def identity(self, person: Person, *, email: bool) -> Document:  # noqa: ARG002 - everybody sees addresses
        name = person.user_name or person.key
        return {"name": name, "key": person.key or name, "emailAddress": person.email or ""}

    def address(self, person: Person) -> str:
        return f"user?username={quote(person.user_name or person.key, safe='')}"

    def id_of(self, person: Person) -> str:
        return person.key or person.user_name

    def find(self, people: Iterable[Person], given: object) -> Person | None:
        known = (person for person in people if given and given in (person.user_name, person.key))
        return next(known, None)

    def named_in(self, document: Document) -> object:
        return document.get("name", document.get("key"))

    def embedded(self, histories: Sequence[History]) -> list[History]:
        return list(histories)

    def shows_parent(self, issue: Issue) -> bool:
        return issue.parent is not None and issue.type.subtask

    def sprints(self, sprints: Iterable[Sprint]) -> list[Any]:
        """`com.atlassian.greenhopper.service.sprint.Sprint@…[k=v,…]`, as recorded from Server."""
        return [_string(sprint) for sprint in sprints]


def _string(sprint: Sprint) -> str:
    values = {
        "id": sprint.id,
        "rapidViewId": sprint.board_id,
        "state": sprint.state.upper(),
        "name": sprint.name,
        "startDate": zulu(sprint.start),
        "endDate": zulu(sprint.end),
        "completeDate": zulu(sprint.completed),
        "activatedDate": zulu(sprint.activated),
        "sequence": sprint.id,
        "goal": sprint.goal or None,
        "synced": "false",
        "autoStartStop": "false",
        "incompleteIssuesDestinationId": None,
    }
    text = ",".join(f"{name}={'<null>' if value is None else value}" for name, value in values.items())
    return f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id * 0x9E3779B1 & 0xFFFFFFFF:x}[{text}]"


def zulu(at: Any) -> str | None:
    """`2026-07-30T21:13:24.588Z`, as the agile API and sprint webhooks write instants."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z" if at else None


CLOUD, DATA_CENTER = Edition(), DataCenter()
EDITIONS = {one.name: one for one in (CLOUD, DATA_CENTER)}

"""The site itself: edition, account, permissions, projects and metadata."""

from collections.abc import AsyncIterator, Mapping, Sequence

from connectors.http import path
from connectors.jira.calls import JiraCalls
from connectors.jira.documents import (
    ComponentDocument,
    FieldDocument,
    FilterDocument,
    IssueTypeDocument,
    NamedDocument,
    ProjectDocument,
    ServerInfo,
    StatusDocument,
    User,
    VersionDocument,
)

NEEDED: Mapping[str, str] = {
    "BROWSE_PROJECTS": "read issues and their history",
    "ADD_COMMENTS": "write reports as comments",
    "EDIT_OWN_COMMENTS": "keep one comment up to date",
    "EDIT_ISSUES": "set fields and labels",
    "TRANSITION_ISSUES": "move issues through the workflow",
    "ASSIGN_ISSUES": "assign issues",
    "SCHEDULE_ISSUES": "rank issues and move them between sprints",
    "CREATE_ISSUES": "create issues",
    "LINK_ISSUES": "link issues",
    "CREATE_ATTACHMENTS": "show charts",
    "MANAGE_SPRINTS_PERMISSION": (
        "write reports into properties of sprints, and have rules create, start and complete them"
    ),
}
"""Permissions in a project, and what Burnish cannot do without them."""


_MOST_MEMBERS = 50


class SiteCalls(JiraCalls):
    """Who we are, and what is there."""

    async def server_info(self) -> ServerInfo:
        """Edition, version and time of the site; needs no account."""
        where = await self._api("/serverInfo")
        info: ServerInfo = await self._object("GET", where, for_anybody=True)
        return info

    async def myself(self) -> User:
        """The account that we are; the surest test of credentials."""
        user: User = await self._object("GET", await self._api("/myself"))
        return user

    async def groups(self) -> list[str] | None:
        """Names of all groups; None where not all are told. Needs the right to browse users and groups."""
        return await (await self._edition()).groups()

    async def group_members(self, name: str) -> AsyncIterator[User]:
        """All who are in a group; needs the right to browse users and groups.

        Raises:
            Missing: there is no such group.
        """
        where = await self._api("/group/member")
        async for person in self._offset_pages(where, most=_MOST_MEMBERS, params={"groupname": name}):
            yield person

    async def project_roles(self, project: str) -> dict[str, str]:
        """Ids of a project's roles, by name."""
        roles = await self._object("GET", path(await self._api("/project/{}/role"), project))
        return {name: str(address).rpartition("/")[2] for name, address in roles.items()}

    async def role_members(self, project: str, role_id: str) -> AsyncIterator[User]:
        """All who have a role in a project, those of its groups included; somebody may come twice.

        Raises:
            Missing: there is no such role, or a group of it is gone.
        """
        role = await self._object("GET", path(await self._api("/project/{}/role/{}"), project, role_id))
        for actor in role.get("actors") or ():
            if "group" in str(actor.get("type")):
                group = (actor.get("actorGroup") or {}).get("name") or actor.get("name")
                async for person in self.group_members(str(group)):
                    yield person
            elif account := (actor.get("actorUser") or {}).get("accountId"):
                yield {"accountId": account}
            elif name := actor.get("name"):  # Data Center tells the login name, and people are known by `key`
                yield await self._object("GET", await self._api("/user"), params={"username": name})

    async def permissions(self, keys: Sequence[str], project: str | None = None) -> dict[str, bool]:
        """Which of these permissions ("BROWSE_PROJECTS", …) the account has, in a project or at all."""
        edition = await self._edition()
        params = edition.permission_params(keys) | ({"projectKey": project} if project else {})
        answer = await self._object("GET", edition.api + "/mypermissions", params=params)
        known = answer.get("permissions") or {}
        return {key: bool((known.get(key) or {}).get("havePermission")) for key in keys}

    async def browses_people(self) -> bool:
        """Whether the account may look up users and members of groups, wherever they are."""
        return (await self.permissions(["USER_PICKER"]))["USER_PICKER"]

    async def missing_permissions(self, project: str | None = None) -> dict[str, str]:
        """What the account lacks in a project (or in all): permission to what cannot be done without it."""
        has = await self.permissions(list(NEEDED), project)
        return {key: purpose for key, purpose in NEEDED.items() if not has[key]}

    async def projects(self) -> AsyncIterator[ProjectDocument]:
        """All projects that the account can see."""
        async for project in (await self._edition()).projects():
            yield project

    async def fields(self) -> list[FieldDocument]:
        """All fields, system and custom, with names in the account's language."""
        found: list[FieldDocument] = await self._list(await self._api("/field"))
        return found

    async def statuses(self) -> list[StatusDocument]:
        """All statuses of active workflows; names may repeat between team-managed projects."""
        found: list[StatusDocument] = await self._list(await self._api("/status"))
        return found

    async def priorities(self) -> list[NamedDocument]:
        """All priorities, the most urgent first."""
        found: list[NamedDocument] = await self._list(await self._api("/priority"))
        return found

    async def resolutions(self) -> list[NamedDocument]:
        """All resolutions, in the admin's order."""
        found: list[NamedDocument] = await self._list(await self._api("/resolution"))
        return found

    async def issue_types(self) -> list[IssueTypeDocument]:
        """All issue types that the account can see, those of team-managed projects included."""
        found: list[IssueTypeDocument] = await self._list(await self._api("/issuetype"))
        return found

    async def versions(self, project: str) -> list[VersionDocument]:
        """All versions of a project, by id or key, in its order."""
        found: list[VersionDocument] = await self._list(
            path(await self._api("/project/{}/versions"), project)
        )
        return found

    async def components(self, project: str) -> list[ComponentDocument]:
        """All components of a project, by id or key."""
        where = path(await self._api("/project/{}/components"), project)
        found: list[ComponentDocument] = await self._list(where)
        return found

    async def saved_filter(self, filter_id: str) -> FilterDocument:
        """A saved filter with its JQL.

        Raises:
            Missing, Refused, NotAllowed: there is none, or it is not shared with the account.
        """
        found: FilterDocument = await self._object("GET", path(await self._api("/filter/{}"), filter_id))
        return found

    async def attachment_limit(self) -> int | None:
        """Bytes that a file may have; None where nothing can be attached."""
        meta = await self._object("GET", await self._api("/attachment/meta"))
        limit = meta.get("uploadLimit")
        return limit if meta.get("enabled") is True and isinstance(limit, int) else None

    async def project(self, key: str) -> ProjectDocument:
        """One project.

        Raises:
            Missing: there is none of that key, or the account may not see it.
        """
        found: ProjectDocument = await self._object("GET", path(await self._api("/project/{}"), key))
        return found

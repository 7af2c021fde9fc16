"""Jira's JSON for what the agile API knows: epics, sprints, boards and how these are set up."""

from .edition import Document, zulu
from .model import Board, Issue, Sprint
from .site import Site


class BoardDocuments:
    """The part of `Documents` that is the same for every version of REST."""

    site: Site
    base_url: str
    agile: str

    def epic(self, epic: Issue) -> Document:
        """An epic as the agile API shows it."""
        return {
            "id": epic.id,
            "key": epic.key,
            "self": f"{self.agile}/epic/{epic.id}",
            "name": epic.summary,
            "summary": epic.summary,
            "color": {"key": "color_1"},
            "done": epic.status.category == "done",
        }

    def sprint(self, sprint: Sprint) -> Document:
        """A sprint in the agile API: instants in UTC with a Z; those it does not have are left out."""
        document: Document = {
            "id": sprint.id,
            "self": f"{self.agile}/sprint/{sprint.id}",
            "state": sprint.state,
            "name": sprint.name,
            "startDate": zulu(sprint.start),
            "endDate": zulu(sprint.end),
            "completeDate": zulu(sprint.completed),
            **({"createdDate": zulu(sprint.created)} if self.site.edition.cloud else {}),
            **({} if self.site.edition.cloud else {"activatedDate": zulu(sprint.activated)}),
            "originBoardId": sprint.board_id,
            "goal": sprint.goal,
        }
        return {name: value for name, value in document.items() if value is not None}

    def board(self, board: Board) -> Document:
        document = {
            "id": board.id,
            "self": f"{self.agile}/board/{board.id}",
            "name": board.name,
            "type": board.type,
        }
        project = self.site.projects.get(board.projects[0]) if board.projects else None
        if project is None or not self.site.edition.cloud:
            return document
        location = {
            "projectId": int(project.id),
            "displayName": f"{project.name} ({project.key})",
            "projectName": project.name,
            "projectKey": project.key,
            "projectTypeKey": "software",
            "avatarURI": f"{self.base_url}/rest/api/2/universal_avatar/view/type/project/avatar/10421",
            "name": f"{project.name} ({project.key})",
        }
        return {**document, "location": location, "isPrivate": False}

    def board_configuration(self, board: Board) -> Document:
        """Columns with status ids, estimation (scrum boards only), ranking field, saved filter."""
        scrum, api, roles = board.type == "scrum", f"{self.base_url}/rest/api/2", self.site.catalogue
        columns = [
            {
                "name": column.name,
                "statuses": [self._mapped(number) for number in column.statuses],
                **({} if column.least is None else {"min": column.least}),
                **({} if column.most is None else {"max": column.most}),
            }
            for column in board.columns
        ]
        limited = any(column.least is not None or column.most is not None for column in board.columns)
        points, rank = roles.role("points"), roles.role("rank")
        field = {"fieldId": points, "displayName": roles.fields[points].name if points else ""}
        estimation = {"type": "field", "field": field} if points else {"type": "none"}
        sub_query = {"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"}
        return {
            "id": board.id,
            "name": board.name,
            "type": board.type,
            "self": f"{self.agile}/board/{board.id}/configuration",
            **self._location(board),
            "filter": {"id": board.filter_id, "self": f"{api}/filter/{board.filter_id}"},
            **({} if scrum else {"subQuery": sub_query}),
            "columnConfig": {"columns": columns, "constraintType": "issueCount" if limited else "none"},
            **({"estimation": estimation} if scrum else {}),
            **({"ranking": {"rankCustomFieldId": int(rank.removeprefix("customfield_"))}} if rank else {}),
        }

    def _location(self, board: Board) -> Document:
        project = self.site.projects.get(board.projects[0]) if board.projects else None
        if project is None or not self.site.edition.cloud:
            return {}
        address = f"{self.base_url}/rest/api/2/project/{project.id}"
        location = {"type": "project", "key": project.key, "id": project.id, "name": project.name}
        return {"location": {**location, "self": address}}

    def _mapped(self, status_id: str) -> Document:
        return {"id": status_id, "self": f"{self.base_url}/rest/api/2/status/{status_id}"}

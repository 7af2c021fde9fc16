"""Time spent: worklogs of an issue, and what changed since an instant."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, JiraError, as_list, body_of, no_content, number, page_of, paged, route
from .changes import record
from .edits import checked_text, seconds_of
from .issue_documents import duration, worklog_document
from .model import Happening, Issue, Item, Text, Worklog

MOST_UPDATED = 1000


def routes(context: Context) -> list[Route]:
    logs, path = Worklogs(context), f"{context.api}/issue/{{issue}}/worklog"
    return [
        route(path, get=logs.page, post=logs.add),
        route(path + "/{worklog:int}", get=logs.get, put=logs.edit, delete=logs.delete),
        route(f"{context.api}/worklog/updated", get=logs.updated),
        route(f"{context.api}/worklog/deleted", get=logs.deleted),
        route(f"{context.api}/worklog/list", post=logs.some),
    ]


class Worklogs:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site
        self._docs = context.docs

    def _find(self, request: Request) -> tuple[Issue, Worklog]:
        wanted = request.path_params["worklog"]
        found = self._site.worklogs.get(wanted)
        if found is None or found[0] is not self._context.issue(request):
            raise JiraError(404, f"Cannot find worklog with id: '{wanted}'.")
        return found

    async def page(self, request: Request) -> Response:
        issue, page = self._context.issue(request), page_of(request, default=5000, most=5000)
        return JSONResponse(
            paged(page, issue.worklogs, lambda one: worklog_document(self._docs, one), "worklogs")
        )

    async def get(self, request: Request) -> Response:
        return JSONResponse(worklog_document(self._docs, self._find(request)[1]))

    async def add(self, request: Request) -> Response:
        issue, body = self._context.issue(request), await body_of(request)
        now, account = self._site.clock.now(), self._context.account
        seconds, started = _seconds(body), _started(body.get("started"), now)
        if not seconds:
            raise JiraError(400, timeLogged="You must indicate the time spent working.")
        worklog = Worklog(
            next(self._site.next_worklog),
            issue.id,
            account,
            account,
            self._text(body),
            now,
            now,
            started,
            seconds,
        )
        issue.worklogs.append(worklog)
        self._site.worklogs[worklog.id] = (issue, worklog)
        self._tell(issue, worklog, "worklog_created", seconds)
        return JSONResponse(worklog_document(self._docs, worklog), status_code=201)

    def _text(self, body: dict[str, Any]) -> Text | None:
        given = body.get("comment")
        return None if given is None else checked_text(self._docs.version, given, "worklog")

    def _tell(self, issue: Issue, worklog: Worklog, event: str, change: int) -> None:
        spent = sum(one.seconds for one in issue.worklogs)
        texts = (duration(spent - change), duration(spent))
        item = Item("timespent", "jira", "timespent", str(spent - change), texts[0], str(spent), texts[1])
        account = self._context.account
        self._site.emit(Happening(event, self._site.clock.now(), account, subject=worklog))
        record(self._site, issue, account, (item,), event_type="issue_work_logged")

    async def edit(self, request: Request) -> Response:
        (issue, worklog), body = self._find(request), await body_of(request)
        before, text = worklog.seconds, self._text(body)
        seconds, started = _seconds(body) or before, _started(body.get("started"), worklog.started)
        worklog.seconds, worklog.started, worklog.updated = seconds, started, self._site.clock.now()
        worklog.comment = worklog.comment if text is None else text
        worklog.update_author = self._context.account
        self._tell(issue, worklog, "worklog_updated", seconds - before)
        return JSONResponse(worklog_document(self._docs, worklog))

    async def delete(self, request: Request) -> Response:
        issue, worklog = self._find(request)
        issue.worklogs.remove(worklog)
        del self._site.worklogs[worklog.id]
        self._site.deleted_worklogs[worklog.id] = round(self._site.clock.now().timestamp() * 1000)
        self._tell(issue, worklog, "worklog_deleted", -worklog.seconds)
        return no_content()

    async def updated(self, request: Request) -> Response:
        changed = {one.id: round(one.updated.timestamp() * 1000) for _, one in self._site.worklogs.values()}
        return self._since(request, changed)

    async def deleted(self, request: Request) -> Response:
        return self._since(request, self._site.deleted_worklogs)

    def _since(self, request: Request, changed: dict[int, int]) -> Response:
        """A page of ids by the instant of their change; the last minute is not told yet."""
        since = number(request.query_params.get("since"), 0, most=1 << 62, name="since")
        until = round(self._site.clock.now().timestamp() * 1000) - 60_000
        found = sorted((at, one) for one, at in changed.items() if since <= at <= until)
        part = found[:MOST_UPDATED]
        last = part[-1][0] if part else max(since, until)
        name = "updated" if request.url.path.endswith("updated") else "deleted"
        return JSONResponse(
            {
                "values": [{"worklogId": one, "updatedTime": at, "properties": []} for at, one in part],
                "since": since,
                "until": last,
                "self": f"{self._docs.api}/worklog/{name}?since={since}",
                "lastPage": len(part) == len(found),
            }
        )

    async def some(self, request: Request) -> Response:
        wanted = as_list((await body_of(request)).get("ids"))
        if not all(isinstance(one, int) for one in wanted) or len(wanted) > MOST_UPDATED:
            raise JiraError(400, f"Between 0 and {MOST_UPDATED} numbers must be given.")
        found = [self._site.worklogs[one][1] for one in wanted if one in self._site.worklogs]
        return JSONResponse([worklog_document(self._docs, one) for one in found])


def _seconds(body: dict[str, Any]) -> int:
    given = body.get("timeSpentSeconds")
    if given is not None:
        if isinstance(given, bool) or not isinstance(given, int) or given < 0:
            raise JiraError(400, timeSpentSeconds="A number of seconds was expected.")
        return given
    return seconds_of(body["timeSpent"], "timeSpent") if body.get("timeSpent") else 0


def _started(given: object, usual: datetime) -> datetime:
    if given is None:
        return usual
    try:
        return datetime.fromisoformat(str(given)).astimezone(UTC)
    except ValueError:
        raise JiraError(400, f"Unrecognised date format: '{given}'") from None

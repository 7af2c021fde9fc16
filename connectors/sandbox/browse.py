"""`/browse/KEY`: an issue with its comments as a plain page, open to everybody who reaches the sandbox."""

import re
from collections.abc import Callable
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .answers import Context, route
from .expands import html
from .model import Comment, Issue, Person, Status

STYLE = """

body{font:14px/1.5 -apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;color:#172b4d;
background:#f4f5f7;margin:0}
main{max-width:860px;margin:24px auto;padding:0 16px}a{color:#0052cc;text-decoration:none}
header,section,article{background:#fff;border:1px solid #dfe1e6;border-radius:6px;padding:16px 24px;
margin-bottom:12px}
header h1{margin:4px 0 12px;font-size:22px}h1,h2,h3,h4{line-height:1.25;margin:16px 0 8px}
h2{font-size:18px}h3{font-size:16px}p{margin:6px 0}.key{color:#5e6c84}.who{color:#5e6c84;font-size:12px}
dl{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:4px 16px;margin:0}dt{color:#5e6c84}
dd{margin:0}table{border-collapse:collapse;margin:8px 0;width:100%}
th,td{border:1px solid #c1c7d0;padding:4px 8px;text-align:left;vertical-align:top}th{background:#f4f5f7}
td p,th p,li p{margin:0}hr{border:0;border-top:2px solid #ebecf0;margin:16px 0}
pre{background:#f4f5f7;padding:8px 12px;border-radius:3px;overflow:auto}
code{background:#f4f5f7;border-radius:3px;padding:0 3px}
blockquote{border-left:3px solid #dfe1e6;margin:8px 0;padding-left:12px;color:#5e6c84}
details{border:1px solid #dfe1e6;border-radius:3px;padding:4px 12px;margin:8px 0}
summary{color:#5e6c84;cursor:pointer}.panel{border-radius:3px;padding:8px 16px;margin:8px 0}
.info{background:#deebff}.note{background:#eae6ff}.success,.tip{background:#e3fcef}
.warning{background:#fffae6}.error{background:#ffebe6}.custom{background:#f4f5f7}
.lozenge{border-radius:3px;padding:1px 5px;font-size:11px;font-weight:700;text-transform:uppercase;
background:#dfe1e6;color:#42526e}
.lozenge.blue,.indeterminate{background:#deebff;color:#0747a6}
.lozenge.green,.done{background:#e3fcef;color:#006644}.lozenge.red{background:#ffebe6;color:#bf2600}
.lozenge.yellow{background:#fff0b3;color:#172b4d}.lozenge.purple{background:#eae6ff;color:#403294}
.mention{background:#ebecf0;border-radius:10px;padding:0 5px;color:#42526e}
article img{max-width:100%;height:auto}
.card{border:1px solid #dfe1e6;border-radius:3px;padding:0 4px;background:#fafbfc}
"""

MEDIA = re.compile(r'<span class="card" data-media="(?P<id>[^"]*)">(?P<alt>[^<]*)</span>')
FLAG = ' <span class="lozenge red">Impediment</span>'


def routes(context: Context) -> list[Route]:
    browser = Browser(context)
    return [route("/", get=browser.home), route("/browse/{issue}", get=browser.issue)]


class Browser:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._site = context.site

    async def home(self, _: Request) -> Response:
        """The issue that reports are posted on is what people come to see."""
        first = next(iter(self._site.issues.values()), None)
        return RedirectResponse(f"/browse/{first.key}" if first else "/_sandbox/state")

    async def issue(self, request: Request) -> Response:
        issue = self._context.issue(request)
        comments = "".join(self._comment(issue, comment) for comment in issue.comments)
        page = f"{self._head(issue)}<h2>Comments ({len(issue.comments)})</h2>{comments}"
        title = escape(f"[{issue.key}] {issue.summary}")
        return HTMLResponse(
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f"<style>{STYLE}</style><main>{page}</main></html>"
        )

    def _head(self, issue: Issue) -> str:
        sprints = (self._site.sprints[number].name for number in self._site.sprints_of(issue))
        facts = {
            "Type": issue.type.name,
            "Status": _lozenge(issue.status) + (FLAG if issue.flagged else ""),
            "Assignee": _name(issue.assignee),
            "Reporter": _name(issue.reporter),
            "Priority": issue.priority.name if issue.priority else "None",
            "Resolution": issue.resolution.name if issue.resolution else "Unresolved",
            "Sprint": escape(", ".join(sprints)) or "None",
            "Story points": "None" if issue.points is None else f"{issue.points:g}",
            "Labels": escape(", ".join(issue.labels)) or "None",
            "Updated": escape(f"{issue.updated.astimezone(self._context.zone):%d %b %Y %H:%M}"),
        }
        rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts.items())
        text = html(self._context.docs, issue.description)
        parent = self._site.issues.get(issue.parent or 0)
        path = f'<a href="/browse/{parent.key}">{parent.key}</a> / ' if parent else ""
        return (
            f'<header><div class="key">{escape(self._site.project.name)} / {path}{issue.key}</div>'
            f"<h1>{escape(issue.summary)}</h1><dl>{rows}</dl></header>"
            f"<section>{text or '<p class=who>No description</p>'}</section>"
        )

    def _comment(self, issue: Issue, comment: Comment) -> str:
        at = comment.created.astimezone(self._context.zone)
        edited = " (edited)" if comment.updated != comment.created else ""
        body = MEDIA.sub(self._pictures(issue), html(self._context.docs, comment.body))
        who = f"{_name(comment.author)}, {at:%d %b %Y %H:%M}{edited}"
        return f'<article><div class="who">{who}</div>{body}</article>'

    def _pictures(self, issue: Issue) -> Callable[[re.Match[str]], str]:
        """What stands for a file of the issue becomes the picture; Data Center calls files by their names."""
        docs, cloud = self._context.docs, self._context.cloud
        addresses = {
            docs.media_id(one) if cloud else one.filename: (
                f"/_media/file/{docs.media_id(one)}/binary"
                if cloud
                else f"/secure/attachment/{one.id}/{quote(one.filename)}"
            )
            for one in issue.attachments
        }

        def shown(found: re.Match[str]) -> str:
            address = addresses.get(found["id"])
            return f'<img src="{address}" alt="{found["alt"]}">' if address else found[0]

        return shown


def _name(person: Person | None) -> str:
    return escape(person.name) if person else "Unassigned"


def _lozenge(status: Status) -> str:
    return f'<span class="lozenge {status.category}">{escape(status.name)}</span>'

"""What stands at the root: where to go from here. The same for everybody, so that it tells nobody anything.

It names no site, no version and no path of the machine: whoever finds the address has no key yet.
"""

from fastapi import APIRouter, Response

router = APIRouter()

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Burnish</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }}
</style>
<h1>Burnish</h1>
<p>It keeps Jira in shape: sprint reports, backlog grooming and rules, told where the team looks, in Jira.</p>
<ul>
{links}
</ul>
</html>
"""
_HEALTH = """<li><a href="health/ready">health/ready</a>: whether it can work, and when it last heard of Jira.
<li><a href="metrics">metrics</a>: for Prometheus."""
_API = """<li><a href="openapi.json">openapi.json</a> describes the API under <code>/api/v1</code>. It wants a
key: <code>Authorization: Bearer …</code>. An admin makes one on the server with
<code>burnish keys create NAME --role viewer</code>.
<li>On the server, <code>burnish doctor</code> looks at the settings, the store and every Jira site, and says
what to do; <code>burnish --help</code> lists the rest.
"""
# Nothing of it is loaded from anywhere, and nobody frames it.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
}


def page(*, doors: bool) -> str:
    """HTML; without doors there is no API to go to."""
    return _PAGE.format(links=_API + _HEALTH if doors else _HEALTH)


@router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def start() -> Response:
    """Of a process that answers the API."""
    return Response(page(doors=True), media_type="text/html", headers=_HEADERS)


without_doors = APIRouter()


@without_doors.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def start_without_doors() -> Response:
    """Of one that only works off what is in the store."""
    return Response(page(doors=False), media_type="text/html", headers=_HEADERS)

"""Jira's issues into SQLite by dlt, as its verified `jira` source does it: every page, full replace.

Runs in an environment of its own: `python with_dlt.py URL EMAIL TOKEN FOLDER`; with `warm` as folder it only
asks for the pages. Prints one JSON document.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

EXPAND = "fields,changelog,operations,transitions,names"


def pages(url: str, email: str, token: str) -> Iterator[list[dict[str, Any]]]:
    """As its source asks, at the address that took the place of the one that it was written for."""
    session = requests.Session()
    session.auth = (email, token)
    query = {"jql": "project = BURN", "fields": "*all", "expand": EXPAND, "maxResults": 100}
    while True:
        answer = session.get(f"{url}/rest/api/3/search/jql", params=query, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        yield page["issues"]
        if "nextPageToken" not in page:
            return
        query["nextPageToken"] = page["nextPageToken"]


def main(url: str, email: str, token: str, folder: str) -> None:
    if folder == "warm":
        print(json.dumps({"issues": sum(map(len, pages(url, email, token)))}))
        return
    import dlt  # noqa: PLC0415 - the warm-up needs none

    begun = time.perf_counter()
    issues = dlt.resource(pages(url, email, token), name="issues", write_disposition="replace")
    pipeline = dlt.pipeline(
        "jira",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{folder}/dlt.db"),
        dataset_name="main",
    )
    pipeline.run(issues)
    counts = pipeline.last_trace.last_normalize_info.row_counts
    print(json.dumps({"seconds": time.perf_counter() - begun, "issues": counts["issues"], "rows": counts}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Jira's issues by tap-jira, its extract alone: what it writes goes nowhere.

Runs in an environment of its own: `python with_tap.py URL EMAIL TOKEN [warm]`; `warm` only asks for the
pages. Prints one JSON document.
"""

import json
import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import tap_jira
from tap_jira import streams
from tap_jira.context import Context
from tap_jira.http import Client

SELECTED = ("issues", "issue_comments", "issue_transitions", "changelogs")


def main(url: str, email: str, token: str, warm: str = "") -> None:
    Client.url = lambda _, path: f"{url}/{path.lstrip('/')}"  # it insists on https
    read = {"issues": 0}
    write = streams.Stream.write_page

    def counted(stream: Any, page: list[Any]) -> None:
        read[stream.tap_stream_id] = read.get(stream.tap_stream_id, 0) + len(page)
        if not warm:
            write(stream, page)

    streams.Stream.write_page = counted
    begun = time.perf_counter()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        Context.config = {
            "start_date": "2000-01-01T00:00:00Z",
            "username": email,
            "password": token,
            "base_url": url,
            "user_agent": "a benchmark",
        }
        Context.client = Client(Context.config)
        Context.state = {}
        catalog = tap_jira.discover()
        for entry in catalog.streams:
            if entry.tap_stream_id in SELECTED:
                for one in entry.metadata:
                    one["metadata"]["selected"] = True
                entry.schema.selected = True
        Context.catalog = catalog
        tap_jira.sync()
    print(json.dumps({"seconds": time.perf_counter() - begun, **read}))


if __name__ == "__main__":
    main(*sys.argv[1:])

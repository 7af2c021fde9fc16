"""All measures of jira-agile-metrics of issues that were fetched before, without drawing or writing any.

Runs in an environment of its own: `python with_agile_metrics.py FILE SELDOM`, with a JSON document of an
issue a line in Jira's REST shape, and the three numbers of `app.interpreter`. The issues are made by the jira
package from the documents, as its client does; that is not timed. Prints one JSON document.
"""

import gc
import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from jira.resources import Issue
from jira_agile_metrics.config import CALCULATORS, config_to_options
from jira_agile_metrics.querymanager import QueryManager

SETTINGS = """
Connection: {Domain: "http://127.0.0.1"}
Query: project = BURN
Workflow:
    Backlog: "1"
    Committed: "3"
    Done: "5"
Output:
    Backlog column: Backlog
    Committed column: Committed
    Final column: Committed
    Done column: Done
    Ageing WIP chart: ageing.png
    Burnup forecast chart: forecast.png
    Impediments data: impediments.csv
"""
"""Those outputs are named without which it works their measures out for nobody."""


def main(file: str, *seldom: str) -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    with Path(file).open("rb") as lines:
        issues = [Issue({}, None, json.loads(line)) for line in lines]
    gc.collect()  # as often as for ours, so that the ratio is of the work alone
    gc.freeze()
    gc.set_threshold(*map(int, seldom))

    class Fetched:
        _options: dict[str, str] = {"server": "http://127.0.0.1"}  # noqa: RUF012 - as the client has it

        def fields(self) -> list[dict[str, str]]:
            return [{"id": "status", "name": "status"}, {"id": "flagged", "name": "Flagged"}]

        def search_issues(self, *_: Any, **__: Any) -> list[Issue]:
            return issues

    settings = config_to_options(SETTINGS)["settings"]
    results: dict[type, Any] = {}
    spent: dict[str, float] = {}
    for calculator in CALCULATORS:
        begun = time.process_time()
        results[calculator] = calculator(QueryManager(Fetched(), settings), settings, results).run()
        spent[calculator.__name__] = time.process_time() - begun
    cycles = results[CALCULATORS[0]]
    told = {"issues": len(cycles), "done": int(cycles["cycle_time"].notna().sum())}
    given = sum(one is not None for one in results.values())
    print(json.dumps({"seconds": sum(spent.values()), "measures": given, **told, "spent": spent}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""All benchmarks: `python -m tests.benchmarks.run [name …]`. Speaks to this machine only, ends by itself.

A benchmark is a function that yields lines; the table here names all of them.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tests.benchmarks import servers
from tests.benchmarks.acceptance import acceptance, on_a_slow_disk
from tests.benchmarks.apply import applying
from tests.benchmarks.backtest import on_simulated_teams
from tests.benchmarks.duplicates import finding
from tests.benchmarks.estimates import estimating
from tests.benchmarks.grooming import grooming
from tests.benchmarks.jql import searching
from tests.benchmarks.lines import Line
from tests.benchmarks.measures import measuring, peer_can_be_installed
from tests.benchmarks.quiet import quiet
from tests.benchmarks.real_sprints import forecasting
from tests.benchmarks.report_growing import growing as growing_store
from tests.benchmarks.reports import reporting
from tests.benchmarks.ruling import ruling
from tests.benchmarks.syncing import growing, peers_can_be_installed, rendered, side_by_side

BENCHMARKS: Mapping[str, Callable[[], Iterator[Line]]] = {
    "quiet_sqlite": partial(quiet, "sqlite"),
    "quiet_postgresql": partial(quiet, "postgresql"),
    "accept_sqlite": partial(acceptance, "sqlite"),
    "accept_postgresql": partial(acceptance, "postgresql"),
    "accept_slow_disk_sqlite": partial(on_a_slow_disk, "sqlite"),
    "accept_slow_disk_postgresql": partial(on_a_slow_disk, "postgresql"),
    "apply_sqlite": partial(applying, "sqlite"),
    "apply_postgresql": partial(applying, "postgresql"),
    "jql_sqlite": searching,
    "sync": side_by_side,
    "sync_rendered": rendered,
    "sync_growing": growing,
    "report_sqlite": reporting,
    "report_growing": growing_store,
    "measures": measuring,
    "backtest": on_simulated_teams,
    "real_sprints": forecasting,
    "rules_sqlite": ruling,
    "grooming_sqlite": grooming,
    "duplicates": finding,
    "estimates": estimating,
}


PEERS: Mapping[str, Callable[[], bool]] = {"sync": peers_can_be_installed, "measures": peer_can_be_installed}
"""Benchmarks beside other people's software: whether that can be installed here."""


def _by_default() -> Iterator[str]:
    """All; those beside others only where these can be installed."""
    for name in BENCHMARKS:
        if name not in PEERS or PEERS[name]():
            yield name
        else:
            print(f"# {name} left out: pip finds no packages of its peers for this Python", file=sys.stderr)


def main(names: list[str]) -> None:
    """Run those, or all."""
    if unknown := set(names) - BENCHMARKS.keys():
        sys.exit(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(BENCHMARKS)}.")
    servers.leave_a_core_to_the_server()
    for name in names or _by_default():
        begun = time.monotonic()
        for line in BENCHMARKS[name]():
            print(line, flush=True)
        print(f"# {name} took {time.monotonic() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Each check: what it finds, what it nearly finds, and that an exempt issue is left alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from msgspec.structs import replace as changed

from app.domain.grooming.catalogue import BY_NAME, CHECKS
from app.domain.grooming.exemptions import Exemptions
from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import Item
from app.domain.grooming.review import review
from app.domain.grooming.wanted import Wanted
from tests.domain.grooming.backlogs import (
    BOARD,
    backlog,
    found,
    item,
    keys,
)
from tests.domain.grooming.check_cases import CASES, Case
from tests.factories import IN_PROGRESS

each_case = pytest.mark.parametrize("case", CASES, ids=[case.check for case in CASES])


def of(case: Case, items: Sequence[Item]) -> Backlog:
    return backlog(*items, around=case.around, **case.more)


def test_every_check_has_a_case_and_a_manual() -> None:
    assert {case.check for case in CASES} == set(BY_NAME)
    for check in CHECKS:
        assert "Why it matters:" in check.manual
        assert "Not flagged:" in check.manual
        assert "Mend:" in check.manual


@each_case
def test_what_is_wrong_is_found_with_the_values_seen(case: Case) -> None:
    findings = {one.item.key: one for one in found(case.check, of(case, case.bad), **case.options)}
    assert case.on in findings
    assert case.says in findings[case.on].reason
    assert findings[case.on].todo.endswith(".")


@each_case
def test_what_is_nearly_wrong_is_not_found(case: Case) -> None:
    assert found(case.check, of(case, case.good), **case.options) == []


@each_case
def test_an_exempt_issue_is_left_alone_and_counted(case: Case) -> None:
    check = BY_NAME[case.check]
    wanted = Wanted(check, check.options(**case.options), check.weight, Exemptions(labels=("Frozen",)))
    frozen = [changed(one, labels=(*one.labels, "frozen")) for one in case.bad]
    around = [changed(one, labels=("frozen",)) for one in case.around]
    told = review(backlog(*frozen, around=around, **case.more), [wanted])
    assert tuple(told.judged) == ()
    assert told.exempted == {"label frozen": len(found(case.check, of(case, case.bad), **case.options))}


def test_nothing_is_found_on_a_healthy_backlog() -> None:
    healthy = [item(f"BURN-{number}") for number in range(1, 30)]
    assert review(backlog(*healthy)).marks == {}


def test_a_board_that_counts_issues_asks_for_no_estimates() -> None:
    counting = replace(BOARD, estimation_field=None)
    assert review(backlog(item(points=None), board=counting)).marks == {}


def test_a_kanban_board_has_no_sprint_to_be_outside_of() -> None:
    kanban = replace(BOARD, kind="kanban")
    assert found("in_progress_no_sprint", backlog(item(status=IN_PROGRESS), board=kanban)) == []


def test_findings_propose_what_would_mend_them() -> None:
    (version,) = found("released_version", backlog(item(fix_versions=("1",))))
    assert version.proposal is not None
    assert version.proposal.words == "Take fix version 1.9 away"
    assert version.proposal.effects[0].issue_key == "BURN-1"
    (gone,) = found("inactive_assignee", backlog(item(assignee="gone")))
    assert gone.proposal is not None
    assert gone.proposal.words == "Take it from Gone Person"


def test_the_worst_issue_comes_first_and_equal_ones_as_they_are_ranked() -> None:
    told = review(
        backlog(
            item("BURN-1", due=date(2026, 1, 1), rank="0|3"),
            item("BURN-2", due=date(2026, 1, 1), rank="0|1"),
            item("BURN-3", due=date(2026, 1, 1), sprints=frozenset({6, 7, 9}), rank="0|9"),
        )
    )
    assert keys(one.judged[0].finding for one in told.troubled) == ["BURN-3", "BURN-2", "BURN-1"]

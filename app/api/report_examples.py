"""How computed reports begin, in each format, for OpenAPI: excerpts of what the routes answer.

Tests hold them against real answers.
"""

from typing import Any

_BOARD = {"id": 42, "name": "Shop board", "unit": "points"}
_AT = "2026-03-11T12:00:00Z"
_HTML = '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n…'

_JSON: dict[str, dict[str, Any]] = {
    "Sprint health": {
        "sprint": {"id": 7, "name": "Sprint 7", "goal": "Pay by invoice"},
        "board": _BOARD,
        "timing": {"as_of": _AT, "elapsed": 0.7634, "working_days_left": 3, "overdue": False},
        "verdict": "off track",
        "signals": [
            {
                "name": "pace",
                "level": "off track",
                "value": 0.5412,
                "threshold": 0.2,
                "fact": "22 % of the work is done, 76 % of the time is gone.",
                "issues": ["SHOP-2"],
            }
        ],
        "ledger": {
            "commitment": {"points": 9, "issues": 4},
            "added": {
                "points": 2.5,
                "issues": 1,
                "receipts": [
                    {"key": "SHOP-3", "at": "2026-03-05T12:00:00Z", "event": "entered", "points": 2.5}
                ],
            },
            "burned": {"points": 3, "issues": 1},
            "remaining": {"points": 10.5, "issues": 3},
            "closes": True,
        },
        "carry_over": ["SHOP-2"],
    },
    "Velocity": {"board": _BOARD, "at": _AT, "mean": 21.5, "median": 21, "say_do": 0.86, "missing": []},
    "Flow": {
        "board": {"id": 42, "name": "Shop board", "kind": "kanban"},
        "at": _AT,
        "service_level_days": 9,
        "wip": 12,
        "usual_wip": 10.5,
        "cumulative": {
            "columns": ["To Do", "In Review", "Done"],
            "before": [9, 1, 0],
            "days": [
                {
                    "day": "2026-03-02",
                    "counts": [9, 0, 1],
                    "moves": [{"key": "SHOP-2", "from": "In Review", "to": "Done"}],
                }
            ],
        },
        "limits": {"mean": 6.2, "low": 0.0, "high": 13.5, "signal": False},
        "balance": {"arrived": 14, "finished": 11, "backlog": "rising"},
        "columns": [{"name": "In Review", "issues": ["SHOP-3"], "max": 4, "over_limit": 0}],
    },
    "Backlog": {
        "board": _BOARD,
        "at": _AT,
        "scope": "The open issues of SHOP",
        "condition": "needs care",
        "figures": {"open_issues": 4, "unestimated": 1, "ready": 0, "issues_to_mend": 4},
        "counts": {"missing_description": 4, "duplicate": 0},
        "next": [
            {
                "key": "SHOP-4",
                "summary": "Pay by invoice",
                "score": 54,
                "ready": False,
                "missing": [{"tier": "must", "criterion": "acceptance_criteria"}],
            }
        ],
    },
    "People": {
        "board": {"id": 42, "name": "Shop board"},
        "at": _AT,
        "restricted_issues": 0,
        "people": [
            {
                "account": "5f0:dana",
                "name": "Dana",
                "issues": [{"key": "SHOP-5", "summary": "Pay by invoice"}],
            }
        ],
    },
    "Priority": {
        "board": {"id": 42, "name": "Shop board"},
        "at": _AT,
        "formula": "wsjf",
        "scoring": {"version": 2, "since": _AT, "made_by": "settings file", "is_present": True},
        "proposal": "468231a8fc",
        "issues": [
            {
                "key": "SHOP-4",
                "summary": "Pay by invoice",
                "score": 19,
                "parts": {},
                "today": 3,
                "proposed": 1,
            }
        ],
    },
    "Delivery": {
        "board": _BOARD,
        "at": _AT,
        "missing": [],
        "parts": [{"kind": "version", "not_looked_at": 0, "trials": 1000, "seed": 42}],
    },
}
_SAID = {
    "Sprint health": "22 % of the work is done, 76 % of the time is gone (3 working days left).",
    "Velocity": "No closed sprint with dates and complete data is known on this board yet.",
    "Flow": "12 issues in progress (10.5 is usual).",
    "Backlog": "0 issues are ready. 4 of 4 open issues need something.",
    "People": "4 issues of Dana have something to mend.",
    "Priority": "3 issues stand elsewhere than their scores say.",
    "Delivery": "No unreleased version and no open epic with issues is known on this board yet.",
}


def examples_of(report: str) -> dict[str, dict[str, Any]]:
    """By media type, how the report with that title begins."""
    name = "Sprint 7" if report == "Sprint health" else "Shop board"
    return {
        "application/json": {"example": _JSON[report]},
        "text/markdown": {"example": f"# {report}: {name}\n\n{_SAID[report]}\n…"},
        "text/plain": {"example": f"{_SAID[report]}\n…"},
        "text/html": {"example": _HTML},
    }

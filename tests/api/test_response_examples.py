"""Every answer that is described is shown, too, and what is shown is answered so."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from tests.api.support import Service, serving
from tests.services.test_sprint_health import fill

DOCUMENT = create_app(Settings()).openapi()
SCHEMAS = DOCUMENT["components"]["schemas"]
REPORTS = [path for path, methods in DOCUMENT["paths"].items() if "text/markdown" in str(methods)]
POLICY = "name: Stale\nboard: 1\nchecks: {stale: {}}\nladder: [{step: report}]\n"


def shows(schema: dict[str, Any], seen: tuple[str, ...] = ()) -> bool:
    """Whether anything of what has the shape is shown."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return name in seen or shows(SCHEMAS[name], (*seen, name))
    if schema.keys() & {"examples", "const", "enum"}:
        return True
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    return any(shows(part, seen) for part in [*parts, schema.get("items", {})] if part)


def answers() -> Iterator[tuple[tuple[str, str, str, str], dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                for media, content in answer.get("content", {}).items():
                    yield (method, path, status, media), content


def test_no_answer_is_without_an_example() -> None:
    every = list(answers())
    without = [place for place, one in every if not ("example" in one or shows(one.get("schema", {})))]
    assert without == []
    assert len(every) > 700


def misfits(shown: Any, real: Any, where: str = "") -> list[str]:
    """Where what is shown is not as the real answer is, which may have more."""
    if shown is None or real is None:
        return []
    if isinstance(shown, dict) and isinstance(real, dict):
        lacking = [f"{where}/{name}" for name in shown.keys() - real.keys()]
        common = shown.keys() & real.keys()
        return lacking + [
            fault for one in common for fault in misfits(shown[one], real[one], f"{where}/{one}")
        ]
    if isinstance(shown, list) and isinstance(real, list):
        return [fault for one in shown if real for fault in misfits(one, real[0], f"{where}/0")]
    numbers = int | float
    if isinstance(shown, numbers) and isinstance(real, numbers):
        return [] if isinstance(shown, bool) == isinstance(real, bool) else [where]
    return [] if type(shown) is type(real) else [where]


@pytest.fixture
async def filled(database_url: str) -> AsyncIterator[Service]:
    groomed = {"board": 1, "report_issue": "BURN-9", "priority": {"formula": "age_days"}}
    demo = {"url": "https://burnish.test", "email": "bot@burnish.test", "token": "a-token"}
    demo |= {"projects": ["BURN"], "backlog_grooming": [groomed]}  # type: ignore[dict-item]
    async with serving(database_url, sites={"demo": demo}) as service:
        with service.database.write() as tx:
            fill(tx)
        yield service


def example_of(path: str, media: str, method: str = "get") -> Any:
    return DOCUMENT["paths"][path][method]["responses"]["200"]["content"][media]["example"]


async def test_reports_begin_as_they_are_shown(filled: Service) -> None:
    assert len(REPORTS) == 7
    for path in REPORTS:
        for style, media in (
            ("json", "application/json"),
            ("markdown", "text/markdown"),
            ("wiki", "text/plain"),
            ("html", "text/html"),
        ):
            answer = await filled.http.get(path.replace("{board}", "1"), params={"format": style})
            assert answer.status_code == 200, (path, answer.text)
            assert answer.headers["content-type"].partition(";")[0] == media
            shown = example_of(path, media)
            if style == "json":
                assert misfits(shown, answer.json()) == [], path
            elif style == "markdown":
                title = shown.partition(":")[0]
                assert answer.text.startswith(f"{title}: "), path
            elif style == "html":
                assert answer.text.startswith(shown.removesuffix("…")), path


async def test_a_schema_and_a_preview_are_as_they_are_shown(filled: Service) -> None:
    preview = "/api/v1/grooming-policies/preview"
    for schema in ("/api/v1/rules/schema", "/api/v1/grooming-policy-schema"):
        answer = (await filled.http.get(schema)).json()
        shown = example_of(schema, "application/json")
        assert misfits(shown, answer) == []
        assert shown == {name: answer[name] for name in shown}
    answer = (await filled.http.post(preview, json={"source": POLICY})).json()
    shown = example_of(preview, "application/json", "post")
    assert shown == {name: answer[name] for name in shown}
    metrics = DOCUMENT["paths"]["/metrics"]["get"]["responses"]["200"]["content"]["text/plain"]["schema"]
    told = (await filled.http.get("/metrics")).text
    assert all(example in told for example in metrics["examples"])


def test_misfits_are_found() -> None:
    real = {"board": {"id": 1}, "at": "now", "list": [{"a": 1.5}], "flag": True, "none": None}
    assert misfits({"board": {"id": 42}, "list": [{"a": 2}], "none": {"any": 1}}, real) == []
    assert misfits({"board": {"key": 42}}, real) == ["/board/key"]
    assert sorted(misfits({"list": [{"a": "text"}], "flag": 1}, real)) == ["/flag", "/list/0/a"]

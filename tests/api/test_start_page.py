"""The address of a service, typed into a browser."""

import re

import httpx
import pytest

from app.main import create_app
from tests.api.support import Service, is_problem, settings_for
from tests.conftest import NOW


async def test_the_root_leads_to_what_there_is_and_tells_nobody_anything(service: Service) -> None:
    known = await service.http.get("/")
    del service.http.headers["authorization"]
    answer = await service.http.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.text == known.text
    for secret in ("demo", "burnish.test", service.database.engine.url.database or "nothing"):
        assert secret not in answer.text
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert links == ["openapi.json", "health/ready", "metrics"]
    for link in links:
        assert (await service.http.get(f"/{link}")).status_code == 200
    assert "burnish keys create" in answer.text
    assert (await service.http.head("/")).status_code == 200
    is_problem(await service.http.post("/"), 405)


@pytest.mark.parametrize("doors", [True, False])
async def test_a_process_that_only_works_shows_no_way_to_an_api(database_url: str, doors: bool) -> None:
    app = create_app(settings_for(database_url), now=lambda: NOW, doors=doors)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://burnish.test") as http:
        text = (await http.get("/")).text
    assert ("openapi.json" in text, "health/ready" in text) == (doors, True)

"""`burnish rules import`: files for `burnish rules apply`, or rules in shadow."""

import json
from pathlib import Path

from app.api.rule_imports import _EXAMPLE
from app.domain.rules.reading import from_yaml, read
from tests.cli.support import burnish, says


def test_an_export_becomes_files_and_rules_in_shadow(filled: str, tmp_path: Path) -> None:
    source = tmp_path / "export.json"
    source.write_text(json.dumps(_EXAMPLE), "utf-8")
    done = burnish("rules", "import", str(source), "--out", str(tmp_path / "rules"), "--create")
    assert done.exit_code == 0, done.output
    [file] = (tmp_path / "rules").iterdir()
    assert file.name == "001-say-hello.yaml"
    assert read(from_yaml(file.read_text("utf-8"))).name == "Say hello"
    assert "in shadow: Say hello" in done.output
    assert "Say hello" in burnish("rules", "list").output
    assert "File exists" in says(burnish("rules", "import", str(source), "--out", str(tmp_path / "rules")))


def test_what_is_no_json_is_refused(filled: str, tmp_path: Path) -> None:
    source = tmp_path / "export.json"
    source.write_text("{", "utf-8")
    assert "cannot be read as JSON" in says(burnish("rules", "import", str(source)))

"""Exports in Jira's REST shape: every form that people have them in, whatever its size."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira import export
from connectors.jira.export import NotAnExport, entries

ISSUES = [
    {"id": str(number), "key": f"A-{number}", "fields": {"summary": 'Ä "[{" \n', "points": 1.5}}
    for number in range(5)
]
FORMS: dict[str, Callable[[], str]] = {
    "one document a line": lambda: "\n".join(map(json.dumps, ISSUES)),
    "one document a line, with a mark of its encoding": lambda: (
        "\ufeff" + "\n\n".join(map(json.dumps, ISSUES))
    ),
    "an array": lambda: json.dumps(ISSUES),
    "an array, written out": lambda: json.dumps(ISSUES, indent=2, ensure_ascii=False),
    "a search answer": lambda: json.dumps({"startAt": 0, "issues": ISSUES, "names": {"status": "Status"}}),
    "a search answer, written out": lambda: json.dumps({"names": {"a": "A"}, "issues": ISSUES}, indent=1),
    "a search answer a line": lambda: "\n".join(json.dumps({"issues": [one]}) for one in ISSUES),
    "documents, written out": lambda: "\n".join(json.dumps(one, indent=1) for one in ISSUES),
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def documents(path: Path) -> list[Any]:
    return [entry.document for entry in entries(path) if entry.document is not None]


def faults(path: Path) -> list[tuple[int, str]]:
    return [(entry.line, entry.fault) for entry in entries(path) if entry.fault]


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("form", FORMS)
def test_issues_are_found_in_every_form(tmp_path: Path, form: str, pack: str) -> None:
    path = tmp_path / "export"
    path.write_bytes(PACKED[pack](FORMS[form]().encode()))
    assert documents(path) == ISSUES
    assert faults(path) == []


@given(form=st.sampled_from(sorted(FORMS)), piece=st.integers(min_value=1, max_value=40))
def test_where_the_file_is_cut_into_pieces_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, form: str, piece: int
) -> None:
    path = tmp_path_factory.mktemp("export") / "export"
    path.write_bytes(FORMS[form]().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "_CHUNK", piece)
        patch.setattr(export, "_LONG", piece)
        assert documents(path) == ISSUES


def test_a_broken_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text('{"id": "1"}\n{"id": \n\n7\n{"id": "2"}\n')
    assert documents(path) == [{"id": "1"}, {"id": "2"}]
    assert [line for line, _ in faults(path)] == [2, 4]


def test_behind_a_fault_in_an_array_nothing_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text('[{"id": "1"},\n{"id": nothing},\n{"id": "2"}]')
    assert documents(path) == [{"id": "1"}]
    ((line, fault),) = faults(path)
    assert line == 2
    assert "nothing behind it was read" in fault


def test_a_line_beyond_all_measure_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_BYTES", 50)
    path = tmp_path / "export"
    path.write_text('{"id": "1"}\n{"id": "%s"}\n{"id": "2"}' % ("x" * 200))
    assert documents(path) == [{"id": "1"}, {"id": "2"}]
    assert [line for line, _ in faults(path)] == [2]


def test_what_a_search_answer_says_of_its_fields_is_told(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text(json.dumps({"issues": ISSUES, "names": {"customfield_1": "Sprint"}}))
    assert {"names": {"customfield_1": "Sprint"}} in [entry.describes for entry in entries(path)]


def test_a_file_that_is_cut_in_its_packing_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "export.gz"
    path.write_bytes(gzip.compress(json.dumps(ISSUES).encode())[:-12])
    with pytest.raises(NotAnExport, match=r"export\.gz cannot be unpacked"):
        list(entries(path))


def test_a_file_that_is_not_there_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="nowhere cannot be opened"):
        list(entries(tmp_path / "nowhere"))

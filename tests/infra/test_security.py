"""The check of security rules: what is broken is named, what was not checked is a failure, exceptions have reasons."""

import json
import re
from pathlib import Path

import pytest

from infra.security import CONFIG, faults_in, scan


def test_broken_rules_are_named_once() -> None:
    broken = {"file_path": "/storage.json", "check_id": "CKV_AZURE_1", "check_name": "Ensure it"}
    report = {"results": {"failed_checks": [broken, broken]}, "summary": {"passed": 3}}

    assert faults_in(report) == ["/storage.json: CKV_AZURE_1 Ensure it"]


def test_a_file_that_cannot_be_parsed_is_a_fault() -> None:
    report = {"results": {"failed_checks": [], "parsing_errors": ["/a.json"]}, "summary": {"passed": 3}}

    assert faults_in(report) == ["/a.json: cannot be parsed"]


@pytest.mark.parametrize("report", [{"passed": 0, "failed": 0}, {"results": {}, "summary": {"passed": 0}}])
def test_nothing_checked_is_a_fault(report: dict[str, object]) -> None:
    assert faults_in(report) == ["checkov has checked nothing"]


def test_a_clean_report_has_no_faults() -> None:
    assert faults_in({"results": {"failed_checks": [], "parsing_errors": []}, "summary": {"passed": 3}}) == []


def fake_checkov(folder: Path, output: str) -> str:
    command = folder / "checkov"
    command.write_text(f"#!/bin/sh\nprintf '%s' '{output}'\n")
    command.chmod(0o755)
    return str(command)


def test_checkov_is_asked_for_json(tmp_path: Path) -> None:
    report = {"summary": {"passed": 1}}

    assert scan(fake_checkov(tmp_path, json.dumps(report)), tmp_path) == report


def test_an_answer_that_is_no_json_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such option"):
        scan(fake_checkov(tmp_path, "no such option"), tmp_path)


def test_every_exception_has_its_reason() -> None:
    exceptions = [each for each in CONFIG.read_text(encoding="utf-8").splitlines() if "CKV" in each]

    assert exceptions
    for each in exceptions:
        assert re.fullmatch(r"  - CKV_AZURE_\d+ # .{10,}", each), each

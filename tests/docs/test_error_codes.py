"""Every error has a stable code of one kind, and is listed; so is every rule of reception."""

from __future__ import annotations

import re
from collections import defaultdict

from justitia import errors

from .pages import ROOT, reference_pages


def test_a_code_stands_for_one_kind_of_error() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for item in reference_pages().raised_errors():
        kinds[item.code].add(item.error)
    assert {code: found for code, found in kinds.items() if len(found) > 1} == {}
    assert {kind for found in kinds.values() for kind in found} <= set(vars(errors))


def test_every_code_in_the_source_is_listed_with_its_meaning() -> None:
    reference = reference_pages()
    used = {
        code
        for path in reference.SOURCE.rglob("*.py")
        for code in reference.CODE.findall(path.read_text(encoding="utf-8"))
    }
    raised = {item.code for item in reference.raised_errors()}
    example = {"E-LAY-003"}  # named in a docstring as an example
    assert used - example <= raised
    page = (reference.TARGET / "errors.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (E-[A-Z]+-\d{3}) \| `\w+` \| (.*?) \|", page, re.MULTILINE))
    assert raised == set(rows)
    assert [code for code, text in rows.items() if text.strip("… ") == ""] == []


def test_every_family_of_codes_is_described_and_used() -> None:
    reference = reference_pages()
    used = {item.code.split("-")[1] for item in reference.raised_errors()}
    assert used == set(reference.FAMILIES)


def test_every_rule_of_reception_is_described() -> None:
    source = ROOT / "src" / "justitia"
    used = {
        rule
        for path in source.rglob("*.py")
        for rule in re.findall(r'"(V-[A-Z]+-\d{3})"', path.read_text(encoding="utf-8"))
    }
    page = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
    assert [rule for rule in sorted(used) if f"`{rule}`" not in page] == []

"""What the check of a national table finds, and that the ICCS itself breaks none of its rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from justitia.errors import CatalogueError
from justitia.metadata.boundaries import read_boundaries
from justitia.metadata.load import load_catalogue
from justitia.metadata.national_table import TableFault, check_table, read_table
from justitia.metadata.search import plain_words

CATALOGUE = load_catalogue()
HEAD = "national_code,condition,iccs_code,status,priority,national_label,basis,valid_from,valid_to\n"


def checked(tmp_path: Path, text: str, offences: list[tuple[str, str, int]] | None = None) -> list[TableFault]:
    file = tmp_path / "table.csv"
    file.write_text(HEAD + text, encoding="utf-8")
    return check_table(CATALOGUE, read_table(file), offences or [])


def kinds(found: list[TableFault]) -> list[tuple[str, str]]:
    return [(fault.kind, fault.national_code) for fault in found]


def test_no_boundary_contradicts_the_iccs_itself() -> None:
    listed = CATALOGUE.codelist("iccs")
    texts = [(entry.phrase, entry.code) for entry in CATALOGUE.index("iccs") if entry.in_version]
    texts += [(label, code.code) for code in listed.codes.values() for label in code.labels.values()]
    rules = read_boundaries(CATALOGUE)
    wrong = [
        (rule.rule_id, text, code)
        for text, code in texts
        for rule in rules
        if rule.broken_by(plain_words(text), code, listed)
    ]
    assert wrong == [] and len(rules) > 40
    for rule in rules:
        assert {rule.code, *rule.not_under} <= set(listed.codes), rule.rule_id
        assert {"en", "fr", "es"} <= set(rule.labels), rule.rule_id
        assert all(not set(phrase) <= {word for word in phrase if word.startswith("-")} for phrase in rule.phrases)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("Attempted murder", "0101", "boundary"),
        ("Tentative de meurtre", "0101", "boundary"),
        ("Homicidio frustrado", "0101", "boundary"),
        ("Receiving stolen goods", "05029", "boundary"),
        ("Recel de vol", "0502", "boundary"),
        ("Robo con violencia", "0502", "boundary"),
        ("Blackmail", "0701", "boundary"),
        ("Smuggling of migrants", "0204", "boundary"),
        ("Poaching", "10031", "boundary"),
        ("Graffiti", "0501", "index"),
        ("Bag snatching with force", "040112", "index"),
        ("Other assault, stalking a neighbour, cyber-stalking", "02089", "residual"),
        ("Assault", "02019", "index"),
        ("Burglary", "05019", "unspecific"),
    ],
)
def test_a_code_against_the_rules_of_the_iccs_is_found(tmp_path: Path, text: str, code: str, kind: str) -> None:
    found = checked(tmp_path, f'1,,{code},coded,,"{text}",,,\n', [("1", text, 12)])
    assert [(fault.kind, fault.records) for fault in found][:1] == [(kind, 12)]
    assert not any(fault.grave for fault in found)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Attempted murder", "0102"),
        ("Murder", "0101"),
        ("Non-negligent manslaughter", "01031"),
        ("Robbery, attempted", "0401"),
        ("Receiving stolen goods", "07049"),
        ("Theft", "05029"),
        ("Something else", "1109"),
        ("", "0502"),
        ("قتل", "0101"),
    ],
)
def test_a_fitting_code_is_left_alone(tmp_path: Path, text: str, code: str) -> None:
    assert [f for f in checked(tmp_path, f'1,,{code},coded,,"{text}",,,\n') if f.kind in ("boundary", "index")] == []


def test_gaps_and_lost_zeros(tmp_path: Path) -> None:
    offences = [("0101", "a", 5), ("7", "b", 9), ("8", "c", 2)]
    found = checked(tmp_path, "101,,0502,coded,,a,,,\n7,,0502,coded,,b,,,\n", offences)
    assert kinds(found) == [("zeros", "0101"), ("gap", "8")]
    assert "[101] lost its leading zeros" in found[0].message and found[0].grave and found[0].records == 5


def test_cycles_overlaps_and_codes_outside(tmp_path: Path) -> None:
    text = "a,,b,coded,,,,,\nb,,a,coded,,,,,\nc,,b,coded,,,,,\nd,,501,coded,,,,,\ne,,0502,coded,,,,,\n"
    found = checked(tmp_path, text + "e,,0501,coded,,,,2020-01-01,\n")
    told = [fault.message for fault in found if fault.grave]
    assert "[a] leads back to itself: a > b > a" in told
    assert any(message.startswith("[c]") for message in told)
    assert any("E-CAT-022" in message and "[0501]" in message for message in told)
    assert any("E-CAT-040" in message and "[e]" in message for message in told)
    assert sum("E-CAT-021" in message for message in told) == 0, "a cycle is not told twice"


def test_a_code_retired_while_the_row_holds(tmp_path: Path) -> None:
    """The ICCS of a later day: one of its codes has ended."""
    from justitia.metadata.load import _packaged

    base = tmp_path / "catalogue"
    import shutil

    shutil.copytree(_packaged(), base)
    file = base / "classifications/iccs/1.0/codes.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    head = lines[0] + ",valid_to"
    file.write_text(
        "\n".join([head, *(line + (",2025-12-31" if line.startswith("0105,") else ",") for line in lines[1:])]),
        encoding="utf-8",
    )
    table = tmp_path / "t.csv"
    table.write_text(HEAD + "1,,0105,coded,,,,,\n2,,0105,coded,,,,,2025-12-31\n")
    found = check_table(load_catalogue(base=base), read_table(table))
    assert kinds(found) == [("retired", "1")] and found[0].grave


def test_a_file_that_is_no_table_names_its_faults(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("code,iccs\n1,0101\n")
    with pytest.raises(CatalogueError) as caught:
        read_table(file)
    assert "national_code" in str(caught.value)

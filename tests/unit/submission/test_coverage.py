"""What a workspace can count; the cheapest next field equals what trying every field gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from justitia.errors import RequestError
from justitia.submission.coverage import CODING, cheapest, cover_forms, gaps, gaps_of, per_agency
from justitia.submission.records import Records, open_records

TEXT = "a_res_77_237"


@pytest.fixture
def made(country: Callable[..., Any], offence: Callable[..., Any]) -> Any:
    own = country()
    own.send("a.csv", [offence(i, SEX="m") for i in range(3)])
    own.run()
    return own


def test_before_the_first_run(country: Callable[..., Any]) -> None:
    with pytest.raises(RequestError, match="E-COV-001"):
        cover_forms(country().workspace, TEXT)


def test_forms_are_counted_where_codes_and_fields_are_there(made: Any) -> None:
    found = {item.form.id: item for item in cover_forms(made.workspace, TEXT)}
    assert found["cybercrime"].missing == ("coding:0903",)
    assert found["hate_crime"].missing == ("offence.bias_motive",)
    assert found["trafficking_forms"].missing == ("victim", "coding:0204")
    assert found["looting_sites"].missing == ("item",)  # theft is coded
    # Of several codes one is enough: murder is coded, harm is not.
    assert found["drug_violence"].missing == ("offence.iccs_homicide_context",)


def records_of(made: Any) -> Records:
    workspace = made.workspace
    with workspace.engine() as engine:
        indicators = workspace.catalogue.indicators.values()
        return open_records(workspace, engine, workspace.store.read(), indicators)


def with_one_more(made: Any, records: Records, field: str) -> Records:
    """Return the records as if one more field were filled, or one more code coded, or one more kind delivered whole."""
    if field.startswith(CODING):
        return Records(records.relations, records.columns, records.targets | {field.removeprefix(CODING)})
    kind, dot, name = field.partition(".")
    catalogue = made.workspace.catalogue
    columns = {other: set(names) for other, names in records.columns.items()}
    columns.setdefault(kind, {f"{kind}_id"})
    columns[kind] |= {name} if dot else set(catalogue.record_kinds[kind].fields)
    for derivation in catalogue.derivations:
        if derivation.kind == kind and derivation.method == "band" and derivation.arguments["from"] in columns[kind]:
            columns[kind].add(derivation.field.name)
    return Records(records.relations, columns, records.targets)


def test_the_cheapest_field_is_the_best_of_all_tried(made: Any) -> None:
    """Brute force: fill each missing field in turn and count again what is still closed."""
    records = records_of(made)
    found = gaps(made.workspace, TEXT)
    assert found == gaps_of(made.workspace, TEXT, records)
    closed = {name for name, missing in found.items() if missing}
    candidates = {field for missing in found.values() for field in missing}
    openings = {item.field: item.opened for item in cheapest(made.workspace, found, text=TEXT)}
    tried = 0
    for field in sorted(candidates):
        if "." not in field and not field.startswith(CODING):
            # A whole kind is opened by its delivery: what links and groups it brings, its layout will tell.
            assert openings.get(field, 0) == sum(missing == (field,) for missing in found.values()), field
            continue
        again = gaps_of(made.workspace, TEXT, with_one_more(made, records, field))
        assert openings.get(field, 0) == sum(not again[name] for name in closed), field
        tried += 1
    assert tried > 20
    best = max(openings.values())
    assert next(iter(cheapest(made.workspace, found, text=TEXT))).opened == best


def test_each_agency_has_its_own_best_field(made: Any) -> None:
    openings = cheapest(made.workspace, gaps(made.workspace, TEXT), text=TEXT)
    best = per_agency(openings)
    for agency, opening in best.items():
        assert opening.opened == max(item.opened for item in openings if item.agency == agency)
    assert {"police", "statistics office (coding)"} <= set(best)

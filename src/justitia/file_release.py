"""Person-level files that leave: for a named purpose and recipient, approved, with a receipt; and private counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import RequestError
from justitia.protect.differential import Budget, private_counts
from justitia.protect.file_plan import FilePlan
from justitia.protect.person_file import FileProtected, check_safe, count_cells
from justitia.store import canonical_json, sha256_of
from justitia.transmit import check_transmission

if TYPE_CHECKING:
    from justitia.workspace import Workspace

LEDGER = "private_counts.json"  # in the store
MARKING = "CONFIDENTIAL: records on persons. For the named recipient and purpose only; not to be published or linked."


def release_file(
    workspace: Workspace,
    found: FileProtected,
    plan: FilePlan,
    folder: Path,
    *,
    recipient: str,
    purpose: str,
    approver: str,
) -> Path:
    """Write a protected file with its receipt to a new folder, note it in the history, and return the file.

    Args:
        workspace: in whose history it is noted.
        found: the protected file.
        plan: by which it was made.
        folder: new folder outside the public ones.
        recipient: who may read it.
        purpose: what for, in a sentence.
        approver: role that approved it.

    Raises:
        DisclosureError: E-MIC-007 where records hide too badly, E-TRA-001 when the folder lies in a public place.
        RequestError: E-TRA-002 when it exists, E-TRA-003 and E-MIC-010 where recipient, purpose or approver lack.
    """
    from pyarrow import parquet

    check_safe(found, plan)
    _check_purpose(purpose)
    folder = check_transmission(workspace, folder, recipient=recipient, legal_basis=purpose, approver=approver)
    said = {"recipient": recipient, "purpose": purpose, "approver": approver}
    with workspace.store.writing():
        state = workspace.store.read()
        folder.mkdir(parents=True)
        file = folder / "records.confidential.parquet"
        parquet.write_table(found.table.replace_schema_metadata(None), file)
        receipt = {
            "marking": MARKING,
            **said,
            "files": {file.name: sha256_of(file)},
            "records": found.after.records,
            "columns": list(plan.keep),
            "k": plan.k,
            "l": plan.l,
            "coded": found.coded,
            "blanked": found.blanked,
            "swapped": plan.swap is not None,  # how many would tell how likely an area is to be another
            "received_by": "",
            "received_on": "",
        }
        (folder / "RECEIPT.json").write_bytes(canonical_json(receipt))
        note = {"what": "released a file of records", **said, "records": found.after.records}
        workspace.store.publish({**state, "history": [*state["history"], note]})
    return file


def count_privately(
    workspace: Workspace,
    records: Path,
    plan: FilePlan,
    table: str,
    out: Path,
    *,
    epsilon: float,
    purpose: str,
    approver: str,
) -> tuple[int, int, float]:
    """Write differentially private counts to a new CSV file; return its cells, records in none, and the budget left.

    Args:
        workspace: keeps the ledger of what was spent, and the history.
        records: CSV or Parquet, one row per record.
        plan: has the table under `counts`, with all its categories.
        table: its name.
        out: new file.
        epsilon: what the answer costs; the noise has a scale of records_of_unit / epsilon.
        purpose: what for, in a sentence.
        approver: role that approved it.

    Raises:
        RequestError: E-MIC-004 for a table that is not in the plan, E-MIC-006 without OpenDP, E-MIC-009 to 012.
        DisclosureError: E-MIC-005 when the budget does not suffice.
    """
    import pyarrow as pa
    from pyarrow import csv

    from justitia.protect.person_file import read_file

    _check_purpose(purpose)
    if not approver.strip():
        raise RequestError("E-MIC-010", "an approver is needed", remedy="Name the role that approved it")
    if out.exists():
        raise RequestError("E-MIC-011", "the file exists", where=str(out), remedy="Name a new file")
    with workspace.store.writing():
        state = workspace.store.read()
        budget = Budget(workspace.store.folder / LEDGER, {name: item.limit for name, item in plan.counts.items()})
        budget.left(table)  # a table without a budget is refused before the file is read
        own = plan.counts[table]
        cells, counts, lost = count_cells(read_file(records), own, unit=plan.unit)
        given = private_counts(
            counts, table=table, epsilon=epsilon, budget=budget, purpose=purpose, cells_of_unit=own.records_of_unit
        )
        columns = {name: [cell[place] for cell in cells] for place, name in enumerate(own.by)}
        csv.write_csv(pa.table({**columns, "COUNT": given}), out)
        note = {"what": "gave private counts", "table": table, "epsilon": epsilon}
        note = json.loads(json.dumps({**note, "purpose": purpose, "approver": approver}))
        workspace.store.publish({**state, "history": [*state["history"], note]})
    return len(cells), lost, budget.left(table)


def _check_purpose(purpose: str) -> None:
    if len(purpose.split()) < 3:
        raise RequestError("E-MIC-010", "a purpose is needed", remedy="Say in a sentence what it is for")

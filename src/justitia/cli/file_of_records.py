"""Person-level files: what one gives away, protecting it for a researcher, and private counts of it."""

from __future__ import annotations

from pathlib import Path

import click

from justitia.cli.screen import print_next, print_table

RECORDS = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("protect-file")
@click.argument("records", type=RECORDS)
@click.argument("plan", type=RECORDS)
@click.option("--to", "recipient", default="", help="Who may read the file.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="New folder; without it, nothing is written."
)
@click.option("--purpose", default="", help="What for, in a sentence; kept with the file.")
@click.option("--approver", default="", help="Role that approved it.")
@click.pass_obj
def protect_file(
    folder: str, records: Path, plan: Path, recipient: str, out: Path | None, purpose: str, approver: str
) -> None:
    """Protect RECORDS (CSV or Parquet, one row per record) as PLAN (TOML) says, and tell how well they hide.

    The report counts records that share what others may know with too few (k-anonymity), or share what nobody is to
    learn (l-diversity), before and after. With --out, --to, --purpose and --approver the file is written, with a
    receipt.
    """
    from justitia.file_release import release_file
    from justitia.protect.file_plan import read_plan
    from justitia.protect.person_file import protect_records, read_file
    from justitia.workspace import Workspace

    own = read_plan(plan)
    found = protect_records(read_file(records, numbers=list(own.extremes)), own)
    before, after = found.before, found.after
    rows: list[tuple[str, object, object]] = [
        ("records", before.records, after.records),
        ("combinations of " + ", ".join(own.quasi_identifiers), before.classes, after.classes),
        ("units in the rarest (k)", before.smallest, after.smallest),
        (f"records shared by fewer than {own.k}", before.below, after.below),
    ]
    for name in own.sensitive:
        rows.append((f"fewest values of {name} (l)", before.diversity[name], after.diversity[name]))
        rows.append((f"records with fewer than {own.l} of {name}", before.uniform[name], after.uniform[name]))
    print_table(("", "before", "after"), [(name, f"{a:,}", f"{b:,}") for name, a, b in rows], numbers=(1, 2))
    for name, changed in found.coded.items():
        click.echo(f"{name}: {changed:,} values set to a limit")
    for name, changed in found.blanked.items():
        click.echo(f"{name}: {changed:,} values emptied")
    if found.swapped is not None:
        own_swap = found.swapped
        click.echo(f"{own_swap.swapped:,} of {own_swap.units:,} units have another area; {own_swap.left:,} found none")
    if out is None:
        click.secho("Nothing was written. The figures above are exact: keep them in the office.", fg="yellow")
        more = "--out FOLDER --to RECIPIENT --purpose ... --approver ROLE"
        print_next(f"justitia -w {folder} protect-file {records} {plan} {more}" if found.is_safe else "change the plan")
        return
    file = release_file(
        Workspace(folder), found, own, out, recipient=recipient, purpose=purpose, approver=approver
    )  # fmt: skip
    click.echo(f"Written to {file}, with RECEIPT.json")
    print_next("hand the folder over, and have the receipt signed")


@click.command("private-counts")
@click.argument("records", type=RECORDS)
@click.argument("plan", type=RECORDS)
@click.argument("table")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--epsilon", required=True, type=click.FloatRange(min=0, min_open=True), help="What the answer costs.")
@click.option("--purpose", required=True, help="What for, in a sentence.")
@click.option("--approver", required=True, help="Role that approved it.")
@click.pass_obj
def private_counts_command(
    folder: str, records: Path, plan: Path, table: str, out: Path, epsilon: float, purpose: str, approver: str
) -> None:
    """Count RECORDS into TABLE of PLAN with differential privacy and write OUT.csv (needs the extra `differential`).

    Each answer spends part of the table's budget, which is kept in the workspace and runs out.
    """
    from justitia.file_release import count_privately
    from justitia.protect.file_plan import read_plan
    from justitia.workspace import Workspace

    own = read_plan(plan)
    cells, lost, left = count_privately(
        Workspace(folder), records, own, table, out, epsilon=epsilon, purpose=purpose, approver=approver
    )
    click.echo(f"{cells:,} cells in {out}; {left:g} of the budget of {table} is left")
    if lost:
        click.secho(
            f"{lost:,} records have a value that PLAN does not list, and are in no cell (exact: keep it)", fg="yellow"
        )
    print_next("publish these counts as often as you like; asking again costs again")


COMMANDS = (protect_file, private_counts_command)

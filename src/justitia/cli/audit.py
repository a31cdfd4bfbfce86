"""Audit coded records: draw a sample that somebody codes again without seeing the codes, and read the result."""

from __future__ import annotations

from pathlib import Path

import click

from justitia.cli.coding import coding
from justitia.cli.screen import print_next, print_table


@coding.command("audit-sample")
@click.argument("workbook", type=click.Path(path_type=Path))
@click.option("--size", default=300, show_default=True, type=click.IntRange(1, 100_000), help="Records to draw.")
@click.option("--seed", default=1, show_default=True, help="Declared beforehand; the same seed draws the same records.")
@click.option("--replace", is_flag=True, help="Write over a WORKBOOK that exists.")
@click.pass_obj
def audit_sample(folder: str, workbook: Path, size: int, seed: int, replace: bool) -> None:
    """Draw coded records at random and write their offences to WORKBOOK, without the codes they have.

    Somebody who did not code them gives each a code; `justitia coding audit-read` then tells how right the codes are.
    Every ICCS section and every way of coding has its share in the sample.
    """
    from justitia.classify.audit import draw_sample
    from justitia.classify.audit_sheet import write_sheet
    from justitia.errors import RequestError
    from justitia.workspace import Workspace

    if workbook.exists() and not replace:
        raise RequestError(
            "E-COD-066", "the workbook exists", where=str(workbook), remedy="Name another file, or say --replace"
        )
    workspace = Workspace(folder)
    sample = draw_sample(workspace, size=size, seed=seed)
    write_sheet(workspace, sample, workbook)
    print_table(
        ("section", "coded how", "records", "drawn"),
        [(*name, f"{records:,}", f"{drawn:,}") for name, (records, drawn) in sample.strata.items()],
        numbers=(2, 3),
    )
    drawn = sum(drawn for _, drawn in sample.strata.values())
    click.echo(
        f"Audit {sample.id}, seed {seed}: {drawn:,} records, {len(sample.rows):,} offences to code in {workbook}"
    )
    click.echo(f"Written to {workbook}")
    print_next(
        "let somebody who does not know the codes fill in iccs_code (status no_code where ICCS has none)",
        f"justitia -w {folder} coding audit-read {workbook} --auditor NAME",
    )


@coding.command("audit-read")
@click.argument("workbook", type=click.Path(path_type=Path, exists=True))
@click.option("--auditor", default="", help="Who filled it in.")
@click.pass_obj
def audit_read(folder: str, workbook: Path, auditor: str) -> None:
    """Read a filled-in audit WORKBOOK and tell how many codes are right, with 95 % intervals.

    The figures go into the report, protected as all quality figures are. A corrected workbook may be read again.
    """
    from justitia.classify.audit_result import read_audit
    from justitia.workspace import Workspace

    result = read_audit(Workspace(folder), workbook, auditor=auditor)
    print_table(
        ("records of", "which", "level", "right", "95 % interval", "records", "looked at"),
        [
            (
                *(item.of, item.name, item.level, f"{item.estimate.share:.1%}"),
                f"{item.estimate.lower:.1%} - {item.estimate.upper:.1%}",
                *(f"{item.estimate.records:,}", f"{item.estimate.sampled:,}"),
            )
            for item in result.accuracy
        ],
        numbers=(3, 4, 5, 6),
    )
    if result.confused:
        click.echo()
        print_table(
            ("coded in", "auditor says", "records (estimated)"),
            [(item.given, item.audited, f"{item.records:,.0f}") for item in result.confused],
            numbers=(2,),
        )
    click.echo(f"\n{len(result.differing):,} offences differ, {result.unanswered:,} drawn records have no answer")
    for section, how in result.not_estimated:
        click.secho(f"Nothing is known of section {section}, {how}: none of its records was answered", fg="yellow")
    _print_differing(result.differing)
    print_next(f"justitia -w {folder} run   puts these figures into the report")


def _print_differing(differing: tuple[tuple[int, str, str], ...], *, limit: int = 20) -> None:
    for row, given, audited in differing[:limit]:
        click.echo(f"  row {row}: coded {given or 'no_code'}, auditor {audited or 'no_code'}")
    if len(differing) > limit:
        click.echo(f"  and {len(differing) - limit:,} more")


COMMANDS: tuple[click.Command, ...] = ()  # both belong to the group `coding`

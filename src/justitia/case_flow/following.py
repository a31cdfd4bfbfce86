"""A flow for notebooks and programs: protected tables that show themselves, and go out as CSV, SVG or pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.case_flow.asking import answer
from justitia.case_flow.opening import opened

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.disseminate.flow_charts import Picture
    from justitia.disseminate.wording import Messages
    from justitia.findings import Finding
    from justitia.model.case_flow import AnyTable
    from justitia.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FollowedCases:
    """A flow as published.

    Args:
        table: protected tables.
        findings: what is wrong with the records; exact, for the operator, and never part of what is shown.
        language: BCP 47 tag of what is shown.
        messages: words of `messages/flow.csv`.
    """

    table: AnyTable
    findings: tuple[Finding, ...]
    language: str
    messages: Messages

    def __repr__(self) -> str:
        """Return a line that names the flow."""
        heading = self.table.heading
        return f"<flow {heading.id}, {heading.type}, until {heading.until or '-'}>"

    def _repr_html_(self) -> str:
        """Return cautions, pictures and tables, as notebooks ask for them."""
        from justitia.disseminate.flow_page import flow_cell

        return flow_cell(self.table, self.language, messages=self.messages)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return the same for front ends that choose: as a page, and as text."""
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Return the pictures; none where the component that draws is not installed."""
        from justitia.disseminate.flow_charts import flow_pictures

        return flow_pictures(self.table, self.language, messages=self.messages)

    def figures(self) -> pa.Table:
        """Return every figure as a long table: codes, value, interval and status."""
        import pyarrow as pa

        from justitia.disseminate.flow_long import COLUMNS, flow_records

        columns = list(zip(*flow_records(self.table), strict=True)) or [()] * len(COLUMNS)
        numbers = {"DAYS", "OBS_VALUE", "LOWER", "UPPER"}
        types = [pa.float64() if name in numbers else pa.string() for name in COLUMNS]
        return pa.table({name: pa.array(list(c), kind) for name, c, kind in zip(COLUMNS, columns, types, strict=True)})

    def write(self, folder: Path | str) -> tuple[Path, ...]:
        """Return the files written: the CSV file of all figures, and an SVG file for each picture."""
        from justitia.disseminate.flow_page import write_flow_files

        return write_flow_files([self.table], Path(folder), languages=[self.language], messages=self.messages)


def follow_cases(workspace: Workspace, name: str, *, until: str = "", language: str = "en") -> FollowedCases:
    """Return a flow of the present state, protected.

    Args:
        workspace: the workspace, run before.
        name: of a file in `flows/`; `justitia flow list` lists them.
        until: last day covered (ISO), when it is not that of the definition.
        language: BCP 47 tag of what a notebook shows.

    Raises:
        RequestError: E-FLO-003 when no source fills what is needed, E-FLO-006 for an unknown name, E-FLO-007 when
            nothing has been run yet.
        DisclosureError: E-FLO-005 for a rule that cannot protect curves, E-FLO-011 when sums give redacted counts away.
    """
    with opened(workspace) as here:
        table, findings = answer(here, name, until=until)
    return FollowedCases(table, findings, language, workspace.catalogue.messages("flow"))

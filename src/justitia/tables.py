"""Read a table of a workspace: protected ones freely, and exact or person-level ones only when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from justitia.errors import DisclosureError, RequestError

if TYPE_CHECKING:
    from justitia.workspace import Workspace

Kind = Literal["arrow", "polars", "pandas"]


def read_table(workspace: Workspace, name: str, *, as_: Kind = "arrow", confidential: bool = False) -> Any:
    """Return a stored table of the present state.

    Args:
        workspace: the workspace.
        name: for example `protected__offences_by_iccs`; `justitia status --tables` lists them.
        as_: `arrow` (pyarrow.Table), `polars` or `pandas` (extra `frames`).
        confidential: needed for any table that has not passed protection.

    Raises:
        DisclosureError: E-TAB-002 for a table that has not passed protection, unless asked for by name and flag.
        RequestError: E-TAB-001 when there is no such table, E-TAB-003 when polars or pandas is not installed.
    """
    from justitia.workspace import table_relation

    if not name.startswith("protected__") and not confidential:
        raise DisclosureError(
            "E-TAB-002",
            f"table [{name}] has not passed protection",
            remedy="Read protected__<dataflow>, or say confidential=True and keep the result inside",
        )
    with workspace.engine() as engine:
        table = engine.table(f"SELECT * FROM {table_relation(workspace, engine, workspace.store.read(), name)}")
    if as_ == "arrow":
        return table
    try:
        if as_ == "polars":
            import polars

            return polars.from_arrow(table)
        return table.to_pandas()
    except ImportError as error:
        raise RequestError(
            "E-TAB-003", f"{as_} is not installed", remedy='Run: pip install "justitia[frames]"'
        ) from error

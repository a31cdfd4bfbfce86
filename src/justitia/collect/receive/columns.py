"""Column names of a received file: named, and each once."""

from __future__ import annotations

from collections.abc import Sequence

from justitia.errors import LayoutError

ROW = "__row"


def check_names(names: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the column names, without an unnamed last one (rows that end in a delimiter).

    Raises:
        LayoutError: E-RCV-005 when a name is there twice (the engine takes `Age` and `age` for one), E-RCV-006 when a
            column has no name.
    """
    kept = list(names)
    if len(kept) > 1 and not kept[-1].strip():
        kept.pop()
    seen: dict[str, int] = {ROW: 0}
    for position, name in enumerate(kept, start=1):
        if not name.strip():
            raise LayoutError(
                "E-RCV-006",
                f"column {position} of {len(kept)} has no name",
                where=where,
                remedy="Give every column a name in the header, or check the declared delimiter",
            )
        earlier = seen.setdefault(name.casefold(), position)
        if earlier != position:
            raise _doubled(name, earlier, position, where)
    return tuple(kept)


def _doubled(name: str, earlier: int, position: int, where: str) -> LayoutError:
    if not earlier:  # otherwise the name is not told: in a file without a header it is a value of the first record
        return LayoutError("E-RCV-005", f"the column name {ROW} is reserved", where=where, remedy="Rename the column")
    return LayoutError(
        "E-RCV-005",
        f"columns {earlier} and {position} have the same name (capital letters do not count)",
        where=where,
        remedy="Rename or remove one of them",
    )

"""The stage contract: what a stage takes, gives and uses is declared, and the runner holds it to that.

Terms are GSIM's: process inputs (`takes`), process outputs (`gives`), process support inputs (`uses`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.errors import ContractError
from justitia.findings import Finding

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.load import Catalogue
    from justitia.record_key import RecordKeys

Progress = Callable[[str, float], None]  # what is being done, share done (0..1)


def silent(_what: str, _share: float) -> None:
    """Report no progress."""


@dataclass(slots=True)
class Context:
    """What a running stage may touch.

    Args:
        engine: the table engine.
        catalogue: the definitions.
        folder: empty folder for the Parquet files that the stage gives.
        relations: table name -> relation (SQL usable after FROM) of everything that may be read.
        stage: the running stage.
        progress: called now and then.
        record_keys: the secret behind record keys; None where the workspace has none.
    """

    engine: Engine
    catalogue: Catalogue
    folder: Path
    relations: dict[str, str]
    stage: Stage
    progress: Progress = silent
    record_keys: RecordKeys | None = None
    given: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    metrics: dict[str, int | float] = field(default_factory=dict)

    def take(self, name: str) -> str:
        """Return the relation of a declared input.

        Raises:
            ContractError: E-CON-001 when the stage does not declare that it takes `name`.
        """
        if not _matches(name, self.stage.takes) and name not in self.given:
            raise ContractError("E-CON-001", f"stage {self.stage.name} reads {name}, which it does not declare")
        return self.given.get(name) or self.relations[name]

    def available(self, name: str) -> bool:
        """Return whether a table exists."""
        return name in self.relations or name in self.given

    def give(self, name: str, select: str, *, lazy: bool = False) -> int:
        """Produce a declared output and return its number of rows (0 when lazy).

        A lazy output is a relation for the stages after this one in the same run, and is not stored.
        """
        if not _matches(name, self.stage.gives):
            raise ContractError("E-CON-002", f"stage {self.stage.name} gives {name}, which it does not declare")
        if lazy:
            self.engine.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {select}')
            self.given[name] = f'"{name}"'
            return 0
        path = self.folder / f"{name}.parquet"
        rows = self.engine.write_parquet(select, path)
        self.given[name] = self.engine.parquet([path])
        return rows


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the chain.

    Args:
        name: GSBPM verb.
        takes, gives: table names; `x__*` stands for one table per record kind or dataflow.
        uses: kinds of catalogue file read.
        metrics: figures that the stage always produces.
        run: does the work.
        version: raised when results for the same input change.
        parameters: defaults of the stage's parameters.
    """

    name: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    uses: tuple[str, ...]
    metrics: tuple[str, ...]
    run: Callable[[Context], None]
    version: int = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)


def _matches(name: str, declared: tuple[str, ...]) -> bool:
    return any(name == item or (item.endswith("*") and name.startswith(item[:-1])) for item in declared)


def check_given(context: Context) -> None:
    """Raise ContractError when the stage left out a declared table or metric."""
    stage = context.stage
    for item in stage.gives:
        if not item.endswith("*") and item not in context.given:
            raise ContractError("E-CON-003", f"stage {stage.name} did not give {item}")
    missing = [name for name in stage.metrics if name not in context.metrics]
    if missing:
        raise ContractError("E-CON-004", f"stage {stage.name} did not report {', '.join(missing)}")

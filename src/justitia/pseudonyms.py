"""A file of an agency to tokens that may leave it: read as received, hashed in memory, written without any identity."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import RequestError
from justitia.metadata.faults import nearest
from justitia.metadata.linkage import KINDS

if TYPE_CHECKING:
    from justitia.collect.receive.detect import Detected
    from justitia.integrate.pseudonym_key import PseudonymKey
    from justitia.integrate.pseudonym_table import Made
    from justitia.integrate.pseudonym_values import IdentityColumn
    from justitia.metadata.load import Catalogue
    from justitia.metadata.pseudonyms import Pseudonyms

_OUTPUT = "_tokens.csv"


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """What was written.

    Args:
        output: the file of tokens.
        made: counts.
        key_ids: of the keys used, the new one first.
        warnings: what is unwise, in plain words.
    """

    output: Path
    made: Made
    key_ids: tuple[str, ...]
    warnings: tuple[str, ...]


def pseudonymise_file(
    file: Path,
    *,
    columns: Sequence[str],
    key_file: Path,
    project: str,
    catalogue: Catalogue,
    keep: Sequence[str] = (),
    before_file: Path | None = None,
    date_format: str = "",
    output: Path | None = None,
    replaces: bool = False,
    workspace: Path | None = None,
) -> Pseudonymised:
    """Write tokens of a file's identities as CSV, and return counts.

    Args:
        file: in any format that is received.
        columns: `COLUMN=field` or `COLUMN=field:kind`, alike at all agencies; the kind may be left out where the
            field is called like one.
        key_file: at least 32 random bytes, outside `workspace`.
        project: name of the exchange, alike at all agencies; tokens of two projects never meet.
        catalogue: how values are cleaned, and what is made of each kind of field.
        keep: columns copied as they are, such as a record number that names nobody.
        before_file: the key that is being replaced: its tokens are written beside the new ones.
        date_format: of dates (strptime); empty: found out.
        output: file to write; default beside the file.
        replaces: write over a file that exists.
        workspace: folder in which no key may lie.

    Raises:
        RequestError: E-PSE-001 to E-PSE-016.
        LayoutError: E-RCV-0xx when the file cannot be read.
        Unavailable: E-STO-002 when the disk refuses.
    """
    from justitia.collect.receive import Limits, detect_format, open_received
    from justitia.engine import Engine
    from justitia.integrate.pseudonym_table import Order, pseudonymise

    target = _target(file, output, replaces)
    settings = settings_of(catalogue)
    keys = _keys(key_file, before_file, project, settings, workspace)
    detected = detect_format(file)
    wanted = [_column(text, date_format or _told(detected)) for text in columns]
    order = Order(wanted, keep, keys, settings, catalogue.linking_material)
    with tempfile.TemporaryDirectory(prefix="justitia") as scratch, Engine(scratch=Path(scratch), threads=1) as engine:
        received = open_received(engine.connection, file, detected, scratch=Path(scratch), limits=Limits())
        try:
            made = pseudonymise(engine, received.relation, order, target, Path(scratch))
            unreadable = len(received.rejects())
        finally:
            received.close()
    warnings = [text for key in keys for text in key.warnings()]
    if unreadable:
        warnings.append(f"{unreadable:,} rows could not be read and are not in the output")
    return Pseudonymised(target, made, tuple(key.id for key in keys), tuple(warnings))


def settings_of(catalogue: Catalogue) -> Pseudonyms:
    """Return the settings of pseudonyms.

    Raises:
        CatalogueError: what is wrong in the files.
        RequestError: E-PSE-016 when the catalogue has none.
    """
    made = catalogue.pseudonyms
    if made is None:
        raise RequestError("E-PSE-016", "the catalogue has no pseudonyms/settings.toml", remedy="Take it from Justitia")
    return made


def _keys(
    key_file: Path, before_file: Path | None, project: str, settings: Pseudonyms, workspace: Path | None
) -> list[PseudonymKey]:
    from justitia.integrate.pseudonym_key import PseudonymKey

    if not project.strip():
        remedy = "Agree with the other agencies on a name: tokens of two projects never meet"
        raise RequestError("E-PSE-014", "no project is named", remedy=remedy)
    files = [key_file, *([before_file] if before_file else [])]
    return [PseudonymKey(f, project, least=settings.least_key_bytes, workspace=workspace) for f in files]


def _column(text: str, date_format: str) -> IdentityColumn:
    """Return what `COLUMN=field:kind` says."""
    from justitia.integrate.pseudonym_values import IdentityColumn

    column, _, rest = text.rpartition("=")
    field, _, kind = rest.partition(":")
    kind = kind or field
    if not column or not field.isidentifier() or kind not in KINDS:
        raise RequestError(
            "E-PSE-015",
            f"[{text}] does not say which field and kind the column is",
            remedy=f"Write COLUMN=field:kind; {nearest(kind, KINDS) or 'kinds are ' + ', '.join(KINDS)}",
        )
    made = IdentityColumn(column, field, kind)
    return replace(made, date_format=date_format) if kind == "date" else made


def _told(detected: Detected) -> str:
    """Return how the file's dates are written; cells of workbooks that are dates come as ISO dates."""
    return detected.date_format if detected.kind == "csv" else ""


def _target(file: Path, output: Path | None, replaces: bool) -> Path:
    target = output or file.with_name(file.stem + _OUTPUT)
    if target.resolve() == file.resolve() or (target.exists() and not replaces):
        raise RequestError(
            "E-PSE-017",
            "the output is the file itself, or exists",
            where=str(target),
            remedy="Name another file with --output, or say --replace",
        )
    return target

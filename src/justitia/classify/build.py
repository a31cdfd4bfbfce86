"""The national correspondence table made from decisions: a new version, with the one before kept beside it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.classify.coder import Coder
from justitia.classify.decisions import Decision, settle, standing
from justitia.classify.items import AUTOMATIC, Item
from justitia.store import write_atomically

if TYPE_CHECKING:
    from justitia.metadata.load import Catalogue

COLUMNS = ("national_code", "condition", "iccs_code", "status", "priority", "national_label", "basis")
DATES = ("valid_from", "valid_to")
Row = dict[str, str]
_SIGNED = re.compile(r"(reviewed|adjudicated) by .+, \d{4}-\d\d-\d\d$")  # a basis that a build has written


@dataclass(frozen=True, slots=True)
class Change:
    """One row that a build adds or changes: national code, and its ICCS code before (None: no row) and after."""

    national_code: str
    before: str | None
    after: str
    records: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did.

    Args:
        reviewed, automatic: rows in force that rest on a decision, and on the coder alone.
        records_reviewed, records_automatic: number of records that they decide, as far as known.
        other: rows in force that were in the table before and that no decision speaks of.
        disputed: national codes left out because coders disagree and nobody has adjudicated.
        changes: rows added or changed by this build.
        dropped_tags: names of tags that no record has a field for.
        version: of the table written; empty when nothing was written.
        kept: where the version before is kept; None when there was none.
    """

    reviewed: int
    automatic: int
    records_reviewed: int
    records_automatic: int
    other: int
    disputed: tuple[str, ...]
    changes: tuple[Change, ...]
    dropped_tags: tuple[str, ...]
    version: str = ""
    kept: Path | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What a decision, or the coder, puts into the table."""

    national_code: str
    text: str
    iccs_code: str
    status: str
    tags: Mapping[str, str]
    basis: str


def reviewed_entries(decisions: Sequence[Decision]) -> list[Entry]:
    """Return what settled decisions put into the table; the basis says why, who and when."""
    settled = settle(decisions)
    by_code: dict[str, list[Decision]] = {}
    for one in standing(decisions).values():
        by_code.setdefault(one.national_code, []).append(one)
    entries = []
    for code, one in settled.codes.items():
        agreeing = [other.coder for other in by_code.get(code, []) if other.same_code(one)]
        who = one.coder if one.action == "adjudicate" else " and ".join(sorted(agreeing))
        how = "adjudicated" if one.action == "adjudicate" else "reviewed"
        basis = "; ".join(filter(None, (one.why, f"{how} by {who}, {one.at[:10]}")))
        entries.append(Entry(code, one.text, one.iccs_code, one.status, one.tags, basis))
    return entries


def automatic_entries(items: Sequence[Item], coder: Coder, *, today: date) -> list[Entry]:
    """Return what the coder may decide without review: only answers above its threshold, marked as its own."""
    found = []
    for item, answer in zip(items, coder.code([item.offence for item in items]), strict=True):
        if answer.status == "coded" and answer.code:
            basis = f"{AUTOMATIC}, confidence {answer.confidence:.2f}, by {answer.evidence[0].kind}, {today}"
            found.append(Entry(item.national_code, item.text, answer.code, "coded", answer.tags, basis))
    return found


def build_table(
    file: Path,
    reviewed: Sequence[Entry],
    automatic: Sequence[Entry] = (),
    *,
    catalogue: Catalogue,
    kind: str = "offence",
    versions: Path,
    disputed: Iterable[str] = (),
    records: Mapping[str, int] | None = None,
    valid_from: date | None = None,
    write: bool = True,
) -> Built:
    """Bring a correspondence file up to date with decisions, and return what became of it.

    Rows with a condition and rows whose validity has ended stay as they are. Without `valid_from` a changed decision
    corrects its row for all its days; with it, the old row ends the day before.

    Args:
        file: the table; made when missing, untouched when nothing changes.
        reviewed, automatic: what goes in; a reviewed entry goes before an automatic one.
        catalogue: the definitions, for the fields that tags may fill.
        kind: of the records that the table codes.
        versions: folder where the table is kept as it was.
        disputed: national codes on which coders disagree.
        records: national code -> number of records.
        valid_from: first day of new and changed decisions.
        write: False only says what would be done.
    """
    heads, rows = _read(file)
    fields = catalogue.record_kinds[kind].fields if kind in catalogue.record_kinds else {}
    counts, codes = records or {}, {entry.national_code for entry in reviewed}
    entries = [*reviewed, *(entry for entry in automatic if entry.national_code not in codes | set(disputed))]
    merging = _Merging(rows, valid_from, counts, set(fields))
    for entry in entries:
        merging.take(entry)
    current = [row for row in rows if not row.get("condition") and not row.get("valid_to")]
    own = [row for row in current if row["basis"].startswith(AUTOMATIC)]
    version, kept = "", None
    if merging.touched and write:
        kept, version = _keep(file, versions)
        write_atomically(file, _text(heads, rows).encode())
    decided = [row for row in current if row["national_code"] in codes]
    return Built(
        reviewed=len(decided),
        automatic=len(own),
        records_reviewed=sum(counts.get(row["national_code"], 0) for row in decided),
        records_automatic=sum(counts.get(row["national_code"], 0) for row in own),
        other=len(current) - len(decided) - len(own),
        disputed=tuple(disputed),
        changes=tuple(merging.changes),
        dropped_tags=tuple(sorted(merging.dropped)),
        version=version,
        kept=kept,
    )


class _Merging:
    """Puts entries into the rows of a table."""

    def __init__(self, rows: list[Row], valid_from: date | None, records: Mapping[str, int], fields: set[str]) -> None:
        self.rows, self.valid_from, self.records, self.fields = rows, valid_from, records, fields
        self.changes: list[Change] = []
        self.dropped: set[str] = set()
        self.touched = False
        self.open: dict[str, Row] = {}
        self.ended: dict[str, str] = {}
        for row in rows:
            code = row["national_code"]
            if row.get("condition") or row.get("retired_because"):
                continue
            if row.get("valid_to"):
                self.ended[code] = max(row["valid_to"], self.ended.get(code, ""))
            else:
                self.open[code] = row

    def take(self, entry: Entry) -> None:
        """Add or change the row of an entry."""
        made = self._row(entry)
        before = self.open.get(entry.national_code)
        if before is None:
            made["valid_from"] = self._first_day(entry.national_code)
            self._add(made, None)
        elif _says(before) == _says(made):
            self._confirm(before, made)
        elif entry.basis.startswith(AUTOMATIC) and not before["basis"].startswith(AUTOMATIC):
            return  # the coder never overrides a person
        elif self.valid_from and before.get("valid_from", "") < self.valid_from.isoformat():
            before["valid_to"] = (self.valid_from - timedelta(days=1)).isoformat()
            made["valid_from"] = self.valid_from.isoformat()
            self._add(made, before)
        else:
            self.changes.append(self._change(made, before))
            stale = {name: "" for name in before if name.startswith("set_")}
            before.update({**stale, **made, "valid_from": before.get("valid_from", "")})
            self.touched = True

    def _confirm(self, before: Row, made: Row) -> None:
        """Let the basis name who stands behind the same code now: a person for the coder, two coders for one."""
        old, new = before["basis"], made["basis"]
        if old != new and not new.startswith(AUTOMATIC) and (old.startswith(AUTOMATIC) or _SIGNED.search(old)):
            before["basis"] = new
            self.touched = True

    def _add(self, made: Row, before: Row | None) -> None:
        self.rows.append(made)
        self.open[made["national_code"]] = made
        self.changes.append(self._change(made, before))
        self.touched = True

    def _change(self, made: Row, before: Row | None) -> Change:
        code = made["national_code"]
        was = None if before is None else before["iccs_code"] or before["status"]
        return Change(code, was, made["iccs_code"] or made["status"], self.records.get(code, 0))

    def _first_day(self, code: str) -> str:
        first = self.valid_from.isoformat() if self.valid_from else ""
        ended = self.ended.get(code, "")
        return max(first, (date.fromisoformat(ended) + timedelta(days=1)).isoformat()) if ended else first

    def _row(self, entry: Entry) -> Row:
        self.dropped |= set(entry.tags) - self.fields
        sets = {f"set_{name}": value for name, value in entry.tags.items() if name in self.fields and entry.iccs_code}
        label = entry.text if entry.text != entry.national_code else ""
        made = dict.fromkeys((*COLUMNS, *DATES), "")
        made |= {"national_code": entry.national_code, "iccs_code": entry.iccs_code, "status": entry.status}
        return made | {"national_label": label, "basis": entry.basis} | sets


def _says(row: Row) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    sets = tuple(sorted((name, value) for name, value in row.items() if name.startswith("set_") and value))
    return row["iccs_code"], row["status"], sets


def _read(file: Path) -> tuple[list[str], list[Row]]:
    if not file.exists():
        return [*COLUMNS, *DATES], []
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        heads = list(reader.fieldnames or (*COLUMNS, *DATES))
        return heads, [{**dict.fromkeys(COLUMNS, ""), **{k: v or "" for k, v in row.items() if k}} for row in reader]


def _text(heads: Sequence[str], rows: Sequence[Row]) -> str:
    used = {name for row in rows for name, value in row.items() if value}
    further = sorted(used - set(heads), key=lambda name: (name in DATES, name))
    text = io.StringIO()
    writer = csv.DictWriter(text, [*heads, *further], restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


# -- versions -------------------------------------------------------------------------------------------------------
def kept_versions(versions: Path) -> list[Path]:
    """Return the earlier tables kept, the newest last."""
    found = (path for path in versions.glob("*.csv") if path.stem.isdigit())
    return sorted(found, key=lambda path: int(path.stem))


def _keep(file: Path, versions: Path) -> tuple[Path | None, str]:
    """Keep the table as it is, note the new version in its manifest, and return (where it is kept, new version)."""
    manifest = file.parent / "manifest.toml"
    text = manifest.read_text(encoding="utf-8") if manifest.exists() else ""
    named = re.search(rf'\[files\."{re.escape(file.name)}"\][^\[]*?^version\s*=\s*"(\d+)"', text, re.MULTILINE)
    earlier = kept_versions(versions)
    number = max(int(named[1]) if named else 1, int(earlier[-1].stem) + 1 if earlier else 1)
    kept = versions / f"{number}.csv" if file.exists() else None
    if kept:
        write_atomically(kept, file.read_bytes())
    version = str(number + 1) if kept else "1"
    if manifest.exists() or file.parent.name == "correspondences":
        write_atomically(manifest, _noted(text, file.name, version).encode())
    return kept, version


def _noted(text: str, name: str, version: str) -> str:
    """Return a manifest with version and date of a file brought up to date, or with an entry for it."""
    head = f'[files."{name}"]'
    today = date.today().isoformat()
    if head not in text:
        about = f'title = "{name.removesuffix(".csv")}"\nsource = "Decisions of the coders"\n'
        return f'{text}{chr(10) if text else ""}{head}\n{about}version = "{version}"\nlicence = ""\ndate = "{today}"\n'
    before, _, after = text.partition(head)
    block, *rest = re.split(r"(?m)^(?=\[)", after, maxsplit=1)
    block = re.sub(r"(?m)^version\s*=.*$", f'version = "{version}"', block)
    block = re.sub(r"(?m)^date\s*=.*$", f'date = "{today}"', block)
    return before + head + block + "".join(rest)

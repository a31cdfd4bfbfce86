"""The review as a workbook: one row per offence with its alternatives to choose from, filled in and read back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.classify.decisions import STATUSES, Decision, DecisionLog, settle, standing, tags_of, tags_text
from justitia.classify.items import cell_text
from justitia.errors import CatalogueError, CatalogueErrors, RequestError

if TYPE_CHECKING:
    from justitia.classify.review import Question, Review
    from justitia.metadata.load import Catalogue

SHEET, CHOICES, ICCS = "queue", "alternatives", "iccs"
COLUMNS = (
    *("records", "source_id", "national_code", "national_text", "iccs_code", "status", "basis", "who", "tags"),
    *("confidence", "evidence", "context", "coders", "suggested_code"),
)
NEEDED = ("source_id", "national_code", "iccs_code")
_WIDTHS = {"national_code": 30, "national_text": 50, "context": 40, "evidence": 40, "iccs_code": 45, "basis": 40}
_ASKED = ("iccs_code", "status", "tags", "basis", "who")
_LONGEST = 32_000  # characters that a cell may hold
_CODE = re.compile(r"\d+(?=\s|$)")


def write_sheet(reviews: Mapping[str, Review], catalogue: Catalogue, path: Path, *, languages: Sequence[str]) -> int:
    """Write the open questions of reviews to a workbook, and return their number.

    The sheet `queue` holds a row per offence: its alternatives are the choices of the cell `iccs_code`, and any other
    code may be typed. The sheet `iccs` holds every code with titles and index words, to be filtered.

    Args:
        reviews: source id -> its review (empty id: a list in a file).
        catalogue: the definitions.
        path: workbook to write.
        languages: of titles, the first for the alternatives.
    """
    import io

    import xlsxwriter

    asked = [(source, review.question(place)) for source, review in reviews.items() for place in review.queue()]
    written = io.BytesIO()  # a file that cannot be written is then an ordinary error of the system
    with xlsxwriter.Workbook(written, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = {
            "text": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
            "head": book.add_format({"bold": True, "bg_color": "#DDE6EE"}),
            "asked": book.add_format({"bold": True, "bg_color": "#FFF2CC"}),
            "percent": book.add_format({"num_format": "0%", "valign": "top"}),
        }
        _queue(book, formats, asked, catalogue, languages[0])
        _iccs(book, formats, catalogue, languages)
        _choices(book, asked, catalogue, languages[0])
    path.write_bytes(written.getvalue())
    return len(asked)


def _queue(
    book: Any, formats: Mapping[str, Any], asked: Sequence[tuple[str, Question]], catalogue: Catalogue, language: str
) -> None:
    sheet = book.add_worksheet(SHEET)
    for place, name in enumerate(COLUMNS):
        sheet.write_string(0, place, name, formats["asked" if name in _ASKED else "head"])
        sheet.set_column(place, place, _WIDTHS.get(name, 14), formats["text"])
    for line, (source, question) in enumerate(asked, start=1):
        cells = _cells(source, question, catalogue, language)
        for place, name in enumerate(COLUMNS):
            if name == "records":
                sheet.write_number(line, place, question.item.records)
            elif name == "confidence":
                sheet.write_number(line, place, question.answer.confidence, formats["percent"])
            else:
                sheet.write_string(line, place, cells.get(name, "")[:_LONGEST], formats["text"])
        if question.answer.alternatives:
            last = "ABCDE"[min(len(question.answer.alternatives), 5) - 1]
            choice = {"validate": "list", "source": f"={CHOICES}!$A${line + 1}:${last}${line + 1}", "show_error": False}
            sheet.data_validation(line, COLUMNS.index("iccs_code"), line, COLUMNS.index("iccs_code"), choice)
    if asked:
        place = COLUMNS.index("status")
        sheet.data_validation(1, place, len(asked), place, {"validate": "list", "source": list(STATUSES)})
    sheet.freeze_panes(1, COLUMNS.index("national_text") + 1)
    sheet.autofilter(0, 0, max(len(asked), 1), len(COLUMNS) - 1)


def _cells(source: str, question: Question, catalogue: Catalogue, language: str) -> dict[str, str]:
    item, answer = question.item, question.answer
    evidence = "; ".join(f"{one.kind}: {one.phrase} < {one.source}" for one in answer.evidence[:3])
    earlier = (f"{one.coder}: {one.iccs_code or one.status} {one.why}".strip() for one in question.earlier)
    return {
        "source_id": source,
        "national_code": item.national_code,
        "national_text": item.text if item.text != item.national_code else "",
        "context": "; ".join(f"{role}: {text}" for role, text in item.context.items()),
        "suggested_code": answer.code,
        "evidence": "; ".join(filter(None, (evidence, answer.reason))),
        "coders": "; ".join(earlier),
        "tags": tags_text(answer.tags),
    }


def _choices(book: Any, asked: Sequence[tuple[str, Question]], catalogue: Catalogue, language: str) -> None:
    sheet = book.add_worksheet(CHOICES)
    codes = catalogue.codelist("iccs").codes
    for line, (_, question) in enumerate(asked, start=1):
        for place, found in enumerate(question.answer.alternatives[:5]):
            title = codes[found.code].label(language) if found.code in codes else ""
            sheet.write_string(line, place, f"{found.code} {title}".strip())
    sheet.hide()


def _iccs(book: Any, formats: Mapping[str, Any], catalogue: Catalogue, languages: Sequence[str]) -> None:
    sheet = book.add_worksheet(ICCS)
    listed = catalogue.codelist("iccs")
    words: dict[str, list[str]] = {}
    for entry in catalogue.index("iccs"):
        if entry.in_version:
            words.setdefault(entry.code, []).append(entry.phrase)
    for place, name in enumerate(("code", *languages, "index words")):
        sheet.write_string(0, place, name, formats["head"])
    for line, code in enumerate(listed.codes.values(), start=1):
        sheet.write_string(line, 0, code.code, formats["text"])
        for place, language in enumerate(languages, start=1):
            sheet.write_string(line, place, code.label(language))
        sheet.write_string(line, len(languages) + 1, "; ".join(words.get(code.code, []))[:_LONGEST])
    sheet.set_column(1, len(languages), 60)
    sheet.set_column(len(languages) + 1, len(languages) + 1, 100)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(listed.codes), len(languages) + 1)


# -- reading back ---------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class Filled:
    """The decisions in a workbook by source id, and what is wrong with it."""

    decisions: dict[str, list[Decision]] = field(default_factory=dict)
    faults: list[CatalogueError] = field(default_factory=list)


def read_sheet(path: Path, catalogue: Catalogue, *, who: str) -> dict[str, list[Decision]]:
    """Return source id -> the decisions of a filled-in workbook; rows without code and status are not decided.

    Args:
        path: the workbook.
        catalogue: the definitions.
        who: the coder, where the row does not say.

    Raises:
        CatalogueError: E-COD-001, every cell that cannot be a decision, each with its line and column.
        RequestError: E-COD-005 when this is no workbook of the coding queue.
    """
    rows = _rows(path)
    heads = [str(cell).strip() for cell in rows[0]]
    filled = Filled()
    seen: dict[tuple[str, str, str], int] = {}
    for line, cells in enumerate(rows[1:], start=2):
        row = dict(zip(heads, map(cell_text, cells), strict=False))
        if not (row.get("iccs_code") or row.get("status")):
            continue
        decision = _Reading(path, line, catalogue, filled.faults).decision(row, who)
        key = (row.get("source_id", ""), row.get("national_code", ""), row.get("who") or who)
        if key in seen and decision is not None:
            filled.faults.append(
                _fault(path, line, "national_code", f"is on line {seen[key]} too", "Leave one of them")
            )
        elif decision is not None:
            filled.decisions.setdefault(row.get("source_id", ""), []).append(decision)
        seen.setdefault(key, line)
    if filled.faults:
        raise filled.faults[0] if len(filled.faults) == 1 else CatalogueErrors(filled.faults)
    return filled.decisions


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads one row; what is wrong goes to `faults`."""

    path: Path
    line: int
    catalogue: Catalogue
    faults: list[CatalogueError]

    def decision(self, row: Mapping[str, str], who: str) -> Decision | None:
        before = len(self.faults)
        code, status = self._code(row.get("iccs_code", "")), row.get("status", "")
        if not row.get("national_code"):
            self._wrong("national_code", "is empty", "Put back what the export wrote")
        if status and status not in STATUSES:
            self._wrong("status", f"[{status}] is not one of {', '.join(STATUSES)}", "Choose from the list")
        elif status == "no_code" and row.get("iccs_code"):
            self._wrong("iccs_code", "no_code goes without an iccs_code", "Empty one of the two cells")
        elif status != "no_code" and not row.get("iccs_code"):
            self._wrong("iccs_code", f"is empty, and the status is {status}", "Fill it in, or write no_code")
        tags = self._tags(row.get("tags", ""))
        if len(self.faults) > before:
            return None
        entry = self.catalogue.codelist("iccs").codes.get(code)
        usual = "no_code" if entry is None else "coded" if entry.is_leaf else "unspecified"
        return Decision(
            coder=row.get("who") or who,
            national_code=row["national_code"],
            text=row.get("national_text") or row["national_code"],
            iccs_code=code,
            status=status or usual,
            tags=tags,
            why=row.get("basis", ""),
            action="adjudicate" if row.get("coders") else "decide",
            suggested=row.get("suggested_code", ""),
            confidence=_share(row.get("confidence", "")),
        )

    def _code(self, cell: str) -> str:
        """Return the code at the beginning of a cell; the title after it is for the eyes."""
        codes = self.catalogue.codelist("iccs").codes
        found = _CODE.match(cell)
        code = found[0] if found else cell
        if code and code not in codes:
            lost = f"0{code}" in codes
            more = f"; a leading zero was lost, write 0{code} as text" if lost else ""
            self._wrong("iccs_code", f"ICCS has no code [{code[:40]}]{more}", "Sheet iccs lists all codes")
        return code

    def _tags(self, cell: str) -> dict[str, str]:
        tags, kinds = tags_of(cell), self.catalogue.record_kinds
        for name, value in tags.items():
            found = kinds["offence"].fields.get(name) if "offence" in kinds else None
            if found is None or not found.codelist or value not in self.catalogue.codelist(found.codelist).codes:
                self._wrong(
                    "tags", f"[{name}={value}] is no field and code of an offence", "Correct it, or empty the cell"
                )
        return tags

    def _wrong(self, column: str, message: str, remedy: str) -> None:
        self.faults.append(_fault(self.path, self.line, column, message, remedy))


def _fault(path: Path, line: int, column: str, message: str, remedy: str) -> CatalogueError:
    return CatalogueError(
        "E-COD-001",
        f"{message}; no decision was taken over",
        where=f"{path}, line {line}, column {column}",
        remedy=remedy,
    )


def _share(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _rows(path: Path) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        data = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(SHEET).to_python()
    except CalamineError:
        data = []
    if not data or not set(NEEDED) <= {str(cell) for cell in data[0]}:
        raise RequestError(
            "E-COD-005",
            "this is not a workbook of the coding queue",
            where=str(path),
            remedy="Make one with `justitia coding export`, fill in its sheet queue and save it as .xlsx",
        )
    return data


def take_over(log: DecisionLog, decisions: Sequence[Decision]) -> list[Decision]:
    """Write the decisions to the log that are not in it already, and return them: a workbook may be read twice.

    Raises:
        RequestError: E-COD-032 when one who disagrees adjudicates.
    """
    from justitia.classify.decisions import adjudicated, check_adjudicator

    before = log.read()
    found, settled = standing(before), adjudicated(before)
    new = []
    for one in decisions:
        old = (
            settled.get(one.national_code) if one.action == "adjudicate" else found.get((one.coder, one.national_code))
        )
        if old is None or not old.same_code(one) or (old.why, dict(old.tags)) != (one.why, dict(one.tags)):
            new.append(one)
    for coder in {one.coder for one in new if one.action == "adjudicate"}:
        check_adjudicator(before, coder)
    return log.append(new)


def disputed_codes(log: DecisionLog) -> list[str]:
    """Return the national codes on which coders disagree."""
    return sorted(settle(log.read()).disputed)

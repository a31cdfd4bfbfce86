"""Write the generated pages of docs/reference/ from the code and the catalogue; `--check` fails when one is stale.

python tools/reference_pages.py [--check]
"""

from __future__ import annotations

import ast
import csv
import importlib
import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

sys.path.insert(0, str(Path(__file__).parent))  # the generator is also loaded from elsewhere, by its path
from indicator_page import indicators_page

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "justitia"
CATALOGUE = SOURCE / "catalogue"
TARGET = ROOT / "docs" / "reference"
NOTICE = "<!-- Made by tools/reference_pages.py from the code and the catalogue. Do not edit. -->"
BREAK = "\x1f"  # between the texts of one cell
CODE = re.compile(r"E-[A-Z]+-\d{3}")

# What each family of codes is about. A new family needs a line here: the generator stops without it.
FAMILIES = {
    "ACC": "The access log of identities",
    "ADR": "Addresses of figures",
    "BAK": "Backup and restore",
    "CAT": "Definitions: catalogue, overlays, expressions",
    "CLI": "The command line",
    "COD": "Coding of offences",
    "CON": "The program's own contracts",
    "COV": "Coverage of crime forms",
    "DEM": "Demonstrations",
    "DIS": "Disclosure: a release is refused",
    "ERA": "Erasure",
    "FIL": "Filling collections",
    "IND": "Indicators and their methods",
    "FLO": "Following cases and persons",
    "KEY": "Record keys and noise",
    "LAY": "Files against their layout",
    "LNG": "Languages",
    "LNK": "Linking persons: pairs, clusters, keys, pseudonyms",
    "LYT": "Proposing a layout",
    "MIC": "Person-level files and differentially private counts",
    "MSG": "Words of the products",
    "PER": "Linking persons in a workspace",
    "POP": "Population tables",
    "PRO": "Protection: the linear system, suppression and audit",
    "PSE": "Pseudonyms",
    "QST": "Reading filled questionnaires",
    "RCN": "Reconciling two tables",
    "RCV": "Reading files and databases",
    "REL": "Releases",
    "ROL": "Roles: key holder, pair reviewer, analyst",
    "ROU": "Rounding",
    "SDM": "SDMX: messages and structures",
    "STO": "The store",
    "TAB": "Tables",
    "TRA": "Confidential transmission",
    "VLT": "The vault",
    "WSP": "Workspaces",
}
# Functions that note or return a CatalogueError.
RAISERS = {"__init__": "CatalogueErrors"} | dict.fromkeys(("add", "unknown", "_refuse"), "CatalogueError")


COMMANDS_INTRO = """\
# Commands

`justitia [-w FOLDER] COMMAND`: FOLDER is the workspace; without `-w`, the folder you are in, or the one named in the
environment variable `JUSTITIA_WORKSPACE`. Every command ends with what to do next. What a command exits with, when it
cannot do what you asked, is in [errors.md](errors.md).
"""

ERRORS_INTRO = """\
# Errors

An error is one line: code, where, what is wrong, what to do. Bad data are not errors: they are
[findings](findings.md), and the run goes on. The class says who must act, and gives the exit status.
"""

RECORDS_INTRO = """\
# Records

The kinds of record that a layout can fill, the fields of each, the variables that are derived from them, and the
checks. All of it is data: `catalogue/records/`, `catalogue/derivations.csv` and `catalogue/checks/`; an overlay adds
or replaces rows.
"""

ICCS_INTRO = """\
# ICCS {version}

The International Classification of Crime for Statistical Purposes (UNODC, 2015), as it is in the catalogue. Search it
with `justitia iccs WORDS`, see a code with `justitia iccs CODE`. An overlay cannot change the codes. The terms of UNODC
are in the file NOTICE.
"""

TAGS_INTRO = """\
## Disaggregating variables

ICCS's variables that describe a crime, and the field of a record that holds each.
"""

STAGES_INTRO = """\
# Stages

The stages of the chain, in order, as they declare themselves: tables taken and given, definitions used, figures always
produced. `x__*` is one table for each kind of record, or for each table to be counted. The runner refuses what a stage
does not declare. Reading the files comes before the first stage, releases come after the last: see
[stages and store](../explanation/stages-and-store.md).
"""

API_INTRO = """\
# Python API

The names in `justitia.__all__`. Nothing else is promised: other modules may change at any time. The commands use the
same functions.

```python
import justitia

workspace = justitia.Workspace("FOLDER")
justitia.run_workspace(workspace)
```
"""


def cell(text: object) -> str:
    """Return text as one cell of a Markdown table."""
    escaped = str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
    return escaped.replace(BREAK, "<br>").strip()


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    return [*lines, *("| " + " | ".join(map(cell, row)) + " |" for row in rows), ""]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the catalogue."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# -- commands -----------------------------------------------------------------------------------------------------
def root_command() -> click.Group:
    """Return the command line with all its commands."""
    from justitia.cli import whole_cli

    return whole_cli()


def commands() -> Iterator[tuple[str, click.Command]]:
    """Return (words, command) for every command that can be run."""
    for name, command in sorted(root_command().commands.items()):
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", item) for sub, item in sorted(command.commands.items()))
        else:
            yield name, command


def commands_page() -> list[str]:
    """Return docs/reference/commands.md."""
    lines = [COMMANDS_INTRO]
    for words, command in commands():
        arguments = [item for item in command.params if isinstance(item, click.Argument)]
        usage = " ".join(["justitia", words, *(_argument(item) for item in arguments)])
        lines += [f"## justitia {words}", "", f"`{usage}`", "", inspect.cleandoc(command.help or ""), ""]
        options = [item for item in command.params if isinstance(item, click.Option)]
        if options:
            lines += table(("option", "meaning"), [(_option(item), _meaning(item)) for item in options])
    return lines


def _argument(item: click.Argument) -> str:
    name = (
        "{" + "|".join(map(str, item.type.choices)) + "}"
        if isinstance(item.type, click.Choice)
        else (item.name or "").upper()
    )
    name += "..." if item.nargs == -1 else ""
    return name if item.required else f"[{name}]"


def _option(item: click.Option) -> str:
    return "`" + ", ".join(item.opts) + ("`" if item.is_flag else " TEXT`")


def _meaning(item: click.Option) -> str:
    return f"{item.help or ''}{' Required.' if item.required else ''}"


# -- errors -------------------------------------------------------------------------------------------------------
class Raised(NamedTuple):
    """One place where an error is made."""

    code: str
    error: str
    message: str
    remedy: str
    module: str


def raised_errors() -> list[Raised]:
    """Return every place in src where an error with a code is made."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for scope in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
            found += [_raised(call, scope, path) for call in ast.walk(scope) if _is_error(call)]
    return sorted(set(found))


def _is_error(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(_code(item) for item in node.args)


def _code(node: ast.expr) -> str:
    text = node.value if isinstance(node, ast.Constant) else None
    return text if isinstance(text, str) and CODE.fullmatch(text) else ""


def _raised(call: ast.AST, scope: ast.AST, path: Path) -> Raised:
    if not isinstance(call, ast.Call):
        raise TypeError(call)
    place = next(i for i, item in enumerate(call.args) if _code(item))
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    after = call.args[place + 1 :]
    message = "; ".join(_text(item, scope) for item in after[:1])
    if name == "unknown":
        message = f"there is no {message} […]"
    remedy = next((_text(item.value, scope) for item in call.keywords if item.arg == "remedy"), "")
    module = str(path.relative_to(SOURCE).with_suffix("")).replace("/", ".")
    return Raised(_code(call.args[place]), RAISERS.get(name, name), message, remedy, module)


def _text(node: ast.expr, scope: ast.AST) -> str:
    """Return the words of a text in the code, with … for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, scope) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp):
        return _text(node.left, scope) + _text(node.right, scope)
    if isinstance(node, ast.BoolOp):
        return _text(node.values[-1], scope)
    if isinstance(node, ast.Name):
        given = [item for item in ast.walk(scope) if isinstance(item, ast.Assign) and _assigns(item, node)]
        return _text(max(given, key=lambda item: item.lineno).value, scope) if given else "…"
    return "…"


def _assigns(item: ast.Assign, name: ast.Name) -> bool:
    targets = [target.id for target in item.targets if isinstance(target, ast.Name)]
    return name.id in targets and item.lineno < name.lineno


def _said_elsewhere(code: str) -> str:
    """Return what a docstring says of a code whose message is put together from parts."""
    for path in sorted(SOURCE.rglob("*.py")):
        match = re.search(code + r" (?:when |for )?([a-z][^,.;:`]+)", path.read_text(encoding="utf-8"))
        if match:
            return re.sub(r"\s+", " ", match[1])
    return "…"


def errors_page() -> list[str]:
    """Return docs/reference/errors.md."""
    errors = importlib.import_module("justitia.errors")
    lines = [ERRORS_INTRO]
    classes = [
        item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, errors.JustitiaError)
    ]
    lines += table(
        ("class", "exit status", "what it means"),
        [(f"`{item.__name__}`", item.exit_status, (item.__doc__ or "").strip().splitlines()[0]) for item in classes],
    )
    lines += ["A command that you stop (Ctrl-C) exits with 130. In the messages, … stands for what is filled in.", ""]
    families: dict[str, list[Raised]] = defaultdict(list)
    for item in raised_errors():
        families[item.code.split("-")[1]].append(item)
    for family, items in sorted(families.items()):
        lines += [f"## E-{family}: {FAMILIES[family]}", ""]
        lines += table(("code", "class", "what is wrong", "what to do"), _merged(items))
    return lines


def _merged(items: Sequence[Raised]) -> Iterator[tuple[str, str, str, str]]:
    for code in sorted({item.code for item in items}):
        own = [item for item in items if item.code == code]
        text = [
            BREAK.join(dict.fromkeys(getattr(x, n) for x in own if getattr(x, n) not in ("", "…")))
            for n in ("message", "remedy")
        ]
        yield code, ", ".join(sorted({f"`{item.error}`" for item in own})), text[0] or _said_elsewhere(code), text[1]


# -- catalogue ----------------------------------------------------------------------------------------------------
def records_page() -> list[str]:
    """Return docs/reference/records.md."""
    kinds = read_rows(CATALOGUE / "records" / "kinds.csv")
    derived = read_rows(CATALOGUE / "derivations.csv")
    lines = [RECORDS_INTRO]
    lines += table(
        ("kind", "what it is", "counting unit", "about persons"),
        [
            (
                f"[`{kind['kind']}`](#{kind['kind']})",
                kind["description"],
                kind["unit"],
                "yes" if kind["holds_individuals"] == "1" else "no",
            )
            for kind in kinds
        ],
    )
    for kind in kinds:
        name = kind["kind"]
        lines += [f"## {name}", "", f"{kind['label_en']}. {kind['description']}.", ""]
        lines += table(
            ("field", "type", "meaning", "source"),
            [
                (f"`{row['field']}`", _type(row), row["description"], row["source"])
                for row in read_rows(CATALOGUE / "records" / f"{name}.csv")
            ],
        )
        own = [row for row in derived if row["kind"] == name]
        if own:
            lines += ["Derived:", ""]
            lines += table(
                ("field", "type", "meaning", "method"),
                [
                    (f"`{row['field']}`", _type(row), row["description"], f"{row['method']} ({row['arguments']})")
                    for row in own
                ],
            )
        checks = CATALOGUE / "checks" / f"{name}.csv"
        if checks.exists():
            lines += ["Checks:", ""]
            lines += table(
                ("rule", "severity", "what must be true", "expression"),
                [
                    (row["rule_id"], row["severity"], row["label_en"], f"`{row['expression']}`")
                    for row in read_rows(checks)
                ],
            )
    return lines


def _type(row: dict[str, str]) -> str:
    if row.get("codelist"):
        return f"code of `{row['codelist']}`"
    if row.get("references"):
        return f"reference to `{row['references']}`"
    return f"{row['type']}{', ' + row['unit'] if row.get('unit') else ''}"


def iccs_page() -> list[str]:
    """Return docs/reference/iccs.md."""
    folder = max((CATALOGUE / "classifications" / "iccs").iterdir())
    codes, index = read_rows(folder / "codes.csv"), read_rows(folder / "index.csv")
    lines = [ICCS_INTRO.format(version=folder.name)]
    levels = list(dict.fromkeys(row["level"] for row in codes))
    names = dict(zip(sorted(levels), ("section", "division", "group", "class"), strict=False))
    lines += table(
        ("level", "codes"),
        [
            (f"{level} ({names.get(level, level)})", sum(row["level"] == level for row in codes))
            for level in sorted(levels)
        ],
    )
    languages = sorted({row["language"] for row in index})
    lines += [
        f"All levels: {len(codes):,} codes. Index phrases: "
        + ", ".join(f"{sum(row['language'] == language for row in index):,} in `{language}`" for language in languages)
        + ".",
        "",
    ]
    lines += ["## Sections and divisions", ""]
    lines += table(
        ("code", "English", "French", "Spanish"),
        [
            (
                f"**{row['code']}**" if row["level"] == "1" else row["code"],
                row["label_en"],
                row["label_fr"],
                row["label_es"],
            )
            for row in codes
            if row["level"] in ("1", "2")
        ],
    )
    lines += [TAGS_INTRO]
    lines += table(
        ("unit", "tag", "English", "field", "code list"),
        [
            (
                row["unit"],
                row["tag"],
                row["label_en"],
                f"`{row['record']}.{row['field']}`" if row["field"] else "",
                f"`{row['codelist']}`" if row["codelist"] else "",
            )
            for row in read_rows(folder / "tags.csv")
        ],
    )
    return lines


# -- code ---------------------------------------------------------------------------------------------------------
def stages_page() -> list[str]:
    """Return docs/reference/stages.md."""
    from justitia.pipeline import CHAIN

    lines = [STAGES_INTRO]
    for group in CHAIN:
        for stage in group:
            room = importlib.import_module(f"justitia.{stage.name}")
            lines += [f"## {stage.name}", "", (room.__doc__ or "").strip(), ""]
            lines += table(
                ("takes", "gives", "uses", "figures", "version"),
                [
                    [
                        ", ".join(f"`{name}`" for name in names)
                        for names in (stage.takes, stage.gives, stage.uses, stage.metrics)
                    ]
                    + [str(stage.version)]
                ],
            )
            if stage.parameters:
                lines += [f"Parameters: `{dict(stage.parameters)}`", ""]
    return lines


def api_page() -> list[str]:
    """Return docs/reference/api.md."""
    justitia = importlib.import_module("justitia")
    lines = [API_INTRO]
    for name in sorted(justitia.__all__, key=str.casefold):
        item = getattr(justitia, name)
        lines += [f"## {name}", ""]
        if not (inspect.isclass(item) and issubclass(item, Exception)):
            lines += ["```python", _signature(name, item), "```", ""]
        lines += [*_doc(item), ""]
    return lines


def _signature(name: str, item: object) -> str:
    text = re.sub(r"<function (\w+) at 0x\w+>", r"\1", str(inspect.signature(item)))  # type: ignore[arg-type]
    return f"{name}{text}".replace("'", "")


def _doc(item: object) -> list[str]:
    """Return a docstring with its sections as lists."""
    lines: list[str] = []
    for line in inspect.cleandoc(getattr(item, "__doc__", "") or "").splitlines():
        if line.endswith(":") and not line.startswith(" ") and line[:-1] in ("Args", "Returns", "Raises"):
            lines.append(f"*{line[:-1]}*")
        elif line.startswith("    ") and not line.startswith("     "):
            name, _, rest = line.strip().partition(": ")
            lines.append(f"- `{name}`: {rest}" if rest and len(name) < 40 else f"- {line.strip()}")
        else:
            lines.append(line if not line.startswith("     ") else f"  {line.strip()}")
    return lines


PAGES = {
    "commands": commands_page,
    "errors": errors_page,
    "records": records_page,
    "iccs": iccs_page,
    "indicators": indicators_page,
    "stages": stages_page,
    "api": api_page,
}


def page(name: str) -> str:
    """Return the text of a generated page."""
    return "\n".join([NOTICE, "", *PAGES[name]()]).rstrip() + "\n"


def stale_pages() -> list[str]:
    """Return the names of committed pages that differ from what the code and the catalogue say now."""
    return [
        name for name in PAGES if not (file := TARGET / f"{name}.md").exists() or file.read_text("utf-8") != page(name)
    ]


def main() -> None:
    """Write the pages, or check them."""
    if "--check" not in sys.argv[1:]:
        for name in PAGES:
            (TARGET / f"{name}.md").write_text(page(name), encoding="utf-8")
        return
    stale = stale_pages()
    if stale:
        sys.exit(f"stale: {', '.join(f'docs/reference/{name}.md' for name in stale)}. Run: make docs")


if __name__ == "__main__":
    main()

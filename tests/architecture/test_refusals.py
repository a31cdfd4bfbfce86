"""What Justitia refuses to be is absent: no command, name, parameter or package of it, and no public way to one record.

The list of refusals is that of docs/explanation/what-justitia-refuses.md. Absence is tested by words, so that whoever
adds such a thing meets this file first.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import justitia
from justitia.errors import JustitiaError
from justitia.tables import read_table

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "justitia"
FORBIDDEN = re.compile(
    r"(^|_)(risk|scor(e|es|ing)|predict\w*|recidivis[mt]_\w+|reoffend\w*|radicali[sz]\w*|watchlist|sanctions?_list|"
    r"screening|profil\w+|dossier|person_page|find_person|search_person\w*|person_search|lookup_person|graph_export|"
    r"neo4j|gephi|networkx|graphml|live_feed|shelter\w*|face\w*_recognition)($|_)",
    re.IGNORECASE,
)
CODE_SCORES = re.compile(r"(linear_)?scores?")
WHO = re.compile(r"person|surname|birth|national_number")  # a kind of person is called a role
SEARCHING = re.compile(r"search|find|lookup|query|who", re.IGNORECASE)


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


@pytest.fixture(scope="module")
def all_commands() -> dict[str, click.Command]:
    from justitia.cli import whole_cli

    return dict(commands(whole_cli()))


def test_nothing_is_named_after_what_is_refused() -> None:
    named = []
    for path in sorted(SOURCE.rglob("*.py")):
        own = path.relative_to(SOURCE).as_posix()
        named += [(own, path.stem)]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                named.append((own, node.name))
            elif isinstance(node, ast.arg):
                named.append((own, node.arg))
    assert len(named) > 1000
    found = {item for item in named if FORBIDDEN.search(item[1])}
    # The coder scores ICCS codes for wordings of offences; nothing in its room knows a person.
    of_codes = {(file, name) for file, name in found if file.startswith("classify/") and CODE_SCORES.fullmatch(name)}
    # The linkage scores pairs of records, for being of one person; it says nothing of what that person is or will do.
    pairs = {"_predict", "score", "scoring", "score_new"}
    of_pairs = {(file, name) for file, name in found if file.startswith("integrate/") and name in pairs}
    assert found - of_codes - of_pairs <= {("metadata/search.py", "_score")}, "of words in titles of codes"


def test_the_public_interface_takes_no_name_of_a_person() -> None:
    for name in justitia.__all__:
        found = getattr(justitia, name)
        if not callable(found) or inspect.isclass(found):
            continue
        parameters = set(inspect.signature(found).parameters)
        assert not {p for p in parameters if re.search(WHO, p)}, name
        assert name == "search_codes" or not SEARCHING.search(name), "a search is of codes, never of persons"
    assert next(iter(inspect.signature(justitia.search_codes).parameters)) == "catalogue", "no records"


def test_commands_are_known_and_none_searches_records(all_commands: dict[str, click.Command]) -> None:
    assert set(all_commands) == {
        *(
            "init",
            "layout",
            "run",
            "status",
            "release",
            "explain",
            "iccs",
            "erase",
            "backup",
            "restore",
            "transmit",
            "code",
        ),
        *("demo", "vault create", "catalogue check", "catalogue export", "catalogue import", "catalogue population"),
        *(
            "coding list",
            "coding export",
            "coding import",
            "coding audit-sample",
            "coding audit-read",
            "coding agreement",
        ),
        *("review", "correspondence build", "correspondence check"),
        *("audit", "secret", "exception"),
        *("protect-file", "private-counts"),  # a file leaves for a named recipient and purpose; counts have noise
        *("pseudonymise", "pseudonym-key"),  # tokens leave, names do not
        *("sdmx validate", "sdmx read", "sdmx write", "sdmx structure"),
        *("flow list", "flow show", "flow ratio", "flow write"),  # protected figures; findings are the operator's
        # by role, each opening logged; `link review` alone shows fields of persons, of one uncertain pair at a time
        *("link run", "link review", "link report", "link explain", "link check", "link log"),
        *("fill", "read", "consistency", "coverage", "reconcile"),
    }, "a new command: does it show a person, a record or an exact count in public? Then add it here"
    for name, command in all_commands.items():
        taken = {parameter.name or "" for parameter in command.params}
        assert not {item for item in taken if re.search(WHO, item)}, name
    takes_a_record = {n for n, c in all_commands.items() if "record_id" in {p.name for p in c.params}}
    assert takes_a_record == {"erase"}, "one record is named only to be erased"


def test_no_command_opens_the_vault_to_read_it() -> None:
    reading = re.compile(r"\.(persons|identities)\(|\._read\(|\"identities\"|/identities/")
    paths = [path for path in SOURCE.rglob("*.py") if path.parent.name != "metadata"]
    opening = {str(p.relative_to(SOURCE)) for p in paths if reading.search(p.read_text(encoding="utf-8"))}
    # linking/mentions.py opens identities for the key holder, in memory alone, after a line in the access log.
    assert opening <= {"vault.py", "collect/batch.py", "linking/mentions.py"}, opening
    gathering = {p for p in paths if re.search(r"\bgather(_all)?\(", p.read_text(encoding="utf-8"))}
    assert {p.name for p in gathering} <= {"mentions.py", "linked.py"}, "and only a linkage gathers them"
    text = (SOURCE / "linking" / "run.py").read_text(encoding="utf-8")
    assert text.index("acting(workspace, KEY_HOLDER)") < text.index('what="linked"') < text.index("= link(workspace")


def test_no_graph_score_or_matching_package_is_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(w for extra in project["optional-dependencies"].values() for w in extra)]
    names = {re.split(r"[\[<>=~; ]", text, maxsplit=1)[0].lower() for text in wanted}
    assert not names & {"networkx", "neo4j", "igraph", "py2neo", "xgboost", "torch", "face-recognition"}


def test_statistical_models_are_fitted_to_wordings_of_offences_alone() -> None:
    """Never to persons: the one module that fits a model reads the catalogue's phrases and no table of records."""
    fitting = {str(p.relative_to(SOURCE)) for p in SOURCE.rglob("*.py") if "sklearn" in p.read_text(encoding="utf-8")}
    assert fitting <= {"classify/model_fit.py"}
    text = (SOURCE / "classify" / "model_fit.py").read_text(encoding="utf-8")
    assert not re.search(r"engine|store|workspace|received__|derived__", text)


@pytest.mark.parametrize(
    "name", ["derived__suspect", "aggregate__by_iccs", "coded__national_code", "validated__finding"]
)
def test_no_table_is_read_unprotected_unless_asked_for(
    country: Callable[..., Any], offence: Callable[..., Any], name: str
) -> None:
    made = country()
    made.send("a.csv", [offence(i, SEX="m") for i in range(3)])
    made.run()
    with pytest.raises(JustitiaError, match="E-TAB-002"):
        read_table(made.workspace, name)
    assert read_table(made.workspace, name, confidential=True).num_rows >= 0
    assert read_table(made.workspace, "protected__by_iccs").num_rows > 0


def test_public_products_see_a_publication_and_nothing_else() -> None:
    """`disseminate` has no engine, no workspace and no store at hand: it is given protected tables."""
    for path in (SOURCE / "disseminate").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            kept_from = r"duckdb|justitia\.(engine|workspace|vault|pipeline|collect|aggregate|derive)"
            assert not [module for module in modules if re.match(kept_from, module)], path.name


def test_published_tables_are_made_of_protected_ones_only() -> None:
    text = (SOURCE / "publish.py").read_text(encoding="utf-8")
    assert set(re.findall(r"\w+__\{", text)) == {"protected__{"}
    assert not re.search(r"derived__|aggregate__|coded__|received__", text)
    text = (SOURCE / "release.py").read_text(encoding="utf-8")
    assert not re.search(r"derived__|aggregate__|coded__|received__", text)


def test_no_field_of_the_record_model_holds_a_name_number_or_address() -> None:
    from justitia.metadata.load import load_catalogue

    words = re.compile(
        r"(^|_)(name|surname|address|street|phone|e?mail|birth_date|passport|national_number|photo|"
        r"latitude|longitude|coordinates)($|_)"
    )
    fields = [(kind.kind, name) for kind in load_catalogue().record_kinds.values() for name in kind.fields]
    found = {item for item in fields if words.search(item[1])}
    assert fields and found <= {("custody_episode", "facility_name"), ("facility", "name")}, "names of prisons only"

"""Imports go one way, rooms never import one another, and no module is a drawer for odds and ends."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "justitia"
ROOMS = {
    "collect",
    "classify",
    "integrate",
    "validate",
    "edit",
    "derive",
    "weight",
    "aggregate",
    "protect",
    "disseminate",
}
# A module imports from its own step and from those above it; rooms only from their own room and from above.
STEPS = (
    {"errors", "findings"},
    {"model"},
    {"metadata"},
    {"engine", "stage", "store", "vault", "record_key", "workspace", "vintages", "decision_log"},
    ROOMS,
    {
        "pipeline",
        "case_flow",
        "linking",
        "pseudonyms",
        "coding_quality",
        "publish",
        "sdmx",
        "release",
        "release_audit",
        "explanation",
        "erase",
        "backup",
        "transmit",
        "file_release",
        "tables",
        "demo",
        "offence_list",
    }
    | {"submission"},
    {"__init__"},
    {"cli", "__main__"},
)
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "base", "shared", "tools"}

MODULES = sorted(SOURCE.rglob("*.py"))


def _step(part: str) -> int:
    return next(number for number, names in enumerate(STEPS) if part in names)


def _part(module: str) -> str:
    """Return the part of Justitia that a module's name lies in: `justitia.model.missing` in `model`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _name(path: Path) -> str:
    return ".".join(("justitia", *path.relative_to(SOURCE).with_suffix("").parts))


def _typing_only(tree: ast.Module) -> set[ast.AST]:
    """Return the nodes under `if TYPE_CHECKING`: what is imported there is never loaded."""
    blocks = (n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test))
    return {node for block in blocks for child in block.body for node in ast.walk(child)}


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = _typing_only(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name.split(".")[0] == "justitia")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "justitia":
            if node.module == "justitia":
                for alias in node.names:
                    known = any(alias.name in names for names in STEPS)
                    yield node.lineno, f"justitia.{alias.name}" if known else "justitia"
            else:
                yield node.lineno, node.module


def test_every_part_has_a_step() -> None:
    parts = {_part(_name(path)) for path in MODULES}
    assert parts <= set().union(*STEPS), "give new parts a place in STEPS"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_imports_go_one_way(path: Path) -> None:
    own = _part(_name(path))
    wrong = []
    for line, module in _imports(path):
        other = _part(module)
        across = own in ROOMS and other in ROOMS and own != other
        if across or _step(other) > _step(own):
            wrong.append(f"{path.relative_to(SOURCE)}:{line} imports {module}")
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_no_relative_imports(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_never_assert_and_no_bare_except(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wrong = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    bare = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type is None]
    assert not [node.lineno for node in (*wrong, *bare)]


def test_no_drawers() -> None:
    names = {path.stem for path in MODULES} | {path.name for path in SOURCE.rglob("*") if path.is_dir()}
    assert not names & DRAWERS


def test_pandas_is_never_imported() -> None:
    wrong = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [f"{path.name}:{node.lineno}" for name in names if name.split(".")[0] == "pandas"]
    assert not wrong


def test_metadata_names_the_methods_that_derive_has() -> None:
    from justitia.derive.methods import METHODS
    from justitia.metadata.record import DERIVATION_METHODS

    assert set(DERIVATION_METHODS) == set(METHODS)

"""Pages are current, links lead somewhere, commands and targets exist, and words are in the glossary."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from justitia.aggregate.counting import RULES
from justitia.collect.ledger import FATES
from justitia.model.missing import MISSING, TOTAL
from justitia.pipeline import CHAIN

from .pages import PAGES, ROOT, blocks, commands_in, reference_pages

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`justitia ((?:-w \S+ )?[^`]+)`")
GENERATED = ("commands", "errors", "records", "iccs", "indicators", "stages", "api")


def _named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("name", GENERATED)
def test_generated_page_is_current(name: str) -> None:
    reference = reference_pages()
    assert set(GENERATED) == set(reference.PAGES)
    written = (reference.TARGET / f"{name}.md").read_text(encoding="utf-8")
    assert written == reference.page(name), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_internal_links_resolve(page: Path) -> None:
    for link in _LINK.findall(re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            heads = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {head.lower().replace(" ", "-") for head in heads}, link


@pytest.mark.parametrize("page", [page for page in PAGES if commands_in(page)], ids=_named)
def test_shell_commands_exist(page: Path) -> None:
    for line in commands_in(page):
        _parse(shlex.split(line)[1:])


def test_commands_in_running_text_exist() -> None:
    known = {words for words, _ in reference_pages().commands()}
    groups = {words.split()[0] for words in known}
    for page in PAGES:
        for text in _INLINE.findall(page.read_text(encoding="utf-8")):
            words = re.sub(r"^-w \S+ ", "", text).split()
            if words[0].startswith(("-", "[")):
                continue
            assert words[0] in groups, f"{_named(page)}: justitia {text}"
            assert words[0] in known or " ".join(words[:2]) in known or len(words) == 1, (
                f"{_named(page)}: justitia {text}"
            )


def _parse(arguments: list[str]) -> None:
    """Parse as the command line does, without running anything; raises on what does not exist or is missing."""
    command: click.Command = reference_pages().root_command()
    context = click.Context(command)
    while isinstance(command, click.Group):
        _, rest, _ = command.make_parser(context).parse_args(arguments)
        name, found, arguments = command.resolve_command(context, list(rest))
        assert found is not None, name
        command, context = found, click.Context(found, parent=context, info_name=name)
    values, left, _ = command.make_parser(context).parse_args(arguments)
    assert not left, left
    for item in command.params:
        assert not item.required or values.get(item.name or "") not in (None, ()), (
            f"{command.name}: {item.name} is missing"
        )


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    used = set(re.findall(r"(?:`|^)make ([a-z]+)", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE))
    assert used and used <= targets


@pytest.mark.parametrize("page", [page for page in PAGES if list(blocks(page, "toml"))], ids=_named)
def test_settings_in_pages_are_toml(page: Path) -> None:
    for _, text in blocks(page, "toml"):
        tomllib.loads(text)


def test_glossary_has_the_words_of_the_code() -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").lower()
    words = {fate.replace("_", " ") for fate in FATES} | set(RULES) | set(MISSING) | {TOTAL}
    words |= {stage.name for group in CHAIN for stage in group}
    words |= {name.split("__")[0] for group in CHAIN for stage in group for name in (*stage.takes, *stage.gives)}
    assert [word for word in sorted(words) if word.lower() not in text] == []


def test_decisions_are_numbered_and_accepted() -> None:
    files = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [file.name[:4] for file in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# {file.name[:4]} ")
        heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert heads == ["Context", "Choice", "Rejected", "Consequences"]
        assert "Status: " in text

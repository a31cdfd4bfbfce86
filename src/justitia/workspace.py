"""A workspace: one folder with settings, received files, overlay, store, vault and releases."""

from __future__ import annotations

import json
import os
import re
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from justitia.errors import CatalogueError, RequestError
from justitia.store import Store, write_atomically

if TYPE_CHECKING:
    from justitia.engine import Engine
    from justitia.metadata.load import Catalogue
    from justitia.record_key import RecordKeys
    from justitia.vault import Vault

SETTINGS = "justitia.toml"
DEFAULT_AGENCY = "NSO"
_AGENCY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*")  # SDMX 2.1 to 3.1: NestedNCNameIDType
_SDMX_ID = re.compile(r"[A-Za-z0-9_@$-]*")

_TEMPLATE = """\
# A Justitia workspace. Reference: docs/reference/workspace.md
[workspace]
id = "{id}"
publisher = {publisher}
contact = ""
languages = ["en", "fr", "es"]
[workspace.title]
{title}

[catalogue]
overlays = ["overlay"]          # folders like docs/reference/catalogue-files.md, later ones win

[engine]
memory = "1GiB"

[vault]
key_file = {key_file}                   # outside this folder; empty: no vault, identity columns are dropped

[protection]
secret = ""                     # file of the secret of cell keys, outside this folder; needed by rule = "cell_key"

[release]
max_error_share = 0.05          # a release is refused when more records than this fail an error check
may_except = []                 # roles that may let out a release whose audit fails: ["chief statistician"]
"""


DEFAULT_TITLE = {
    "en": "Crime and criminal justice statistics",
    "fr": "Statistiques de la criminalité et de la justice pénale",
    "es": "Estadísticas de delincuencia y justicia penal",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What `justitia.toml` says."""

    id: str
    title: Mapping[str, str]
    publisher: str
    contact: str
    languages: tuple[str, ...]
    overlays: tuple[str, ...]
    memory: str
    key_file: str
    max_error_share: float
    secret_file: str = ""
    may_except: tuple[str, ...] = ()
    notes: tuple[Mapping[str, str], ...] = ()
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    linkage: Mapping[str, Any] = field(default_factory=dict)
    sdmx_agency: str = DEFAULT_AGENCY
    sdmx_area: str = ""


class Workspace:
    """A workspace folder, opened.

    Args:
        folder: holds `justitia.toml`.

    Raises:
        RequestError: E-WSP-001 when it is not a workspace.
        CatalogueError: E-WSP-002 when its settings cannot be read.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder).resolve()
        file = self.folder / SETTINGS
        if not file.exists():
            raise RequestError(
                "E-WSP-001",
                "this folder is not a workspace (it has no justitia.toml)",
                where=str(folder),
                remedy="Make one with `justitia init FOLDER`, or name one with --workspace",
            )
        self.settings = read_settings(file)
        self.store = Store(self.folder / "store")

    @cached_property
    def catalogue(self) -> Catalogue:
        """The definitions: the packaged catalogue with this workspace's overlays."""
        from justitia.metadata.load import load_catalogue

        return load_catalogue(*(self.folder / overlay for overlay in self.settings.overlays))

    def engine(self) -> Engine:
        """Return a new table engine within this workspace's limits."""
        from justitia.engine import Engine

        return Engine(scratch=self.store.scratch, memory=self.settings.memory)

    @property
    def key_file(self) -> Path | None:
        """The vault's key file; None when the workspace has no vault."""
        named = os.environ.get("JUSTITIA_VAULT_KEY_FILE") or self.settings.key_file
        return (self.folder / named).expanduser() if named else None

    def vault(self) -> Vault | None:
        """Return the opened vault; None when the workspace has none."""
        from justitia.vault import Vault

        return Vault(self.folder / "vault", self.key_file) if self.key_file else None

    def record_keys(self) -> RecordKeys | None:
        """Return the secret behind record keys; None when the workspace has none.

        Raises:
            RequestError: E-KEY-001 when a file is named and missing.
        """
        from justitia.record_key import RecordKeys

        named = os.environ.get("JUSTITIA_SECRET_FILE") or self.settings.secret_file
        return RecordKeys((self.folder / named).expanduser()) if named else None

    def received_files(self) -> list[tuple[str, Path | str]]:
        """Return (source id, file or database URL) of everything received, in order of source and name."""
        found: list[tuple[str, Path | str]] = []
        for source_id in sorted(self.catalogue.layouts):
            url = self.settings.sources.get(source_id, {}).get("url")
            if url:
                found.append((source_id, str(url)))
            folder = self.folder / "sources" / source_id
            files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
            found += [(source_id, path) for path in sorted(files)]
        return found

    def unknown_sources(self) -> tuple[str, ...]:
        """Return the folders under `sources/` that hold files and that no layout describes."""
        folders = sorted(path for path in (self.folder / "sources").glob("*") if path.is_dir())
        unknown = (folder for folder in folders if folder.name not in self.catalogue.layouts)
        return tuple(folder.name for folder in unknown if any(path.is_file() for path in folder.rglob("*")))


def read_settings(file: Path) -> Settings:
    """Return the settings in a `justitia.toml`.

    Raises:
        CatalogueError: E-WSP-002, with the line where the file cannot be read.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        workspace = data["workspace"]
        return Settings(
            id=workspace["id"],
            title=workspace["title"],
            publisher=workspace.get("publisher", ""),
            contact=workspace.get("contact", ""),
            languages=tuple(workspace.get("languages", ["en", "fr", "es"])),
            overlays=tuple(data.get("catalogue", {}).get("overlays", ["overlay"])),
            memory=data.get("engine", {}).get("memory", "1GiB"),
            key_file=data.get("vault", {}).get("key_file", ""),
            secret_file=data.get("protection", {}).get("secret", ""),
            may_except=tuple(data.get("release", {}).get("may_except", [])),
            max_error_share=float(data.get("release", {}).get("max_error_share", 0.05)),
            notes=tuple(data.get("notes", [])),
            sources=data.get("sources", {}),
            linkage=data.get("linkage", {}),
            sdmx_agency=_sdmx_setting(data, "agency", _AGENCY, DEFAULT_AGENCY),
            sdmx_area=_sdmx_setting(data, "area", _SDMX_ID, ""),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        reason = f"setting {error} is missing" if isinstance(error, KeyError) else str(error)
        raise CatalogueError(
            "E-WSP-002", reason, where=str(file), remedy="Compare with docs/reference/workspace.md"
        ) from error


def _sdmx_setting(data: Mapping[str, Any], name: str, form: re.Pattern[str], default: str) -> str:
    said = data.get("sdmx", {}).get(name, default)
    if not isinstance(said, str) or not form.fullmatch(said):
        raise ValueError(f"[sdmx] {name} is no SDMX id: letters, digits, - and _, in double quotes")
    return said


def init_workspace(
    folder: Path | str, *, publisher: str = "", title: Mapping[str, str] = DEFAULT_TITLE, key_file: str = ""
) -> Workspace:
    """Make an empty workspace and return it.

    Args:
        folder: new or empty folder.
        publisher: office that answers for the statistics.
        title: of the statistics, by language.
        key_file: key of the vault, outside the folder; empty for no vault.

    Raises:
        RequestError: E-WSP-003 when the folder holds a workspace already.
    """
    folder = Path(folder)
    if (folder / SETTINGS).exists():
        raise RequestError("E-WSP-003", "there is a workspace already", where=str(folder), remedy="Name a new folder")
    for name in ("sources", "overlay"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    titles = "\n".join(f"{language} = {json.dumps(text, ensure_ascii=False)}" for language, text in title.items())
    text = _TEMPLATE.format(
        id=uuid.uuid4().hex[:12],
        publisher=json.dumps(publisher, ensure_ascii=False),
        title=titles,
        key_file=json.dumps(key_file, ensure_ascii=False),
    )
    write_atomically(folder / SETTINGS, text.encode())
    return Workspace(folder)


def table_relation(workspace: Workspace, engine: Engine, state: Mapping[str, Any], name: str) -> str:
    """Return the relation of a stored table.

    Raises:
        RequestError: E-TAB-001 when there is no such table.
    """
    entry = state["tables"].get(name)
    if entry is None:
        from difflib import get_close_matches

        near = get_close_matches(name, state["tables"], n=1)
        raise RequestError(
            "E-TAB-001",
            f"there is no table [{name}]" + (f"; did you mean {near[0]}?" if near else ""),
            where=str(workspace.folder),
            remedy="`justitia status --tables` lists them",
        )
    return engine.parquet([workspace.store.folder / entry["folder"] / file for file in entry["files"]])

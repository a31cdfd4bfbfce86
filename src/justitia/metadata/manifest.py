"""Manifests: title, source, version, licence and date of each file of a folder."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from justitia.metadata.definitions import CodeList, Correspondence
from justitia.metadata.faults import Faults
from justitia.metadata.settings import parse_settings
from justitia.metadata.tree import MANIFEST, Layer, Tree

Described = TypeVar("Described", CodeList, Correspondence)

NEEDED = ("title", "source", "version", "licence", "date")
OPTIONAL = ("sdmx_id",)


def manifest_path(path: str) -> str:
    """Return the path of the manifest that must list the file."""
    folder = path.rpartition("/")[0]
    return f"{folder}/{MANIFEST}" if folder else MANIFEST


def manifest_of(tree: Tree, layer: Layer, path: str) -> dict[str, object]:
    """Return file name -> entry of the manifest beside `path` in one layer; empty when there is none, or none to read.

    What is wrong with a manifest stops no run; the check of the files tells of it.
    """
    manifest = manifest_path(path)
    if manifest not in layer.files:
        return {}
    key = layer.files[manifest]
    if key not in tree.manifests:
        faults = Faults()
        text = tree.text(layer, manifest, faults)
        settings = parse_settings(text, key, faults) if text is not None else None
        tree.manifests[key] = settings.mapping("files") if settings else {}
    return tree.manifests[key]


def described(tree: Tree, path: str, made: Described) -> Described:
    """Return the list with version and source from the uppermost manifest that lists it."""
    for layer in reversed(tree.holding(path)):
        entry = manifest_of(tree, layer, path).get(path.rpartition("/")[2])
        if isinstance(entry, dict):
            version = made.version or str(entry.get("version", ""))
            return replace(made, version=version, source=str(entry.get("source", "")))
    return made

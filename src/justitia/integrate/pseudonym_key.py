"""The key behind pseudonyms: kept outside the workspace, named in each token, and parted by project and field.

Tokens are HMAC-SHA-256 (RFC 2104). From the key a key of its own is derived for each project and field, so that the
same name has different tokens in two projects or two fields, and what is learnt of one field says nothing of another.
"""

from __future__ import annotations

import hmac
import stat
from collections.abc import Iterator
from pathlib import Path

from justitia.errors import RequestError

ID_DIGITS = 8
_LEAST_DIFFERENT = 16  # different bytes in a key that somebody drew: 32 random ones have about 30


class PseudonymKey:
    """A key of pseudonyms.

    Args:
        file: holds the key, as random bytes.
        project: name of the exchange; tokens of two projects never meet.
        least: number of bytes that the key must have.
        workspace: folder in which the key must not lie; None where there is none.

    Raises:
        RequestError: E-PSE-001 when the file is missing, E-PSE-002 when the key is short or no random bytes,
            E-PSE-003 when it lies in the workspace.
    """

    def __init__(self, file: Path, project: str, *, least: int, workspace: Path | None = None) -> None:
        if not file.is_file():
            raise RequestError(
                "E-PSE-001",
                "there is no key of pseudonyms",
                where=str(file),
                remedy="Make one with justitia pseudonym-key FILE, and bring it to the others on a safe way",
            )
        refuse_inside(file, workspace)
        self._bytes = file.read_bytes()
        if len(self._bytes) < least or len(set(self._bytes)) < _LEAST_DIFFERENT:
            raise RequestError(
                "E-PSE-002",
                f"the key of pseudonyms is shorter than {least} bytes, or is no random bytes",
                where=str(file),
                remedy="A key that can be guessed gives every name away: make one with justitia pseudonym-key FILE",
            )
        self.file, self.project = file, project

    @property
    def id(self) -> str:
        """Return what tells this key from others in each token, and does not give it away."""
        return hmac.new(self._bytes, b"id of a key of pseudonyms", "sha256").hexdigest()[:ID_DIGITS]

    def derive(self, purpose: str, field: str, version: str) -> bytes:
        """Return the key of one purpose (`token`, `filter`), field and version of the settings."""
        message = "\x1f".join((purpose, version, self.project, field)).encode()
        return hmac.digest(self._bytes, message, "sha256")

    def warnings(self) -> Iterator[str]:
        """Yield what is unwise about the key's file, in plain words."""
        if self.file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            yield "the key file can be read by others on this system: chmod 600 FILE"


def refuse_inside(file: Path, workspace: Path | None) -> None:
    """Raise RequestError (E-PSE-003) when a key lies, or would lie, in the workspace."""
    if workspace is not None and file.resolve().is_relative_to(workspace.resolve()):
        raise RequestError(
            "E-PSE-003",
            "the key of pseudonyms lies in the workspace",
            where=str(file),
            remedy="Keep it where the data are not: who has both can turn every token back",
        )


def check_same_key(ids: dict[str, set[str]]) -> str:
    """Return the id of a key that all datasets share.

    Args:
        ids: dataset -> ids of the keys in its tokens, each set from one column.

    Raises:
        RequestError: E-PSE-004 when no key is in all of them: their tokens could never meet.
    """
    common = set.intersection(*ids.values()) if ids else set()
    if not common:
        named = "; ".join(f"{dataset}: {', '.join(sorted(found)) or 'none'}" for dataset, found in sorted(ids.items()))
        raise RequestError(
            "E-PSE-004",
            f"tokens of these datasets were made with different keys ({named})",
            remedy="Ask for files made with one key; while a key is replaced, with --before-file OLD beside the new",
        )
    return min(common)

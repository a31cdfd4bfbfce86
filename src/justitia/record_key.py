"""Record keys: a stable number of each counting unit, drawn by a secret that is kept outside the workspace.

A record key is the start of HMAC-SHA-256 (RFC 2104) over the kind and id of the unit. The same unit has the same key
in every table and every vintage, and nobody without the secret can compute it. The engine computes keys as it counts.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING

from justitia.errors import RequestError

if TYPE_CHECKING:
    from justitia.engine import Engine

SECRET_BYTES = 32
KEY_BITS = 32  # of a record key; sums of keys are taken modulo a power of two that is no larger
_BLOCK = 64  # bytes that SHA-256 takes at once
_INNER, _OUTER = "justitia_key_inner", "justitia_key_outer"


class RecordKeys:
    """The secret behind record keys.

    Args:
        file: holds 32 random bytes; made by `justitia secret`.

    Raises:
        RequestError: E-KEY-001 when the file is missing or short.
    """

    def __init__(self, file: Path) -> None:
        if not file.exists() or file.stat().st_size != SECRET_BYTES:
            raise RequestError(
                "E-KEY-001",
                f"the file of the record-key secret is missing or is not {SECRET_BYTES} bytes long",
                where=str(file),
                remedy="Bring it back from where it is kept: with another secret, unchanged cells would change, and "
                "comparing vintages would show through the noise",
            )
        self._secret = file.read_bytes()

    @property
    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits that tell this secret from others and do not give it away."""
        return hmac.new(self._secret, b"fingerprint of a record-key secret", "sha256").hexdigest()[:16]

    def lend(self, engine: Engine) -> None:
        """Give the engine what `key_sql` reads; the secret never stands in the text of a query."""
        padded = self._secret.ljust(_BLOCK, b"\0")
        for name, byte in ((_INNER, 0x36), (_OUTER, 0x5C)):
            engine.execute(f"SET VARIABLE {name} = ?::BLOB", [bytes(value ^ byte for value in padded)])

    def key(self, kind: str, unit_id: str) -> int:
        """Return the record key of one unit: the plain reference of `key_sql`."""
        digest = hmac.new(self._secret, f"{kind}:{unit_id}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[: KEY_BITS // 8], "big")


def key_sql(kind: str, unit_id: str) -> str:
    """Return SQL of a unit's record key, 0 to 2^32 - 1.

    Args:
        kind: record kind of the unit; part of what is hashed, so that two kinds with the same ids differ.
        unit_id: SQL of the unit's stable id.
    """
    message = f"encode('{kind}:' || {unit_id})"
    inner = f"unhex(sha256(getvariable('{_INNER}') || {message}))"
    return f"CAST('0x' || left(sha256(getvariable('{_OUTER}') || {inner}), {KEY_BITS // 4}) AS BIGINT)"


def name_secret(settings: str, file: Path, *, where: str) -> str:
    """Return the text of a workspace's settings with the secret named in it.

    Raises:
        RequestError: E-KEY-004 when they name one already: a second one would not agree with what was released.
    """
    named = f"secret = {json.dumps(str(file), ensure_ascii=False)}"
    if 'secret = ""' in settings:
        return settings.replace('secret = ""', named, 1)
    if "[protection]" in settings:
        raise RequestError(
            "E-KEY-004",
            "the settings name a secret already, or have no line for it",
            where=where,
            remedy='Keep it, or write secret = "" below [protection]',
        )
    return f"{settings.rstrip()}\n\n[protection]\n{named}\n"

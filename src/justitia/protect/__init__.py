"""Apply disclosure control (GSBPM 6.4): nothing reaches `disseminate` but through here."""

from justitia.protect.declaration import PROTECT

__all__ = ["PROTECT"]

"""Derive variables (GSBPM 5.5): age group, principal offence, elapsed days, number of linked records."""

from justitia.derive.declaration import DERIVE

__all__ = ["DERIVE"]

"""Classify and code (GSBPM 5.2): national offences to ICCS by declared correspondence; the rest to a coding queue."""

from justitia.classify.declaration import CLASSIFY

__all__ = ["CLASSIFY"]

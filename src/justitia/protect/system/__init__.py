"""The linear system that an outsider can write from published tables."""

from justitia.protect.system.linear import System, build_system, match_vintages, with_changes
from justitia.protect.system.requirements import Requirements, require
from justitia.protect.system.tables import HIDDEN, KNOWN, PRIMARY, PUBLISHED, SECONDARY, STATUS_WORDS, Dimension, Table

__all__ = [
    "HIDDEN",
    "KNOWN",
    "PRIMARY",
    "PUBLISHED",
    "SECONDARY",
    "STATUS_WORDS",
    "Dimension",
    "Requirements",
    "System",
    "Table",
    "build_system",
    "match_vintages",
    "require",
    "with_changes",
]

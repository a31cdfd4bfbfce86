"""Secondary suppression, exact and heuristic; what it returns has stood the audit."""

from justitia.protect.suppression.pattern import suppress
from justitia.protect.suppression.problem import Pattern

__all__ = ["Pattern", "suppress"]

"""Calculate aggregates (GSBPM 5.7): declared tables by counting unit and rule, with all totals. Counts only."""

from justitia.aggregate.declaration import AGGREGATE

__all__ = ["AGGREGATE"]

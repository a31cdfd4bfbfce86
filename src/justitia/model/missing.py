"""The kinds of missing value. They are never mixed, and none of them is zero."""

from __future__ import annotations

NOT_GIVEN = "_N"  # the source left it empty
UNKNOWN = "_U"  # the source says that it does not know
NO_CODE = "_X"  # given, but no code of ours fits (yet)
NOT_APPLICABLE = "_Z"
TOTAL = "_T"  # not missing: the sum over all codes, in tables only

MISSING = (NOT_GIVEN, UNKNOWN, NO_CODE, NOT_APPLICABLE)

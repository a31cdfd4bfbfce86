"""Case flow: from derived records to protected tables and pictures of who goes where, how long it takes, who is held.

Everything that these functions return has passed protection. Exact counts and single units never leave the engine.
"""

from justitia.case_flow.asking import answer, kinds_of_flow
from justitia.case_flow.attrition import attrition_table, refuse_ratio
from justitia.case_flow.following import FollowedCases, follow_cases
from justitia.case_flow.opening import Opened, opened

__all__ = [
    "FollowedCases",
    "Opened",
    "answer",
    "attrition_table",
    "follow_cases",
    "kinds_of_flow",
    "opened",
    "refuse_ratio",
]

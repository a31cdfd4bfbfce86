"""Who may do what with identities: key holder, pair reviewer and analyst are three people.

`[linkage.roles]` of justitia.toml names them by the user names of the system. `"*"` stands for whoever the system
starts with JUSTITIA_ROLE set to that role, where user names say nothing (services). A name in two lists is refused,
unless `one_person` gives the reason why an office has no second person; each use of that is logged.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from justitia.errors import RequestError

if TYPE_CHECKING:
    from justitia.workspace import Workspace

KEY_HOLDER, PAIR_REVIEWER, ANALYST = "key_holder", "pair_reviewer", "analyst"
ROLES = (KEY_HOLDER, PAIR_REVIEWER, ANALYST)
ANYBODY = "*"
ENVIRONMENT = "JUSTITIA_ROLE"
_WHERE = "justitia.toml [linkage.roles]"


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who acts in a role.

    Args:
        who: user name.
        role: the role.
        exception: why one person may hold several roles; empty where none does.
    """

    who: str
    role: str
    exception: str = ""


def acting(workspace: Workspace, *roles: str) -> Acting:
    """Return the present user in the first of `roles` that he or she holds.

    Raises:
        RequestError: E-ROL-001 when no roles are declared, E-ROL-002 when one person holds two that must be apart,
            E-ROL-003 when the user holds none of `roles`.
    """
    declared = workspace.settings.linkage.get("roles", {})
    check_roles(declared)
    who, exception = user_name(), str(declared.get("one_person", "")).strip()
    named = os.environ.get(ENVIRONMENT, "")
    for role in roles:
        listed = declared.get(role, [])
        by_environment = ANYBODY in listed and (named == role or bool(exception))
        if (who in listed or by_environment) and named in ("", role):
            return Acting(who, role, exception)
    needed = " or ".join(role.replace("_", " ") for role in roles)
    raise RequestError(
        "E-ROL-003",
        f"this needs the role {needed}, which the present user does not hold",
        where=_WHERE,
        remedy=f"Ask the {needed}; who holds a role is declared there",
    )


def check_roles(declared: Mapping[str, Any]) -> None:
    """Refuse declared roles that are missing, or held together by one person.

    Raises:
        RequestError: E-ROL-001, E-ROL-002.
    """
    if not any(declared.get(role) for role in ROLES):
        raise RequestError(
            "E-ROL-001",
            "nobody is declared as key holder, pair reviewer or analyst",
            where=_WHERE,
            remedy='Write key_holder = ["..."], pair_reviewer = ["..."] and analyst = ["..."] with three user names',
        )
    if str(declared.get("one_person", "")).strip():
        return
    for one, other in combinations(ROLES, 2):
        both = (set(declared.get(one, [])) & set(declared.get(other, []))) - {ANYBODY}
        if both:
            raise RequestError(
                "E-ROL-002",
                f"one person is both {one.replace('_', ' ')} and {other.replace('_', ' ')}; these must be apart",
                where=_WHERE,
                remedy='Name two people; an office of one person writes one_person = "the reason", which is logged',
            )


def user_name() -> str:
    """Return the name by which the system knows the present user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"

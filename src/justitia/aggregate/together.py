"""Forms of crime that share events or persons: how many are in both of two forms. Exact counts, for protection only.

Source of the question: A/RES/77/237, para. 28 (links between forms of crime).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from justitia.engine import literal, quote


def together_select(relation: str, *, who: str, forms: Mapping[str, str], keep: Sequence[str] = ()) -> str:
    """Return the SELECT of (form, other, n): distinct units in both forms; form = other is the number in the form.

    Args:
        relation: records; those without the unit's number are in no count.
        who: field that tells the unit (`event_id`, `person_id`).
        forms: form -> SQL condition of its records, over columns under alias `r`.
        keep: forms counted although nothing meets them; default, all.
    """
    names = tuple(keep) or tuple(forms)
    flags = ", ".join(f"bool_or(coalesce({test}, FALSE)) AS {quote(name)}" for name, test in forms.items())
    units = f"SELECT {flags} FROM {relation} AS r WHERE r.{quote(who)} IS NOT NULL GROUP BY r.{quote(who)}"
    parts = [
        f"SELECT {literal(one)} AS form, {literal(other)} AS other, "
        f"count(*) FILTER (WHERE {quote(one)} AND {quote(other)}) AS n FROM units"
        for place, one in enumerate(names)
        for other in names[place:]
    ]
    return f"WITH units AS MATERIALIZED ({units}) {' UNION ALL '.join(parts)}"

"""How public counts are protected: rules of disclosure control, and tables of noise."""

from __future__ import annotations

from justitia.metadata.definitions import DisclosureRule, NoiseRow, Override, PrimaryRules
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, Row, read_rows
from justitia.metadata.settings import Settings, open_settings
from justitia.metadata.tree import Tree

RULES = ("threshold_and_round", "round", "controlled_round", "cell_key", "suppress")
AUDITED = ("threshold_and_round", "suppress")  # rules whose redacted cells are attacked
COSTS = ("sum", "count")
USUAL_RULE = "public_default"
NOISE = Columns(
    key=("count", "noise"),
    required=("count", "noise", "first_key", "last_key"),
    filled=("count", "noise", "first_key", "last_key"),
)


def read_disclosure(tree: Tree, identifier: str, faults: Faults, overrides: list[Override]) -> DisclosureRule | None:
    """Return a rule of protection; None, and a fault, when its file is not TOML."""
    settings = open_settings(tree, f"disclosure/{identifier}.toml", faults, overrides)
    if settings is None:
        return None
    usual: DisclosureRule | None = None
    if identifier != USUAL_RULE and tree.holding(f"disclosure/{USUAL_RULE}.toml"):
        # A rule of one's own ranks no more groups and is audited no less than the usual one, unless it says so.
        usual = read_disclosure(tree, USUAL_RULE, Faults(), [])
    rule = settings.text("rule", among=RULES)
    rounds = rule in ("threshold_and_round", "round", "controlled_round")
    made = DisclosureRule(
        id=identifier,
        rule=rule,
        redact_up_to=settings.number("redact_up_to", None if rule in ("threshold_and_round", "suppress") else 0),
        round_to=settings.number("round_to", None if rounds else 1, least=1),
        minimum_population=settings.number("minimum_population", 0),
        population=settings.text("population", ""),
        delay_days=settings.number("delay_days", 0),
        unranked_fields=settings.texts("unranked_fields", usual.unranked_fields if usual else ()),
        perturbation=settings.text("perturbation", None if rule == "cell_key" else ""),
        most_noise=_most_noise(tree, settings.text("perturbation", "")),
        large_counts_repeat=settings.number("large_counts_repeat", 1, least=1),
        least_width=settings.number("least_width", usual.least_width if usual and rule in AUDITED else 0),
        contributor_width=settings.number(
            "contributor_width", usual.contributor_width if usual and rule in AUDITED else 0
        ),
        cost=settings.text("cost", "sum", among=COSTS),
        primary=_primary(settings.table("primary")),
    )
    settings.close()
    return made


def _most_noise(tree: Tree, table: str) -> int:
    if not table or not tree.holding(f"perturbation/{table}.csv"):
        return 0
    return max((abs(row.noise) for row in read_perturbation(tree, table, Faults(), [])), default=0)


def _primary(table: Settings) -> PrimaryRules:
    usual, dominance = PrimaryRules(), table.table("dominance")
    made = PrimaryRules(
        small_rows=table.flag("small_rows", usual.small_rows),
        row_fields=table.texts("row_fields", ()),
        row_percent=table.number("row_percent", usual.row_percent, least=51),
        unknown_is_category=table.flag("unknown_is_category", usual.unknown_is_category),
        never_fields=table.texts("never_fields", ()),
        dominance=(dominance.number("n", 0), dominance.number("k", 0)),
        p_percent=table.number("p_percent", 0),
    )
    dominance.close()
    table.close()
    return made


def read_perturbation(tree: Tree, identifier: str, faults: Faults, overrides: list[Override]) -> tuple[NoiseRow, ...]:
    """Return the rows of a perturbation table."""
    found = []
    for row in read_rows(tree, f"perturbation/{identifier}.csv", NOISE, faults, overrides):
        count, noise, first, last = (_whole(row, name, faults) for name in NOISE.required)
        if count is not None and noise is not None and first is not None and last is not None:
            found.append(NoiseRow(count, noise, first, last, row.place))
    return tuple(found)


def _whole(row: Row, column: str, faults: Faults) -> int | None:
    try:
        return int(row[column])
    except ValueError:
        if row[column]:
            message = f"[{row[column]}] in column {column} is not a whole number"
            faults.add("E-CAT-012", message, where=row.place, remedy="Write whole numbers as 12 or -3")
        return None

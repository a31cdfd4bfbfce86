"""What the offence coder knows as data: phrases, rules, abbreviations, words, profiles of countries, thresholds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from justitia.metadata.definitions import Override, Place
from justitia.metadata.faults import Faults
from justitia.metadata.rows import Columns, Row, choice_of, number_of, read_rows
from justitia.metadata.settings import parse_settings

if TYPE_CHECKING:
    from justitia.metadata.load import Catalogue
    from justitia.metadata.tree import Tree

FOLDER = "coder"
ROLES = ("stop", "residual", "ending", "cut")
STATUSES = ("", "no_code")

PHRASES = Columns(key=("language", "phrase"), required=("language", "phrase", "code"), filled=("phrase", "code"))
RULES = Columns(
    key=("rule",),
    required=("rule", "language", "pattern", "code"),
    optional=("requires", "forbids", "precedence", "status", "basis"),
    families=("set_",),
    filled=("rule", "pattern"),
)
ABBREVIATIONS = Columns(
    key=("language", "short"), required=("language", "short", "long"), filled=("language", "short", "long")
)
WORDS = Columns(key=("language", "word", "role"), required=("language", "word", "role"), filled=("word", "role"))
FORMS = Columns(key=("code", "form"), required=("code", "form", "becomes"), filled=("code", "form", "becomes"))
PATTERN = re.compile(r"[^\W_]+\*?(\|[^\W_]+\*?)*( [^\W_]+\*?(\|[^\W_]+\*?)*)*")


@dataclass(frozen=True, slots=True)
class CodingPhrase:
    """A way in which laws and lists word the offences of a code."""

    language: str
    phrase: str
    code: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class CodingRule:
    """Words that lead to a code, or tell a variable of the offence.

    Args:
        rule: its name.
        language: of the words; empty for any.
        pattern: words in this order; `*` any ending, `|` or.
        requires: words that must be there too, all of them.
        forbids: words of which none may be there.
        code: ICCS code; empty when the rule tells only variables.
        precedence: of two rules that fit, the higher one decides.
        status: `no_code` for texts that name no offence.
        sets: record field -> code of its code list.
        basis: why.
    """

    rule: str
    language: str
    pattern: str
    requires: str
    forbids: str
    code: str
    precedence: int
    status: str
    sets: Mapping[str, str]
    basis: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class CodingSettings:
    """Weights, thresholds and calibration of the coder, by table of settings.toml."""

    weights: Mapping[str, float]
    limits: Mapping[str, float]
    calibration: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class CodingData:
    """All that the coder knows as data.

    Args:
        phrases: own wordings by code.
        rules: general rules, in the order of the file.
        profiles: country -> rules that go before the general ones.
        abbreviations: language -> short form -> words.
        words: role (`stop`, `residual`, `ending`, `cut`) -> language -> words.
        forms: (code, inchoate form) -> code that stands for it.
        settings: weights and thresholds.
    """

    phrases: tuple[CodingPhrase, ...]
    rules: tuple[CodingRule, ...]
    profiles: Mapping[str, tuple[CodingRule, ...]]
    abbreviations: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Mapping[str, frozenset[str]]]
    forms: Mapping[tuple[str, str], str]
    settings: CodingSettings
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)


def read_coding(catalogue: Catalogue) -> CodingData:
    """Return the data of the coder with what overlays add.

    Raises:
        CatalogueError: what is wrong with the files, with file and line.
    """
    faults = Faults()
    made = read_coding_files(catalogue.tree, faults, [])
    faults.raise_any()
    return made


def read_words(catalogue: Catalogue) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return the words that the coder knows, by role and language, and read nothing else.

    Raises:
        CatalogueError: what is wrong with the file, with its lines.
    """
    faults = Faults()
    made = _words(_rows(catalogue.tree, "words.csv", WORDS, faults, []), faults)
    faults.raise_any()
    return made


def read_coding_files(tree: Tree, faults: Faults, overrides: list[Override]) -> CodingData:
    """Return the data of the coder; what is wrong goes to `faults`."""
    profiles = {
        path.rpartition("/")[2].removesuffix(".csv"): _rules(tree, path, faults, overrides)
        for path in tree.under(f"{FOLDER}/profiles/")
    }
    forms = _rows(tree, "forms.csv", FORMS, faults, overrides)
    return CodingData(
        phrases=tuple(
            CodingPhrase(row["language"], row["phrase"], row["code"], row.place)
            for row in _rows(tree, "phrases.csv", PHRASES, faults, overrides)
        ),
        rules=_rules(tree, f"{FOLDER}/rules.csv", faults, overrides),
        profiles=profiles,
        abbreviations=_abbreviations(_rows(tree, "abbreviations.csv", ABBREVIATIONS, faults, overrides)),
        words=_words(_rows(tree, "words.csv", WORDS, faults, overrides), faults),
        forms={(row["code"], row["form"]): row["becomes"] for row in forms},
        settings=_settings(tree, faults),
        places={(row["code"], row["form"]): row.place for row in forms},
    )


def _rows(tree: Tree, name: str, columns: Columns, faults: Faults, overrides: list[Override]) -> list[Row]:
    path = f"{FOLDER}/{name}"
    return read_rows(tree, path, columns, faults, overrides) if tree.holding(path) else []


def _rules(tree: Tree, path: str, faults: Faults, overrides: list[Override]) -> tuple[CodingRule, ...]:
    if not tree.holding(path):
        return ()
    return tuple(_rule(row, faults) for row in read_rows(tree, path, RULES, faults, overrides))


def _rule(row: Row, faults: Faults) -> CodingRule:
    for name in ("pattern", "requires", "forbids"):
        if row[name] and not PATTERN.fullmatch(row[name]):
            faults.add(
                "E-CAT-060",
                f"[{row[name]}] in column {name} is not made of words, `*` at their end, and `|` between them",
                where=row.place,
                remedy="Write small letters without accents: robo|hurto vehicul*",
            )
    precedence = number_of(row, "precedence", faults)
    return CodingRule(
        rule=row["rule"],
        language=row["language"],
        pattern=row["pattern"],
        requires=row["requires"],
        forbids=row["forbids"],
        code=row["code"],
        precedence=0 if precedence is None else int(precedence),
        status=choice_of(row, "status", STATUSES, faults),
        sets=row.family("set_"),
        basis=row["basis"],
        place=row.place,
    )


def _abbreviations(rows: list[Row]) -> dict[str, dict[str, str]]:
    made: dict[str, dict[str, str]] = {}
    for row in rows:
        made.setdefault(row["language"], {})[row["short"]] = row["long"]
    return made


def _words(rows: list[Row], faults: Faults) -> dict[str, dict[str, frozenset[str]]]:
    made: dict[str, dict[str, frozenset[str]]] = {}
    for row in rows:
        by_language = made.setdefault(choice_of(row, "role", ROLES, faults), {})
        by_language[row["language"]] = by_language.get(row["language"], frozenset()) | {row["word"]}
    return made


def _settings(tree: Tree, faults: Faults) -> CodingSettings:
    """Return the settings of the uppermost layer that has them; a TOML file replaces the one below it."""
    path = f"{FOLDER}/settings.toml"
    weights, limits, calibration = dict[str, float](), dict[str, float](), dict[str, tuple[float, ...]]()
    for layer in tree.holding(path)[-1:]:
        text = tree.text(layer, path, faults)
        settings = parse_settings(text, layer.files[path], faults) if text is not None else None
        if settings is None:
            continue
        for name, kept in (("weights", weights), ("limits", limits)):
            for key, value in settings.mapping(name).items():
                if isinstance(value, (int, float)):
                    kept[key] = float(value)
                else:
                    _not_number(faults, layer.files[path], f"{name}.{key}")
        for key, value in settings.mapping("calibration").items():
            if isinstance(value, list) and all(isinstance(item, (int, float)) for item in value):
                calibration[key] = tuple(float(item) for item in value)
            else:
                _not_number(faults, layer.files[path], f"calibration.{key}")
    return CodingSettings(weights, limits, calibration)


def _not_number(faults: Faults, file: object, key: str) -> None:
    faults.add("E-CAT-012", f"[{key}] is not a number", where=file, remedy="Write numbers as 0.95")

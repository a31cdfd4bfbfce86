"""A made-up publication with real ICCS codes: three tables, redacted cells, a share, a rate and reserved codes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product

import pyarrow as pa

from justitia.metadata.definitions import Code, CodeList, Dataflow, Dimension, DisclosureRule, Measure, Ratio
from justitia.model.publication import Publication, PublishedTable, QualityFigure, SourceNote

YEARS = ("2019", "2020", "2021", "2022", "2023")
ICCS = {
    "01": (
        "Acts leading to death or intending to cause death",
        "Actes entraînant la mort ou visant à entraîner la mort",
    ),
    "0101": ("Intentional homicide", "Homicide volontaire"),
    "0102": ("Attempted intentional homicide", "Tentative d’homicide volontaire"),
    "02": (
        "Acts causing harm or intending to cause harm to the person",
        "Actes causant ou visant à causer un préjudice à la personne",
    ),
    "0201": ("Assaults and threats", "Agressions et menaces"),
    "0208": ("Defamation or insult", "Diffamation ou insulte"),
    "0207": ("Acts intended to induce fear or emotional distress", "Actes visant à susciter la peur ou le désarroi"),
    "04": (
        "Acts against property involving violence or threat against a person",
        "Actes contre les biens avec violence ou menace contre une personne",
    ),
    "0401": ("Robbery", "Vol qualifié"),
    "05": ("Acts against property only", "Actes visant uniquement des biens"),
    "0501": ("Burglary", "Cambriolage"),
    "0502": ("Theft", "Vol"),
    "0504": ("Property damage", "Dégradation de biens"),
    "08": (
        "Acts against public order, authority and provisions of the State",
        "Actes contre l’ordre public, l’autorité et les dispositions de l’État",
    ),
}
BASE: dict[str, float] = {
    "01": 12,
    "0101": 4,
    "0102": 8,
    "02": 610,
    "0201": 420,
    "0207": 140,
    "0208": 50,
    "04": 75,
    "0401": 75,
}
BASE |= {"05": 330, "0501": 20, "0502": 60, "0504": 250, "08": 95, "_X": 62, "_T": 1184}
AREAS = {"N": ("North", "Nord", "الشمال"), "S": ("South", "Sud", "الجنوب"), "C": ("Capital", "Capitale", "العاصمة")}
MOTIVES = {
    "race": ("Race or ethnicity", "Race ou origine ethnique"),
    "religion": ("Religion", "Religion"),
    "orientation": ("Sexual orientation", "Orientation sexuelle"),
    "disability": ("Disability", "Handicap"),
}


def iccs() -> CodeList:
    codes = {
        code: Code(code, {"en": en, "fr": fr}, parent=code[:-2], level=len(code) // 2)
        for code, (en, fr) in sorted(ICCS.items())
    }
    return CodeList("iccs", codes, version="1.0", level_names=("section", "division", "group", "class"))


def plain(name: str, labels: dict[str, tuple[str, ...]]) -> CodeList:
    languages = ("en", "fr", "ar")
    return CodeList(name, {c: Code(c, dict(zip(languages, texts, strict=False))) for c, texts in labels.items()})


Row = tuple[tuple[str, ...], str, str, float | None, float | None, float | None, str, str]


def count(codes: tuple[str, ...], period: str, measure: str, true: float) -> Row:
    if 1 <= true <= 7:
        return (codes, period, measure, None, None, None, "Q", "C")
    return (codes, period, measure, float(round(true / 5) * 5), None, None, "A", "F")


def share(codes: tuple[str, ...], period: str, name: str, part: Row, whole: Row, per: float = 100) -> Row:
    if part[3] is None or not whole[3]:
        return (codes, period, name, None, None, None, "M", "F")
    n, p, z = whole[3], part[3] / whole[3], 1.959963984540054
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return (codes, period, name, per * p, per * (middle - half), per * (middle + half), "A", "F")


def rows(*axes: dict[str, float], with_share: bool = False) -> Iterator[Row]:
    for codes in product(*axes):
        for place, year in enumerate(YEARS):
            weight = 1.0
            for axis, code in zip(axes, codes, strict=True):
                weight *= axis[code]
            true = round(weight * (1 + 0.06 * place - (0.2 if year == "2020" else 0)))
            whole = count(codes, year, "COUNT", true)
            yield whole
            if with_share:
                part = count(codes, year, "WITH_SUSPECT", round(true * (0.31 + 0.02 * place)))
                yield part
                yield share(codes, year, "SHARE_WITH_SUSPECT", part, whole)


def cells(dimensions: list[str], data: Iterator[Row]) -> pa.Table:
    ordered = sorted(data, key=lambda row: row[:3])
    arrays: dict[str, pa.Array] = {
        name: pa.array([row[0][place] for row in ordered], pa.string()) for place, name in enumerate(dimensions)
    }
    names = ("TIME_PERIOD", "MEASURE", "OBS_VALUE", "LOWER", "UPPER", "OBS_STATUS", "CONF_STATUS")
    for place, name in enumerate(names, start=1):
        kind = pa.float64() if name in ("OBS_VALUE", "LOWER", "UPPER") else pa.string()
        arrays[name] = pa.array([row[place] for row in ordered], kind)
    return pa.table(arrays)


def dataflow(id: str, label: dict[str, str], **changes: object) -> Dataflow:
    given: dict[str, object] = {
        "id": id,
        "labels": label,
        "descriptions": {},
        "unit": "event",
        "counting_rule": "each",
        "where": "",
        "disclosure": "public_default",
        "period_field": "recorded_date",
        "frequency": "A",
        "dimensions": (),
        "measures": (Measure("COUNT"),),
        "ratios": (),
    }
    return Dataflow(**(given | changes))  # type: ignore[arg-type]


def publication(**changes: object) -> Publication:
    flows = [
        dataflow(
            "HATE_CRIME_MOTIVE",
            {
                "en": "Hate crimes recorded by the police",
                "fr": "Crimes de haine enregistrés par la police",
                "es": "Delitos de odio registrados por la policía",
                "ar": "جرائم الكراهية المسجلة لدى الشرطة",
            },
            descriptions={
                "en": "Events in which the police recorded a motive of prejudice.",
                "fr": "Faits pour lesquels la police a enregistré un mobile discriminatoire.",
            },
            dimensions=(Dimension("MOTIVE", "event.motive"), Dimension("AREA", "area_code")),
            chart={"kind": "line", "x": "TIME_PERIOD", "colour": "MOTIVE"},
        ),
        dataflow(
            "OFFENCE_ICCS",
            {
                "en": "Recorded offences by type",
                "fr": "Infractions enregistrées par type",
                "es": "Delitos registrados por tipo",
                "ar": "الجرائم المسجلة حسب النوع",
            },
            unit="offence",
            counting_rule="principal_offence",
            where="sector = 'police'",
            dimensions=(Dimension("ICCS", "iccs_code", ("section", "division")), Dimension("AREA", "area_code")),
            measures=(
                Measure("COUNT"),
                Measure(
                    "WITH_SUSPECT",
                    "suspect_count > 0",
                    {"en": "Offences with a known suspect", "fr": "Infractions avec suspect identifié"},
                ),
            ),
            ratios=(
                Ratio(
                    "SHARE_WITH_SUSPECT",
                    "share",
                    "WITH_SUSPECT",
                    "COUNT",
                    100,
                    {"en": "Share with a known suspect", "fr": "Part avec suspect identifié"},
                ),
            ),
            chart={"kind": "bar", "x": "ICCS"},
        ),
        dataflow(
            "VICTIM_SEX_AGE",
            {
                "en": "Victims of recorded offences",
                "fr": "Victimes d’infractions enregistrées",
                "es": "Víctimas de delitos registrados",
                "ar": "ضحايا الجرائم المسجلة",
            },
            unit="victim",
            counting_rule="once_per_category",
            universe="Natural persons only; offences against bodies corporate have no victim here.",
            dimensions=(Dimension("SEX", "sex"), Dimension("AGE", "age_band"), Dimension("AREA", "area_code")),
            chart={"kind": "stacked_bar", "x": "AGE", "colour": "SEX"},
        ),
    ]
    areas = plain("area", AREAS)
    motives = plain("motive", MOTIVES)
    sexes = plain("sex", {"M": ("Male", "Hommes", "ذكور"), "F": ("Female", "Femmes", "إناث")})
    bands = (("Y0T17", 0, 17), ("Y18T29", 18, 29), ("Y30T49", 30, 49), ("Y50T64", 50, 64), ("Y_GE65", 65, None))
    ages = CodeList(
        "age",
        {
            c: Code(
                c,
                {
                    "en": f"{low} to {high}" if high else f"{low} and over",
                    "fr": f"{low} à {high} ans" if high else f"{low} ans et plus",
                },
                lower=low,
                upper=high,
            )
            for c, low, high in bands
        },
    )
    area = {"_T": 1.0, "N": 0.3, "S": 0.2, "C": 0.5}
    motive = {"_T": 430.0, "race": 190.0, "religion": 110.0, "orientation": 96.0, "disability": 4.0, "_U": 30.0}
    age = {"_T": 1.0, "Y0T17": 0.12, "Y18T29": 0.3, "Y30T49": 0.33, "Y50T64": 0.17, "Y_GE65": 0.008, "_U": 0.05}
    data = [
        ({"MOTIVE": motives, "AREA": areas}, rows(motive, area)),
        ({"ICCS": iccs(), "AREA": areas}, rows(BASE, area, with_share=True)),
        ({"SEX": sexes, "AGE": ages, "AREA": areas}, rows({"_T": 1100.0, "M": 640.0, "F": 460.0}, age, area)),
    ]
    tables = []
    for flow, (codelists, found) in zip(flows, data, strict=True):
        published = cells([dimension.id for dimension in flow.dimensions], found)
        tables.append(PublishedTable(flow, published, codelists, "2024-06-18"))
    rule = DisclosureRule("public_default", "threshold_and_round", 7, 5)
    given: dict[str, object] = {
        "title": {
            "en": "Crime and justice statistics 2019–2023",
            "fr": "Statistiques de la criminalité et de la justice 2019–2023",
            "es": "Estadísticas de delincuencia y justicia 2019–2023",
            "ar": "إحصاءات الجريمة والعدالة 2019–2023",
        },
        "publisher": "Office of Statistics of Exampland",
        "vintage": "2024-06-18",
        "released": date(2024, 6, 18),
        "made_up": True,
        "tables": tuple(tables),
        "sources": (
            SourceNote(
                "police_register",
                "Police register of recorded offences",
                "Police",
                "police",
                "one row per offence and suspect",
                "date of record creation",
                "CC BY 4.0",
                True,
            ),
        ),
        "quality": quality(),
        "disclosure": {"public_default": rule},
        "notes": (
            {
                "en": "Area codes follow the boundaries of 1 January 2023.",
                "fr": "Les codes territoriaux suivent les limites au 1er janvier 2023.",
            },
        ),
        "contact": "statistics@example.org",
    }
    return Publication(**(given | changes))  # type: ignore[arg-type]


def quality() -> tuple[QualityFigure, ...]:
    source = "police_register"
    figures = [
        ("rows_received", 9250),
        ("rows_accepted", 9105),
        ("rows_duplicate", 85),
        ("rows_quarantined", 45),
        ("rows_out_of_scope", 15),
        ("rows_erased", None),
    ]
    found = [QualityFigure(name, source, value, "rows") for name, value in figures]
    found.append(QualityFigure("uncoded_share", "offence.iccs_code", 5.2, "percent"))
    found.append(QualityFigure("missing_share", "victim.age", 4.9, "percent", "Mostly thefts reported on line."))
    return tuple(found)

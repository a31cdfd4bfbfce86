"""What stands around the numbers of a table: title, unit, rules, period, source, protection, symbols."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from justitia.disseminate.address import cell_address
from justitia.disseminate.cube import NO_FIGURE, NOT_COMPUTABLE, REDACTED, Cell, Cube
from justitia.disseminate.formats import Formats
from justitia.disseminate.wording import Text, Words
from justitia.metadata.definitions import DisclosureRule, Ratio
from justitia.model.missing import TOTAL
from justitia.model.publication import Publication

NOISY = ("round", "controlled_round", "cell_key")  # rules under which a zero may stand for a small count


@dataclass(frozen=True, slots=True)
class Note:
    """One line of notes: what it is about, and the text."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Reader:
    """The language a product is written in: its words and its formats."""

    words: Words
    formats: Formats

    @property
    def language(self) -> str:
        """Return the language's tag."""
        return self.words.language


def title(cube: Cube, words: Words) -> Text:
    """Return the table's title."""
    return words.pick(cube.dataflow.labels, cube.dataflow.id)


def unit(cube: Cube, words: Words) -> Text:
    """Return the name of what is counted, in the plural."""
    return words.known(f"unit.{cube.dataflow.unit}", cube.dataflow.unit)


def number_of(cube: Cube, words: Words) -> Text:
    """Return `Number of <unit>`, as the language forms it."""
    key = f"number_of.{cube.dataflow.unit}"
    return words(key) if words.has(key) else words("number_of", unit=unit(cube, words))


def ratio_unit(ratio: Ratio, reader: Reader) -> Text:
    """Return the unit of a ratio: per cent, or per so many."""
    if ratio.per == 100:
        return reader.words("per_cent")
    return reader.words("per_n", number=reader.formats.count(ratio.per))


def measure(cube: Cube, measure_id: str, reader: Reader) -> Text:
    """Return the name of a measure, with the unit of a ratio."""
    words = reader.words
    ratio = cube.ratio(measure_id)
    if ratio is not None:
        name = words.pick(ratio.labels, ratio.id)
        return words("with_unit", measure=name, unit=ratio_unit(ratio, reader))
    labels = next((item.labels for item in cube.dataflow.measures if item.id == measure_id), {})
    return words.pick(labels) or number_of(cube, words)


def figure(cube: Cube, measure_id: str, cell: Cell, reader: Reader) -> str:
    """Return a cell as the language writes it: a count, a ratio with one decimal, or the symbol."""
    if cell.symbol or cell.value is None:
        return cell.symbol
    return (
        reader.formats.decimal(cell.value, cube.places[measure_id])
        if cube.ratio(measure_id)
        else reader.formats.count(cell.value)
    )


def period(cube: Cube, reader: Reader) -> Text:
    """Return which periods the table has, and the date that puts a unit in a period."""
    words, found = reader.words, [period for period in cube.periods if period != TOTAL]
    if not found or not cube.dataflow.period_field:
        return words("note.period.all")
    name = cube.dataflow.period_field
    field = words.known(f"field.{name.rpartition('.')[2]}", name)
    first, last = (reader.formats.period(place, words) for place in (found[0], found[-1]))
    if first == last:
        return words("note.period.one", first=first, field=field)
    told = words("note.period.by", first=first, last=last, field=field)
    full = cube.dataflow.full_until
    if full and found[-1] > full:
        return words("note.period.full", period=told, full=reader.formats.period(full, words))
    return told


def protection(rule: DisclosureRule, reader: Reader) -> Text:
    """Return a disclosure rule in plain sentences."""
    words, count = reader.words, reader.formats.count
    limit, base = count(rule.redact_up_to), count(rule.round_to)
    sentences: list[Text] = []
    if rule.rule == "suppress":
        sentences.append(words("protection.suppress", redact_up_to=limit, symbol=REDACTED))
    elif rule.rule == "cell_key":
        sentences.append(words("protection.cell_key", most=count(rule.most_noise)))
        if rule.redact_up_to:
            sentences.append(words("protection.redact", redact_up_to=limit, symbol=REDACTED))
    elif rule.rule == "controlled_round":
        sentences.append(words("protection.controlled_round", round_to=base))
    elif rule.redact_up_to > 0 and rule.round_to > 1:
        sentences.append(words("protection.redact_and_round", redact_up_to=limit, round_to=base, symbol=REDACTED))
    elif rule.redact_up_to > 0:
        sentences.append(words("protection.redact", redact_up_to=limit, symbol=REDACTED))
    elif rule.round_to > 1:
        sentences.append(words("protection.round", round_to=base))
    else:
        sentences.append(words("protection.other", rule=rule.rule))
    if rule.rule == "threshold_and_round" and rule.primary.small_rows:
        sentences.append(words("protection.for_others"))
    if rule.minimum_population:
        sentences.append(words("protection.population", number=count(rule.minimum_population)))
    if rule.delay_days:
        sentences.append(words("protection.delay", number=count(rule.delay_days)))
    return Text(" ".join(sentences), sentences[0].language)


def symbols(cube: Cube, words: Words, *, rounded: bool) -> list[Note]:
    """Return the symbols that occur in the table, with their meaning."""
    cells = cube.cells.values()
    used = {cell.symbol for cell in cells}
    meanings = {
        REDACTED: words("symbol.redacted"),
        NOT_COMPUTABLE: words("symbol.not_computable"),
        NO_FIGURE: words("symbol.no_figure"),
    }
    expected = len(cube.rows()) * len(cube.periods) * len(cube.measures)
    if len(cells) < expected:
        used.add(NO_FIGURE)
    found = [Note(symbol, text) for symbol, text in meanings.items() if symbol in used]
    if any(cell.value == 0 for cell in cells):
        found.append(Note("0", words("symbol.zero" if rounded else "symbol.zero_exact")))
    return found


def notes(cube: Cube, publication: Publication, reader: Reader) -> list[Note]:
    """Return the notes of a table, in the order a reader asks for them."""
    words, flow, sources = reader.words, cube.dataflow, publication.sources_of(cube.table)
    found = [
        Note(words("note.unit"), unit(cube, words)),
        Note(words("note.counting_rule"), words.known(f"counting_rule.{flow.counting_rule}", flow.counting_rule)),
        Note(words("note.period"), period(cube, reader)),
    ]
    if flow.universe:
        found.append(Note(words("note.coverage"), Text(flow.universe, "en")))
    if flow.where:
        found.append(Note(words("note.where"), Text(flow.where, "en")))
    found.extend(Note(words("note.when_recorded"), Text(text, "en")) for text in _when_recorded(cube, publication))
    found.append(Note(words("note.source"), "; ".join(f"{s.title} ({s.authority})" for s in sources)))
    rule = publication.disclosure.get(flow.disclosure)
    found.append(
        Note(
            words("note.disclosure"),
            protection(rule, reader) if rule else words("protection.other", rule=flow.disclosure),
        )
    )
    found.extend(Note(words("note.interval"), words(f"interval.{kind}")) for kind in _ratio_kinds(flow.ratios))
    found.append(Note(words("note.address"), words("address.how", order=_order(cube), example=example_address(cube))))
    return found


def example_address(cube: Cube) -> str:
    """Return the address of the table's latest total."""
    latest = cube.periods[-1] if cube.periods else TOTAL
    return cell_address(cube.dataflow.id, cube.codes({}), "COUNT", latest, cube.table.vintage)


def citation(publication: Publication, reader: Reader) -> Text:
    """Return how the publication should be cited."""
    return reader.words(
        "citation",
        publisher=publication.publisher,
        year=str(publication.released.year),
        title=reader.words.pick(publication.title),
        vintage=publication.vintage,
        date=reader.formats.date(publication.released),
    )


def licences(publication: Publication) -> list[str]:
    """Return the licences stated by the sources, each once, in the order of the sources."""
    return list(dict.fromkeys(source.licence for source in publication.sources if source.licence))


def _when_recorded(cube: Cube, publication: Publication) -> list[str]:
    """Return the when-recorded rules of the table's sources; with several, each names its source."""
    sources = publication.sources_of(cube.table)
    if len(sources) == 1:
        return [sources[0].when_recorded] if sources[0].when_recorded else []
    return [f"{source.title}: {source.when_recorded}" for source in sources if source.when_recorded]


def _ratio_kinds(ratios: Iterable[Ratio]) -> list[str]:
    return sorted({ratio.kind for ratio in ratios})


def _order(cube: Cube) -> str:
    return ".".join(axis.id for axis in cube.axes) or "-"

"""Code whole columns: each distinct text is coded once, and its answer is lent to every row that has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from justitia.classify.answer import Answer, OffenceText
from justitia.errors import RequestError
from justitia.stage import Progress, silent

if TYPE_CHECKING:
    import pyarrow as pa

    from justitia.classify.coder import Coder
    from justitia.classify.language import Language
    from justitia.metadata.load import Catalogue

SEPARATOR = "\x1f"  # between the parts of a key; no text that people write has it
CHUNK = 2_000  # texts that the coder is asked at once
TAG = "iccs_tag_"
PLAIN = (
    *("iccs_best", "iccs_label", "iccs_confidence", "iccs_status", "iccs_reason"),
    *("iccs_alternatives", "iccs_evidence"),
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column says what of an offence.

    Args:
        text: column of the offence as worded.
        code: column of its code in the national list; empty for none.
        context: role (`statute`, `heading` or another name) -> column.
    """

    text: str
    code: str = ""
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that an answer depends on, the text first, each once."""
        named = (self.text, *((self.code,) if self.code else ()), *self.context.values())
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of all distinct texts.

    Args:
        keys: key of each distinct combination of the columns that count (see `key_column`).
        table: the answer of each key: the columns of `PLAIN`, and one for each variable that some text tells.
    """

    keys: pa.Array
    table: pa.Table

    def of(self, keys: pa.Array) -> list[pa.Array]:
        """Return the columns of `table` for the rows of `keys`, dictionary-encoded: no text is written twice."""
        import pyarrow as pa
        import pyarrow.compute as pc

        places = pc.index_in(keys, value_set=self.keys)
        return [
            pa.DictionaryArray.from_arrays(pc.take(column.indices, places), column.dictionary)
            if pa.types.is_dictionary(column.type)
            else pc.take(column, places)
            for column in (column.combine_chunks() for column in self.table.itercolumns())
        ]


def key_column(columns: Sequence[pa.Array]) -> pa.Array:
    """Return one text for each row, equal exactly where all columns are equal; an empty cell equals an empty text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [pc.fill_null(pc.cast(column, pa.string()), "") for column in columns]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, SEPARATOR)
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def code_texts(
    coder: Coder, distinct: pa.Table, roles: Roles, catalogue: Catalogue, found: Language, progress: Progress = silent
) -> Answers:
    """Return the answers for a table of distinct texts.

    Args:
        coder: what codes.
        distinct: the columns of `roles`, as text.
        roles: which column says what.
        catalogue: for the titles of codes.
        found: language of the texts and of the titles; in one that the coder does not know, nothing goes unreviewed.
        progress: called after each chunk.
    """
    import pyarrow as pa

    labels = {code.code: code.label(found.language) for code in catalogue.codelist("iccs").codes.values()}
    parts = []
    for start in range(0, distinct.num_rows, CHUNK):
        rows = distinct.slice(start, CHUNK).to_pydict()
        answers = coder.code(_items(rows, roles))
        parts.append(_answer_table(answers if found.known else [_unproven(one, found) for one in answers], labels))
        progress("code", min(1.0, (start + CHUNK) / distinct.num_rows))
    table = pa.concat_tables(parts or [_answer_table([], labels)], promote_options="default").combine_chunks()
    tags = sorted(name for name in table.column_names if name.startswith(TAG))
    keys = key_column([distinct[name] for name in roles.columns])
    encoded = [_encoded(table[name]) for name in (*PLAIN, *tags)]
    return Answers(keys, pa.table(encoded, names=[*PLAIN, *tags]))


def _encoded(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of texts as dictionary; what is no text stays as it is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = column.combine_chunks()
    return pc.fill_null(whole, "").dictionary_encode() if pa.types.is_string(whole.type) else whole


def _items(rows: Mapping[str, list[Any]], roles: Roles) -> list[OffenceText]:
    texts = [text or "" for text in rows[roles.text]]
    codes = [code or "" for code in rows[roles.code]] if roles.code else [""] * len(texts)
    context = [
        {role: value for role, column in roles.context.items() if (value := rows[column][place])}
        for place in range(len(texts))
    ]
    return [OffenceText(*item) for item in zip(texts, codes, context, strict=True)]


def _unproven(answer: Answer, found: Language) -> Answer:
    if answer.status != "coded":
        return answer
    return replace(
        answer, status="suggested", reason=f"in {found.language} the quality is unknown: a person must decide"
    )


def _answer_table(answers: Sequence[Answer], labels: Mapping[str, str]) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, Any] = {
        "iccs_best": [answer.code for answer in answers],
        "iccs_label": [labels.get(answer.code, "") for answer in answers],
        "iccs_confidence": [round(answer.confidence, 3) for answer in answers],
        "iccs_status": [answer.status for answer in answers],
        "iccs_reason": [answer.reason for answer in answers],
        "iccs_alternatives": ["; ".join(_alternatives(answer, labels)) for answer in answers],
        "iccs_evidence": ["; ".join(_evidence(answer)) for answer in answers],
    }
    for name in sorted({name for answer in answers for name in answer.tags}):
        columns[TAG + name.removeprefix("iccs_")] = [answer.tags.get(name, "") for answer in answers]
    types = {name: pa.float64() if name == "iccs_confidence" else pa.string() for name in columns}
    return pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})


def _alternatives(answer: Answer, labels: Mapping[str, str]) -> list[str]:
    return [f"{one.code} {labels.get(one.code, '')} ({one.score:.2f})" for one in answer.alternatives]


def _evidence(answer: Answer) -> list[str]:
    return [f"{one.kind}: {one.phrase} -> {one.source}" if one.phrase else one.kind for one in answer.evidence[:3]]


# -- columns in memory --------------------------------------------------------------------------------------------
def code_offences(
    texts: Any,
    *,
    codes: Any = None,
    context: Mapping[str, Any] | None = None,
    language: str = "",
    country: str = "",
    encoder: bool = False,
    catalogue: Catalogue | None = None,
) -> Any:
    """Return a table with one row for each text, in order: best code, confidence, status, alternatives, evidence, tags.

    Args:
        texts: the offences as worded: Arrow array, Polars or pandas series, or a list of texts.
        codes: their codes in the national list, of the same length.
        context: role (`statute`, `heading` or another name) -> column of the same length.
        language: of the texts; default, what they look like.
        country: two-letter code of the country whose rules go first.
        encoder: use the sentence encoder too (extra `encoder`).
        catalogue: definitions; default, the packaged ones.

    Returns:
        A pyarrow.Table, polars.DataFrame or pandas.DataFrame, after the type of `texts`.

    Raises:
        RequestError: E-COD-050 when the columns differ in length; E-COD-051 when one is no column of texts.
    """
    import pyarrow as pa

    from justitia.classify.coder import load_coder
    from justitia.classify.language import assume_language
    from justitia.metadata.load import load_catalogue

    given = {"text": texts, **({"code": codes} if codes is not None else {})}
    roles = Roles("text", "code" if codes is not None else "", {role: f"context {role}" for role in context or {}})
    given |= {f"context {role}": column for role, column in (context or {}).items()}
    columns = {name: _texts(column, name) for name, column in given.items()}
    if len({len(column) for column in columns.values()}) > 1:
        lengths = ", ".join(f"{name} {len(column):,}" for name, column in columns.items())
        raise RequestError(
            "E-COD-050", f"the columns differ in length: {lengths}", remedy="Give one value for each text"
        )
    catalogue = catalogue or load_catalogue()
    table = pa.table(columns)
    distinct = table.group_by(list(columns), use_threads=False).aggregate([])
    found = assume_language(catalogue, distinct["text"].to_pylist(), language)
    coder = load_coder(catalogue, language=found.language, country=country, encoder=encoder)
    answers = code_texts(coder, distinct, roles, catalogue, found)
    places = answers.of(key_column([table[name] for name in roles.columns]))
    plain = [place.dictionary_decode() if pa.types.is_dictionary(place.type) else place for place in places]
    return _like(texts, pa.table(plain, names=answers.table.column_names))


def _texts(column: Any, name: str) -> pa.Array:
    """Return a column of any library as Arrow text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        if isinstance(column, str):  # its letters would be taken for texts
            raise TypeError
        held = column if isinstance(column, (pa.Array, pa.ChunkedArray)) else None
        if held is None:
            streamed = hasattr(column, "__arrow_c_stream__")
            held = pa.chunked_array(column) if streamed else pa.array(column, from_pandas=True)
        text = pc.fill_null(pc.cast(held, pa.string()), "")
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError):
        # The reason would quote a value of the column: no cause is kept.
        raise RequestError(
            "E-COD-051",
            f"[{name}] is no column of texts",
            remedy="Give an Arrow array, a Polars or pandas series, or a list of texts",
        ) from None
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _like(texts: Any, table: pa.Table) -> Any:
    """Return the table as the library of `texts` holds tables; the index of a pandas series is kept."""
    library = type(texts).__module__.partition(".")[0]
    if library == "polars":
        import polars

        return polars.from_arrow(table)
    if library == "pandas":
        frame = table.to_pandas()
        frame.index = texts.index
        return frame
    return table

"""The language of conditions: what is allowed goes through unchanged in meaning, everything else is refused."""

import pytest

from justitia.errors import CatalogueError
from justitia.metadata.expression import FUNCTIONS, columns_of, parse_expression


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("age BETWEEN 0 AND 130", {"age"}),
        ("event.occurred_date <= recorded_date", {"event.occurred_date", "recorded_date"}),
        ('"Arrest Id" IS NOT NULL', {"Arrest Id"}),
        ("sex IN ('1', '2') OR sex NOT IN ('3')", {"sex"}),
        ("NOT (a = 1 AND b <> 2) OR c != -3", {"a", "b", "c"}),
        ("a LIKE 'x%' AND b NOT LIKE '%y'", {"a", "b"}),
        ("CASE WHEN a > 1 THEN b ELSE 0 END >= 2", {"a", "b"}),
        ("a + b - c * 2 / 3 < 1.5", {"a", "b", "c"}),
        ("date_diff('day', a, b) >= 0", {"a", "b"}),
        ("a >= DATE '2024-01-31'", {"a"}),
        ("lower(trim(upper(a))) = substr(b, 1, 2)", {"a", "b"}),
        ("starts_with(a, 'x') AND contains(b, 'y')", {"a", "b"}),
        ("coalesce(a, b, 0) = abs(-1) AND length(a) > month(b)", {"a", "b"}),
        ("TRUE", set()),
        ("note = '-- ; /* not a comment */'", {"note"}),
    ],
)
def test_what_is_allowed(text: str, columns: set[str]) -> None:
    expression = parse_expression(text, where="checks.csv:2")
    assert columns_of(expression) == columns
    again = (
        parse_expression(expression.sql(dialect="duckdb").replace("SUBSTRING(", "substr("), where="")
        if ("DATE '" not in text)
        else expression
    )
    assert columns_of(again) == columns


@pytest.mark.parametrize(
    "text",
    [
        # other functions, however they are written
        "read_csv('/etc/passwd') IS NULL",
        "getenv('HOME') = 'x'",
        "\"lower\"(a) = 'x'",
        "\"getenv\"('HOME') = 'x'",
        "pg_catalog.lower(a) = 'x'",
        "query('select 1') = 1",
        "regexp_matches(a, '(a+)+$')",
        "a.lower() = 'x'",
        "a.getenv() = 'x'",
        "list_transform(a, x -> x) IS NULL",
        "current_setting('x') = 'y'",
        "nextval('s') = 1",
        "if(a, b, c)",
        "ifnull(a, 1) = 1",
        "count(*) > 1",
        "columns('a.*') = 1",
        "columns(*) = 1",
        "random() < 0.5",
        "now() > a",
        "lower(a) OVER () = 'x'",
        "abs(a) FILTER (WHERE b) = 1",
        "current_date = 1",
        "trim(BOTH 'x' FROM a) = 'y'",
        "contains([1], 1)",
        # queries
        "a IN (SELECT b FROM t)",
        "EXISTS (SELECT 1)",
        "(SELECT 1) = 1",
        "a = ANY (SELECT 1)",
        "SELECT 1",
        "FROM t",
        "a IN t",
        "DROP TABLE x",
        "COPY x TO 'y'",
        "ATTACH 'x'",
        "INSTALL httpfs",
        "SET x = 1",
        "PRAGMA version",
        "a = 1 UNION SELECT 1",
        "a = 1) OR (1 = 1",
        # statements and comments
        "a = 1; DROP TABLE x",
        "a = 1;",
        ";",
        "a = 1 -- comment",
        "a = /* x */ 1",
        "/* x */",
        # other constructs
        "a::VARCHAR = 'x'",
        "CAST(a AS INTEGER) = 1",
        "TRY_CAST(a AS DATE) IS NULL",
        "DATE '2024' < a",
        "a || b = 'x'",
        "a ~ 'x'",
        "a ILIKE 'x'",
        "a GLOB 'x'",
        "a SIMILAR TO 'x'",
        "a LIKE 'x' ESCAPE '!'",
        "a COLLATE nocase = 'x'",
        "a % 2 = 0",
        "a ** 2 = 4",
        "a ^ 2 = 4",
        "a & 1 = 1",
        "a << 1 = 1",
        "a // 2 = 1",
        "a[1] = 'x'",
        "[1, 2] = a",
        "{'a': 1} = a",
        "MAP {'a': 1} = a",
        "(a, b) = (1, 2)",
        "a AS b",
        "a b",
        "*",
        "#1 = 1",
        "$1 = a",
        "? = a",
        ":x = a",
        "a IS TRUE",
        "a IS DISTINCT FROM b",
        "a BETWEEN SYMMETRIC 1 AND 2",
        "INTERVAL 1 DAY",
        "a + INTERVAL '1 day' > b",
        "current_date > a",
        "e'\\x41' = a",
        "x.y.z = 1",
        "date_diff('hour', a, b) > 1",
        "lambda x: x",
        # not an expression
        "",
        "   ",
        "a =",
        "a = 'open",
        '"open = 1',
        "(a = 1",
        "a AND",
        "lower()",
        "a IN ()",
        "a = 1 b = 2",
        # too much
        "(" * 200 + "a" + ")" * 200,
        "NOT " * 2000 + "a",
        "a = '" + "x" * 6000 + "'",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(CatalogueError) as told:
        parse_expression(text, where="checks/event.csv:3")
    error = told.value
    assert error.code.startswith("E-CAT-03") and error.where == "checks/event.csv:3" and error.remedy
    assert "\n" not in str(error) and "\x1b" not in str(error) and len(str(error)) < 500


def test_an_unknown_function_gets_the_nearest() -> None:
    with pytest.raises(CatalogueError) as told:
        parse_expression("start_with(a, 'x')", where="x")
    assert told.value.code == "E-CAT-031" and "[starts_with]" in told.value.remedy


def test_refusal_says_what_is_allowed() -> None:
    with pytest.raises(CatalogueError) as told:
        parse_expression("a || b = 'c'", where="x")
    assert "[a || b]" in str(told.value) and all(name in told.value.remedy for name in FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_runs(name: str) -> None:
    import duckdb

    calls = {
        "substr": "substr(t, 1, 2)",
        "starts_with": "starts_with(t, 'a')",
        "contains": "contains(t, 'b')",
        "coalesce": "coalesce(t, 'x')",
        "abs": "abs(n)",
        "year": "year(d)",
        "month": "month(d)",
        "date_diff": "date_diff('day', d, DATE '2024-01-03')",
    }
    sql = parse_expression(calls.get(name, f"{name}(t)"), where="x").sql(dialect="duckdb")
    rows = duckdb.sql(f"SELECT {sql} FROM (SELECT 'abc' AS t, -2 AS n, DATE '2024-01-01' AS d)").fetchall()
    expected = {"lower": "abc", "upper": "ABC", "trim": "abc", "length": 3, "substr": "ab", "coalesce": "abc"}
    expected |= {"starts_with": True, "contains": True, "abs": 2, "year": 2024, "month": 1, "date_diff": 2}
    assert rows == [(expected[name],)]

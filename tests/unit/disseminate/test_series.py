"""What charts may show."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from justitia.disseminate.captions import Reader
from justitia.disseminate.charts import chart_spec
from justitia.disseminate.cube import read_cube
from justitia.disseminate.formats import Formats, period_end
from justitia.disseminate.series import chart_data, latest_period
from justitia.disseminate.wording import words

from .made_up import publication

READER = Reader(words("report", "en"), Formats("en"))


def test_a_redacted_figure_has_no_value_to_be_drawn_from() -> None:
    cube = read_cube(publication().tables[0])
    data = chart_data(cube, READER, date(2024, 6, 18))
    assert data is not None and data.has_redacted
    assert all(point.value is None for point in data.points if point.symbol)


def test_a_value_left_in_a_confidential_cell_is_still_not_drawn() -> None:
    table = publication().tables[0]
    place = table.cells.column_names.index("OBS_VALUE")
    import pyarrow as pa

    leaking = table.cells.set_column(
        place, "OBS_VALUE", pa.array([v if v is not None else 4321.0 for v in table.cells["OBS_VALUE"].to_pylist()])
    )
    data = chart_data(read_cube(replace(table, cells=leaking)), READER, date(2024, 6, 18))
    assert data is not None
    for width in (700, 330):
        assert "4321" not in json.dumps(chart_spec(data, READER, width=width))


def test_redacted_categories_do_not_tell_their_size_by_their_place() -> None:
    cube = read_cube(publication().tables[0])
    data = chart_data(cube, READER, date(2024, 6, 18))
    assert data is not None
    assert [one.code for one in data.series] == ["race", "religion", "orientation", "disability", "_U"]


def test_bands_keep_their_own_order() -> None:
    data = chart_data(read_cube(publication().tables[2]), READER, date(2024, 6, 18))
    assert data is not None
    assert [place.code for place in data.x] == ["Y0T17", "Y18T29", "Y30T49", "Y50T64", "Y_GE65", "_U"]


def test_only_top_levels_are_drawn_so_that_nothing_is_seen_twice() -> None:
    data = chart_data(read_cube(publication().tables[1]), READER, date(2024, 6, 18))
    assert data is not None
    assert {len(place.code) for place in data.x} == {2}


def test_the_latest_period_is_one_that_had_ended_by_the_release() -> None:
    cube = read_cube(publication().tables[0])
    assert latest_period(cube, date(2024, 6, 18)) == "2023"
    assert latest_period(cube, date(2023, 6, 18)) == "2022"


def test_ends_of_periods() -> None:
    ends = {"2021": "2021-12-31", "2021-Q3": "2021-09-30", "2021-S1": "2021-06-30", "2020-M02": "2020-02-29"}
    for period, end in ends.items():
        assert str(period_end(period)) == end
    assert period_end("2020-02") == date(2020, 2, 29)
    assert period_end("_T") is None


def test_groups_that_may_not_be_ranked_keep_the_order_of_their_list() -> None:
    cube = read_cube(publication().tables[1])
    field = cube.axes[0].dimension.field.rsplit(".", 1)[-1]
    free = chart_data(cube, READER, date(2024, 6, 18))
    bound = chart_data(cube, READER, date(2024, 6, 18), [field])
    listed = list(cube.axes[0].codelist.codes)
    assert free is not None and bound is not None
    shown = [c.code for c in (bound.x if not bound.over_time else bound.series) if c.code in listed]
    assert shown == sorted(shown, key=listed.index)

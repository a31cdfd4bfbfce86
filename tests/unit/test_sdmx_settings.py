"""The SDMX settings of a workspace are checked when it is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from justitia.errors import CatalogueError
from justitia.workspace import SETTINGS, Workspace, init_workspace


def opened(folder: Path, said: str) -> Workspace:
    init_workspace(folder)
    with (folder / SETTINGS).open("a", encoding="utf-8") as stream:
        stream.write(f"\n[sdmx]\n{said}\n")
    return Workspace(folder)


def test_agency_and_area_have_defaults(tmp_path: Path) -> None:
    settings = init_workspace(tmp_path).settings
    assert (settings.sdmx_agency, settings.sdmx_area) == ("NSO", "")


def test_agency_and_area_are_read(tmp_path: Path) -> None:
    settings = opened(tmp_path, 'agency = "XA.STATS"\narea = "170"').settings
    assert (settings.sdmx_agency, settings.sdmx_area) == ("XA.STATS", "170")


@pytest.mark.parametrize("said", ['agency = "My office"', 'agency = "1A"', "agency = 7", "area = 170", 'area = "a b"'])
def test_what_is_no_sdmx_id_is_refused_in_one_line(tmp_path: Path, said: str) -> None:
    with pytest.raises(CatalogueError, match=r"E-WSP-002 .*\[sdmx\] (agency|area) is no SDMX id") as caught:
        opened(tmp_path, said)
    assert len(str(caught.value).splitlines()) == 1

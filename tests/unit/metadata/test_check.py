"""Every kind of fault is told with its code, file, line and what is wrong, and a clean catalogue has none."""

from pathlib import Path

import pytest

import justitia
from justitia.errors import CatalogueError
from justitia.metadata.check import check_catalogue
from justitia.metadata.load import load_catalogue

from .conftest import BASE, LAYOUT, Write

LAYOUT_TOML = "layouts/police/register/1/layout.toml"
COLUMNS = "layouts/police/register/1/columns.csv"
VALUES = "layouts/police/register/1/values.csv"
VICTIMS = "dataflows/victims.toml"
LAW = "correspondences/law__iccs.csv"
LAW_HEAD = "national_code,condition,iccs_code,status,priority,valid_from,valid_to,set_sex\n"
ALL = {**BASE, **LAYOUT}


def _faults(root: Path) -> tuple[CatalogueError, ...]:
    return check_catalogue(load_catalogue(base=root))


def test_a_clean_catalogue_has_no_faults(base: Path, write: Write) -> None:
    assert [str(fault) for fault in check_catalogue(load_catalogue(write("over", LAYOUT), base=base))] == []


def _replaced(path: str, old: str, new: str) -> dict[str, str | bytes]:
    assert old in ALL[path], (path, old)
    return {path: ALL[path].replace(old, new, 1)}


CASES: list[tuple[str, dict[str, str | bytes], str, str]] = [
    # (code, files, where ends with, message holds)
    # -- the files themselves
    ("E-CAT-003", {"codelists/sex.csv": "code,label_en\n1,Mädchen\n".encode("latin-1")}, "sex.csv:2", "not UTF-8"),
    ("E-CAT-003", {VICTIMS: 'label = "Mädchen"'.encode("latin-1")}, "victims.toml:1", "not UTF-8"),
    ("E-CAT-004", {VICTIMS: 'unit = "victim"\nwhere = "a\n'}, "victims.toml:2", "not TOML"),
    ("E-CAT-004", {VICTIMS: 'unit = "victim"\nunit = "event"\n'}, "victims.toml:2", "not TOML"),
    ("E-CAT-005", {"codelists/sex.csv": "code;label_en\n1;Male\n"}, "sex.csv:1", "not separated by commas"),
    ("E-CAT-005", {"codelists/sex.csv": "code,label_en\n1,Male, adult\n"}, "sex.csv:2", "3 cells"),
    ("E-CAT-006", {"codelists/sex.csv": "code,label_en,parnet\n1,Male,\n"}, "sex.csv:1", "[parent]"),
    ("E-CAT-006", {"codelists/sex.csv": "code,label_en,label_en\n1,Male,\n"}, "sex.csv:1", "twice"),
    ("E-CAT-007", {"codelists/sex.csv": "code,label_fr\n1,Homme\n"}, "sex.csv:1", "[label_en] is missing"),
    ("E-CAT-007", {"codelists/sex.csv": ""}, "sex.csv:1", "[code] is missing"),
    ("E-CAT-009", {"codelists/sex.csv": "code,label_en\n1,A\n2,B\n1,C\n"}, "sex.csv:4", "line 2"),
    ("E-CAT-010", {"codelists/sex.csv": "code,label_en\n,A\n1,B\n2,C\n"}, "sex.csv:2", "[code] is empty"),
    ("E-CAT-011", {"codelists/sex.csv": "code,label_en,valid_from\n1,A,31.12.2024\n2,B,\n"}, "sex.csv:2", "not a date"),
    ("E-CAT-011", {"codelists/sex.csv": "code,label_en,valid_to\n1,A,2023-02-29\n2,B,\n"}, "sex.csv:2", "not a date"),
    (
        "E-CAT-014",
        {"codelists/sex.csv": "code,label_en,valid_from,valid_to\n1,A,2024-01-01,2023-01-01\n2,B,,\n"},
        "sex.csv:2",
        "after",
    ),
    ("E-CAT-052", {"dataflow/x.toml": 'unit = "x"'}, "x.toml", "[dataflows]"),
    ("E-CAT-052", {"codelists/deep/x.csv": "code,label_en\n"}, "x.csv", "no file of this name"),
    ("E-CAT-052", {"codelists/sex.xlsx": b"PK"}, "sex.xlsx", "workbooks are not read"),
    # -- code lists
    ("E-CAT-012", _replaced("codelists/age_group.csv", "18,\n", "eighteen,\n"), "age_group.csv:3", "[eighteen]"),
    ("E-CAT-018", {"codelists/area.csv": "code,label_en\n01,N\n_X,Other\n"}, "area.csv:3", "reserved"),
    ("E-CAT-020", {"codelists/area.csv": "code,parent,label_en\n01,,N\n0101,O1,T\n"}, "area.csv:3", "Known: 01"),
    ("E-CAT-020", {"codelists/area.csv": "code,parent,label_en\n01,02,N\n02,01,T\n"}, "area.csv:2", "above itself"),
    ("E-CAT-022", {"codelists/area.csv": "code,parent,label_en\n01,,N\n0101,1,T\n"}, "area.csv:3", "leading zero"),
    ("E-CAT-026", _replaced("codelists/sex.csv", "F;female", "F;M"), "sex.csv:2", "spelling [M]"),
    ("E-CAT-026", _replaced("codelists/age_group.csv", "0,17", "0,18"), "age_group.csv:3", "overlap"),
    ("E-CAT-020", _replaced("classifications/iccs/1.0/codes.csv", "0102,01,2", "0102,01,3"), "codes.csv:4", "level 3"),
    (
        "E-CAT-022",
        _replaced("classifications/iccs/1.0/index.csv", "Murder,0101", "Murder,101"),
        "index.csv:2",
        "[0101]",
    ),
    ("E-CAT-021", _replaced("classifications/iccs/1.0/notes.csv", "0502,", "0503,"), "notes.csv:2", "[0503]"),
    ("E-CAT-025", _replaced("classifications/iccs/1.0/tags.csv", ",sex,", ",sxe,"), "tags.csv:2", "[sxe]"),
    ("E-CAT-025", {"labels/de.csv": "list,code,label\nsexes,1,Mann\n"}, "de.csv:2", "[sexes]"),
    ("E-CAT-021", {"labels/de.csv": "list,code,label\nsex,7,Mann\n"}, "de.csv:2", "[7]"),
    # -- records
    ("E-CAT-013", _replaced("records/victim.csv", "age,integer", "age,integral"), "victim.csv:5", "[integer]"),
    ("E-CAT-025", _replaced("records/victim.csv", "code,sex", "code,gender"), "victim.csv:4", "[gender]"),
    ("E-CAT-010", _replaced("records/victim.csv", "code,sex", "code,"), "victim.csv:4", "codelist"),
    ("E-CAT-023", _replaced("records/victim.csv", ",event,", ",evnt,"), "victim.csv:3", "[event]"),
    ("E-CAT-023", {"records/witness.csv": BASE["records/event.csv"]}, "witness.csv", "not a kind"),
    ("E-CAT-023", _replaced("records/kinds.csv", "victim,", "victims,"), "kinds.csv:4", "no fields"),
    ("E-CAT-013", _replaced("checks/victim.csv", ",error,", ",eror,"), "victim.csv:2", "none of error, warning"),
    ("E-CAT-024", _replaced("checks/victim.csv", "age BETWEEN", "agee BETWEEN"), "victim.csv:2", "[age]"),
    ("E-CAT-030", _replaced("checks/victim.csv", "age BETWEEN 0 AND 130", "age BETWEEN 0"), "victim.csv:2", "not an"),
    ("E-CAT-031", _replaced("checks/victim.csv", "age BETWEEN 0 AND 130", "log(age) > 0"), "victim.csv:2", "[log]"),
    ("E-CAT-021", _replaced("checks/victim.csv", "age BETWEEN 0 AND 130", "sex = 'x'"), "victim.csv:2", "[x]"),
    ("E-CAT-024", _replaced("checks/victim.csv", "age BETWEEN 0 AND 130", "age < event.old"), "victim.csv:2", "[old]"),
    (
        "E-CAT-024",
        _replaced("checks/victim.csv", "age BETWEEN 0 AND 130", "offence.weapon = 'x'"),
        "victim.csv:2",
        "refer",
    ),
    ("E-CAT-010", _replaced("derivations.csv", "code,age_group,", "code,,"), "derivations.csv:2", "codelist"),
    (
        "E-CAT-009",
        {"checks/event.csv": BASE["checks/victim.csv"].replace("age BETWEEN 0 AND 130", "TRUE")},
        "victim.csv:2",
        "also stands at",
    ),
    ("E-CAT-062", _replaced("derivations.csv", "band", "bands"), "derivations.csv:2", "[band]"),
    ("E-CAT-018", _replaced("derivations.csv", "from=age", "age"), "derivations.csv:2", "name=value"),
    ("E-CAT-016", _replaced("derivations.csv", "from=age", ""), "derivations.csv:2", "[from]"),
    ("E-CAT-015", _replaced("derivations.csv", "from=age", "from=age;form=x"), "derivations.csv:2", "[form]"),
    ("E-CAT-024", _replaced("derivations.csv", "from=age", "from=aeg"), "derivations.csv:2", "[age]"),
    ("E-CAT-023", _replaced("derivations.csv", "kind=victim", "kind=victm"), "derivations.csv:3", "[victim]"),
    (
        "E-CAT-045",
        {
            "derivations.csv": "kind,field,method,arguments,type,codelist\n"
            "victim,a,band,from=b,code,age_group\nvictim,b,band,from=a,code,age_group\n"
        },
        "derivations.csv:2",
        "from itself",
    ),
    ("E-CAT-022", _replaced("severity/legal.csv", "0502", "502"), "legal.csv:3", "[0502]"),
    ("E-CAT-012", _replaced("severity/legal.csv", "01,1", "01,0"), "legal.csv:2", "[0]"),
    ("E-CAT-012", _replaced("population/people.csv", "2024,1000", "2024,1 000"), "people.csv:2", "[1 000]"),
    # -- correspondences
    ("E-CAT-022", {LAW: LAW_HEAD + "a,,101,coded,,,,\n"}, "law__iccs.csv:2", "lost its leading zero"),
    ("E-CAT-021", {LAW: LAW_HEAD + "a,,0909,coded,,,,\n"}, "law__iccs.csv:2", "[0909]"),
    ("E-CAT-013", {LAW: LAW_HEAD + "a,,0101,codde,,,,\n"}, "law__iccs.csv:2", "[coded]"),
    ("E-CAT-042", {LAW: LAW_HEAD + "a,,0101,no_code,,,,\n"}, "law__iccs.csv:2", "without a code"),
    ("E-CAT-042", {LAW: LAW_HEAD + "a,,,coded,,,,\n"}, "law__iccs.csv:2", "needs an iccs_code"),
    ("E-CAT-024", {LAW: LAW_HEAD + "a,wepon = 'x',0101,coded,1,,,\n"}, "law__iccs.csv:2, condition", "[weapon]"),
    ("E-CAT-024", {LAW: LAW_HEAD + "a,,0101,coded,,,,1\n"}, "law__iccs.csv:2, set_sex", "[sex]"),
    (
        "E-CAT-040",
        {LAW: LAW_HEAD + "a,,0101,coded,,,2023-12-31,\na,,0102,coded,,2023-12-31,,\n"},
        "law__iccs.csv:3",
        "same dates",
    ),
    (
        "E-CAT-040",
        {LAW: LAW_HEAD + "a,weapon='x',0101,coded,1,,,\na,weapon='x',0102,coded,1,2024-01-01,,\n"},
        "law__iccs.csv:3",
        "same dates",
    ),
    (
        "E-CAT-041",
        {LAW: LAW_HEAD + "a,,0101,coded,,,2023-12-31,\na,,0102,coded,,2024-02-01,,\n"},
        "law__iccs.csv:3",
        "from 2024-01-01 to 2024-01-31",
    ),
    ("E-CAT-022", {LAW: LAW_HEAD + "012,,0101,coded,,,,\n12,,0101,coded,,,,\n"}, "law__iccs.csv:3", "[012]"),
    # -- tables
    ("E-CAT-015", _replaced(VICTIMS, "counting_rule", "counting_rul"), "victims.toml:3", "[counting_rule]"),
    ("E-CAT-016", _replaced(VICTIMS, 'counting_rule = "each"\n', ""), "victims.toml:1", "[counting_rule] is missing"),
    ("E-CAT-013", _replaced(VICTIMS, '"each"', '"eech"'), "victims.toml:3", "[each]"),
    ("E-CAT-017", _replaced(VICTIMS, '"each"', "3"), "victims.toml:3", "not a text"),
    ("E-CAT-025", _replaced(VICTIMS, 'disclosure = "public"', 'disclosure = "pubic"'), "victims.toml:1", "[public]"),
    ("E-CAT-023", _replaced(VICTIMS, 'unit = "victim"', 'unit = "victims"'), "victims.toml:1", "[victim]"),
    ("E-CAT-024", _replaced(VICTIMS, 'field = "sex"', 'field = "sexe"'), "dimension SEX", "[sex]"),
    ("E-CAT-063", _replaced(VICTIMS, 'field = "sex"', 'field = "age"'), "dimension SEX", "not a coded field"),
    ("E-CAT-064", _replaced(VICTIMS, '["1"]', '["3"]'), "dimension AREA", "[3]"),
    ("E-CAT-063", _replaced(VICTIMS, "event.recorded_date", "age"), "victims.toml:1", "not a date"),
    ("E-CAT-022", _replaced(VICTIMS, "age < 18 AND sex IN ('1', '2')", "event.area_code = '1'"), "MINORS", "[01]"),
    ("E-CAT-021", _replaced(VICTIMS, "IN ('1', '2')", "IN ('1', 'm')"), "measure MINORS", "[m]"),
    ("E-CAT-025", _replaced(VICTIMS, 'numerator = "MINORS"', 'numerator = "MINOR"'), "victims.toml:1", "[MINORS]"),
    ("E-CAT-025", _replaced(VICTIMS, "population:people", "population:pepole"), "victims.toml:1", "[people]"),
    ("E-CAT-067", _replaced(VICTIMS, 'frequency = "A"', 'frequency = "Q"'), "victims.toml:1", "yearly"),
    ("E-CAT-025", _replaced(VICTIMS, 'x = "TIME_PERIOD"', 'x = "SEXE"'), "victims.toml:1", "[SEX]"),
    ("E-CAT-016", _replaced(VICTIMS, 'id = "COUNT"', 'id = "COUNTED"'), "victims.toml:1", "COUNT is missing"),
    ("E-CAT-013", _replaced(VICTIMS, 'id = "SEX"', 'id = "MEASURE"'), "victims.toml:1", "[MEASURE]"),
    ("E-CAT-009", _replaced(VICTIMS, 'id = "SEX"', 'id = "AREA"'), "victims.toml:1", "twice"),
    ("E-CAT-017", _replaced("disclosure/public.toml", "round_to = 5", "round_to = 0"), "public.toml:3", "below 1"),
    (
        "E-CAT-015",
        _replaced("disclosure/public.toml", "redact_up_to", "redact_upto"),
        "public.toml:2",
        "[redact_up_to]",
    ),
    # -- layouts
    ("E-CAT-015", _replaced(LAYOUT_TOML, "date_format", "dateformat"), "layout.toml:9", "[date_format]"),
    ("E-CAT-015", _replaced(LAYOUT_TOML, "compose =", "composed ="), "layout.toml:25", "[compose]"),
    ("E-CAT-013", _replaced(LAYOUT_TOML, '"police"\nunit', '"polic"\nunit'), "layout.toml:4", "[police]"),
    ("E-CAT-013", _replaced(LAYOUT_TOML, "%d/%m/%Y", "dd/mm/yyyy"), "layout.toml:1", "not a date format"),
    ("E-CAT-013", _replaced(LAYOUT_TOML, "[format]", '[format]\nencoding = "utf-9"'), "layout.toml:1", "[utf-9]"),
    ("E-CAT-023", _replaced(LAYOUT_TOML, 'kind = "event"', 'kind = "evnt"'), "record incident", "[event]"),
    ("E-CAT-027", _replaced(LAYOUT_TOML, 'event = "incident"', 'event = "event"'), "record offence", "[event]"),
    ("E-CAT-024", _replaced(LAYOUT_TOML, "{ national_code", "{ nat_code"), "record offence", "[national_code]"),
    ("E-CAT-025", _replaced(LAYOUT_TOML, "law__iccs", "laws__iccs"), "record offence", "[law__iccs]"),
    ("E-CAT-028", _replaced(LAYOUT_TOML, "Victim IS NOT", "Victm IS NOT"), "record victim", "[Victim]"),
    ("E-CAT-028", _replaced(LAYOUT_TOML, '["Case", "Victim"]', '["Case", "Vicitm"]'), "[row]", "[Victim]"),
    ("E-CAT-028", _replaced(LAYOUT_TOML, '"Article"]', '"Artikel"]'), "record offence", "[Article]"),
    ("E-CAT-027", _replaced(LAYOUT_TOML, "incident.area_code", "event.area_code"), "in_scope", "[event]"),
    ("E-CAT-013", _replaced(COLUMNS, "sex,use", "sex,us"), "columns.csv:8", "[use]"),
    ("E-CAT-024", _replaced(COLUMNS, "victim,sex", "victim,sexe"), "columns.csv:8", "[sex]"),
    ("E-CAT-027", _replaced(COLUMNS, "victim,sex", "victims,sex"), "columns.csv:8", "[victim]"),
    ("E-CAT-010", _replaced(COLUMNS, "victim,sex", "victim,"), "columns.csv:8", "needs column field"),
    ("E-CAT-010", _replaced(COLUMNS, ",unknown", ","), "columns.csv:10", "no constant"),
    ("E-CAT-013", _replaced(COLUMNS, "area_code,use,,no", "area_code,use,,non"), "columns.csv:7", "[non]"),
    ("E-CAT-009", _replaced(COLUMNS, "Law,,,ignore", "Law,victim,sex,use"), "columns.csv:8", "[Law]"),
    ("E-CAT-028", _replaced(COLUMNS, "age_at:incident", "age_at:victim"), "columns.csv:9", "no column above"),
    ("E-CAT-022", _replaced(VALUES, "N,01", "N,1"), "values.csv:2", "[01]"),
    ("E-CAT-021", _replaced(VALUES, "woman,2", "woman,f"), "values.csv:3", "[f]"),
    ("E-CAT-028", _replaced(VALUES, "Sex,", "Sxe,"), "values.csv:3", "[Sex]"),
]


@pytest.mark.parametrize(
    ("code", "files", "where", "holds"), CASES, ids=lambda case: case if isinstance(case, str) else ""
)
def test_faults(write: Write, code: str, files: dict[str, str | bytes], where: str, holds: str) -> None:
    faults = _faults(write("base", ALL, files))
    fitting = [fault for fault in faults if fault.code == code and fault.where.endswith(where) and holds in str(fault)]
    assert fitting, "\n".join(map(str, faults)) or "no fault found"
    assert all("\n" not in str(fault) for fault in faults)


def test_all_faults_at_once(write: Write) -> None:
    files = [case[1] for case in CASES[:1]] + [_replaced(VALUES, "N,01", "N,1"), _replaced(VICTIMS, '"each"', '"eech"')]
    assert {"E-CAT-003", "E-CAT-022", "E-CAT-013"} <= {fault.code for fault in _faults(write("base", ALL, *files))}


def test_manifests(write: Write) -> None:
    root = write("base", BASE)
    manifest = root / "codelists" / "manifest.toml"
    text = manifest.read_text().replace('[files."sex.csv"]', '[files."sexes.csv"]').replace('source = "S"\n', "", 1)
    manifest.write_text(text.replace('version = "1"\n', 'verson = "1"\n', 1))
    told = {(fault.code, fault.message.split(" in [")[0]) for fault in _faults(root)}
    assert told == {
        ("E-CAT-050", "[sex.csv] is not listed in its manifest"),
        ("E-CAT-051", "there is no file [sexes.csv] here"),
        ("E-CAT-016", "key [source] is missing"),
        ("E-CAT-016", "key [version] is missing"),
        ("E-CAT-015", "there is no setting [verson]"),
    }
    manifest.unlink()
    assert [fault.code for fault in _faults(root)] == ["E-CAT-050"] * 3


def test_an_overlay_cannot_change_iccs(base: Path, write: Write) -> None:
    over = write("over", {"classifications/iccs/1.0/codes.csv": "code,parent,level,label_en\n0101,01,2,Mine\n"})
    assert [fault.code for fault in check_catalogue(load_catalogue(over, base=base))] == ["E-CAT-053"]


def test_two_sources_of_one_name(write: Write) -> None:
    other = {path.replace("register", "other"): text for path, text in LAYOUT.items()}
    faults = _faults(write("base", ALL, other))
    assert [fault.code for fault in faults] == ["E-CAT-019"]


def test_the_newest_layout_of_a_folder_is_used(write: Write) -> None:
    newer = {path.replace("/1/", "/10/"): text.replace("Register", "Newer") for path, text in LAYOUT.items()}
    middle = {path.replace("/1/", "/9/"): text for path, text in LAYOUT.items()}
    catalogue = load_catalogue(base=write("base", ALL, newer, middle))
    assert check_catalogue(catalogue) == ()
    assert (catalogue.layouts["police"].version, catalogue.layouts["police"].title) == ("10", "Newer")


SHIPPED = sorted((Path(justitia.__file__).parent / "demo").glob("*/overlay"))


@pytest.mark.parametrize("overlay", [None, *SHIPPED], ids=lambda path: path.parent.name if path else "catalogue")
def test_what_ships_has_no_faults(overlay: Path | None) -> None:
    faults = check_catalogue(load_catalogue(*filter(None, [overlay])))
    assert [str(fault) for fault in faults] == []


def test_other_files_may_lie_about(write: Write) -> None:
    assert _faults(write("base", ALL, {"README.md": "x", ".hidden.csv": "x", "codelists/~$sex.xlsx": "x"})) == ()

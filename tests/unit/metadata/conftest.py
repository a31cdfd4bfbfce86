"""A small catalogue in a folder of its own, and an overlay over it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

BASE = {
    "classifications/iccs/1.0/codes.csv": """\
code,parent,level,label_en,label_fr,label_es,label_fr_status,is_leaf,is_residual
01,,1,Acts leading to death,Actes causant la mort,Actos que causan la muerte,unofficial,0,0
0101,01,2,Intentional homicide,Homicide intentionnel,Homicidio intencional,unofficial,1,0
0102,01,2,Attempted homicide,Tentative d’homicide,Tentativa de homicidio,unofficial,1,0
05,,1,Acts against property only,Atteintes aux biens,Actos contra la propiedad,unofficial,0,0
0502,05,2,Theft,Vol,Hurto,unofficial,1,0
""",
    "classifications/iccs/1.0/index.csv": """\
language,phrase,code,in_version,suggested_code
en,Murder,0101,1,
en,Shop lifting,0502,1,
en,Pilfering of cars,059999,0,0502
fr,Chapardage,0502,1,
""",
    "classifications/iccs/1.0/notes.csv": """\
code,language,kind,text,source
0502,en,scope,Unlawful taking of property without force. Includes cattle.,ICCS
""",
    "classifications/iccs/1.0/tags.csv": """\
unit,tag,codelist,record,field,label_en,label_fr,label_es
victim,SV,sex,victim,sex,Sex of victim,Sexe de la victime,Sexo de la víctima
""",
    "codelists/sex.csv": """\
code,parent,label_en,label_fr,label_es,missing_kind,lower,upper,variants,sort
2,,Female,Femme,Mujer,,,,F;female,2
1,,Male,Homme,Hombre,,,,M;male,1
""",
    "codelists/age_group.csv": """\
code,parent,label_en,lower,upper
Y0T17,,0 to 17,0,17
Y18,,18 and over,18,
""",
    "codelists/area.csv": """\
code,parent,label_en
01,,North
0101,01,Town
""",
    "records/kinds.csv": """\
kind,label_en,label_fr,label_es,unit,holds_individuals,description
event,Event,Événement,Hecho,event,1,
offence,Offence,Infraction,Delito,offence,1,
victim,Victim,Victime,Víctima,person,1,
""",
    "records/event.csv": """\
field,type,codelist,references,unit,description,source
event_id,identifier,,,,,
recorded_date,date,,,,,
area_code,code,area,,,,
""",
    "records/offence.csv": """\
field,type,codelist,references,unit,description,source
offence_id,identifier,,,,,
event_id,reference,,event,,,
national_code,text,,,,,
weapon,text,,,,,
iccs_code,code,iccs,,,,
""",
    "records/victim.csv": """\
field,type,codelist,references,unit,description,source
victim_id,identifier,,,,,
event_id,reference,,event,,,
sex,code,sex,,,,
age,integer,,,year,,
""",
    "checks/victim.csv": """\
rule_id,expression,severity,label_en,reason,owner
V-VIC-001,age BETWEEN 0 AND 130,error,Age is possible,,
""",
    "derivations.csv": """\
kind,field,method,arguments,type,codelist,description
victim,age_group,band,from=age,code,age_group,
event,victim_count,linked_count,kind=victim,integer,,
""",
    "severity/legal.csv": "iccs_code,rank,source\n01,1,\n0502,20,\n",
    "correspondences/law__iccs.csv": """\
national_code,condition,iccs_code,status,priority,national_label,basis,valid_from,valid_to
art 1,,0101,coded,,Murder,s. 1,,
art 2,weapon = 'yes',0101,coded,1,,s. 2,,
art 2,,01,unspecified,,,s. 2,,
""",
    "disclosure/public.toml": 'rule = "threshold_and_round"\nredact_up_to = 7\nround_to = 5\n',
    "population/people.csv": "area,sex,age,year,population\n01,_T,_T,2024,1000\n",
    "messages/report.csv": "key,text_en,text_fr,text_es\ntitle,Crime,Criminalité,Delitos\n",
    "dataflows/victims.toml": """\
label = { en = "Victims" }
unit = "victim"
counting_rule = "each"
disclosure = "public"
period = { field = "event.recorded_date", frequency = "A" }

[[dimensions]]
id = "SEX"
field = "sex"

[[dimensions]]
id = "AREA"
field = "event.area_code"
levels = ["1"]

[[measures]]
id = "COUNT"

[[measures]]
id = "MINORS"
where = "age < 18 AND sex IN ('1', '2')"

[[ratios]]
id = "SHARE_MINORS"
kind = "share"
numerator = "MINORS"
denominator = "COUNT"

[[ratios]]
id = "RATE"
kind = "rate"
numerator = "COUNT"
denominator = "population:people"
per = 100000

[chart]
kind = "line"
x = "TIME_PERIOD"
""",
}

LAYOUT = {
    "layouts/police/register/1/layout.toml": """\
source_id = "police"
title = "Register"
authority = "Police"
sector = "police"
unit_of_row = "one row per victim"
when_recorded = "date of record"

[format]
date_format = "%d/%m/%Y"

[row]
key = ["Case", "Victim"]
in_scope = "event.area_code <> '_X'"

[[records]]
name = "incident"
kind = "event"
key = ["Case"]

[[records]]
name = "offence"
kind = "offence"
key = ["Case"]
references = { event = "incident" }
compose = { national_code = ["Law", "Article"] }
correspondence = "law__iccs"

[[records]]
name = "victim"
kind = "victim"
key = ["Case", "Victim"]
when = "Victim IS NOT NULL"
references = { event = "incident" }
""",
    "layouts/police/register/1/columns.csv": """\
column,record,field,action,format,personal,on_bad_value,constant
Case,,,ignore,,,,
Victim,,,ignore,,,,
Law,,,ignore,,,,
Article,,,ignore,,,,
Recorded,incident,recorded_date,use,,no,set_aside_row,
District,incident,area_code,use,,no,,
Sex,victim,sex,use,,no,,
Born,victim,age,use,age_at:incident.recorded_date,,,
,offence,weapon,use,,,,unknown
""",
    "layouts/police/register/1/values.csv": "column,value,code\nDistrict,N,01\nSex,woman,2\n",
}
# in_scope names records of the layout, whatever their kind is called.
LAYOUT["layouts/police/register/1/layout.toml"] = LAYOUT["layouts/police/register/1/layout.toml"].replace(
    "event.area_code", "incident.area_code"
)

Write = Callable[..., Path]


def manifests(root: Path) -> None:
    """Write a manifest into every folder that has files."""
    for folder in {path.parent for path in root.rglob("*") if path.is_file() and path.suffix in {".csv", ".toml"}}:
        names = sorted(
            p.name for p in folder.iterdir() if p.is_file() and p.name[0] != "." and p.name != "manifest.toml"
        )
        entries = [
            f'[files."{name}"]\ntitle = "T"\nsource = "S"\nversion = "1"\nlicence = "L"\ndate = "2024-01-01"\n'
            for name in names
            if name.endswith((".csv", ".toml"))
        ]
        (folder / "manifest.toml").write_text("\n".join(entries), encoding="utf-8")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return what writes files, with manifests, into a folder of this name and returns the folder."""

    def _write(name: str, *parts: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / name
        for part in parts:
            for path, content in part.items():
                file = root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
        manifests(root)
        return root

    return _write


@pytest.fixture
def base(write: Write) -> Path:
    """Return the folder of a small catalogue without faults."""
    return write("base", BASE)

"""Exports against the JSON schema that CDISC publishes for Dataset-JSON 1.1.

`dataset_json_1_1.schema.json` is schema/dataset.schema.json of github.com/cdisc-org/DataExchange-DatasetJson, commit
a379f49a3f43c2aaed63bdeca761bdb7140df2c3 (2025-12-06), line ends made one character; its licence lies beside it.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema.validators import validator_for

from milepost.core.derived_columns import FRAMES
from milepost.core.export_labels import export_frame
from milepost.runtime import read_study
from milepost.workflows.dataset_json import Origin, to_dataset_json
from milepost.workflows.derived_frames import frame_of
from milepost.workflows.deriving import Derivations
from milepost.workflows.export_cells import to_dataset
from tests.spec.records import records

DATA = Path(__file__).parent / "data"
SCHEMA = json.loads((DATA / "dataset_json_1_1.schema.json").read_text(encoding="utf-8"))
KNOWN = dt.datetime(2026, 7, 15, 16, tzinfo=dt.UTC)


class OnePatient:
    """A store that knows one patient: consent, a drug, a result, an event and a death."""

    rows: dict[str, dict[str, Any]] = {
        "DM": {"RFICDTC": "2026-02-20", "ARMCD": "ANL", "SEX": "M", "AGE": "61", "DMLINE": "1"},
        "EX": {"EXTRT": "ANLOTINIB", "EXDOSE": "12", "EXDOSU": "mg", "EXDOSFRQ": "QD", "EXSTDTC": "2026-03-02",
               "EXLINE": "1"},
        "LB": {"LBTESTCD": "ALT", "LBORRES": "120", "LBORRESU": "U/L", "LBORNRLO": "9", "LBORNRHI": "40",
               "LBDTC": "2026-03-20T07:40:00", "LBSPEC": "SERUM"},
        "AE": {"AETERM": "Hypertension", "AESTDTC": "2026-03-10", "AETOXGR": "3"},
        "DS": {"DSDECOD": "DEATH", "DSSTDTC": "2026-06-20", "DSCAT": "DISPOSITION EVENT"},
    }  # fmt: skip

    def known(self, domain: str, **asked: Any) -> pd.DataFrame:
        return records(domain, *([self.rows[domain]] if domain in self.rows else []))


class Nobody(OnePatient):
    """A store that holds no record of any domain."""

    rows: dict[str, dict[str, Any]] = {}


@pytest.fixture(scope="module", params=[OnePatient, Nobody])
def derived(request: pytest.FixtureRequest) -> Derivations:
    study = read_study(Path(__file__).parents[2] / "config")
    return Derivations(study, request.param(), as_of=dt.date(2026, 7, 15), known_at=KNOWN)


def exported(derived: Derivations, name: str) -> dict[str, Any]:
    rows = frame_of(derived, name).assign(STUDYID="HCC-AFP-01")
    origin = Origin("HCC-AFP-01", f"HCC-AFP-01/{name}", KNOWN, KNOWN, "0.1.0+abc")
    return json.loads("".join(to_dataset_json(to_dataset(rows, export_frame(name)), origin)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", list(FRAMES))
def test_every_frame_with_and_without_rows_obeys_the_published_schema(
    derived: Derivations, name: str
) -> None:
    made = exported(derived, name)
    validator_for(SCHEMA)(SCHEMA).validate(made)
    assert made["records"] == len(made["rows"])
    assert all(len(row) == len(made["columns"]) for row in made["rows"])
    knows_somebody = isinstance(derived.store, OnePatient) and not isinstance(derived.store, Nobody)
    assert bool(made["rows"]) == (knows_somebody and name not in ("adtr", "disagreements"))


def test_the_schema_refuses_what_the_standard_does_not_know(derived: Derivations) -> None:
    made = exported(derived, "adsl")
    validator = validator_for(SCHEMA)(SCHEMA)
    for broken in (
        made | {"clinicalData": {}},
        made | {"datasetJSONVersion": "1.0.0"},
        made | {"records": -1},
    ):
        assert not validator.is_valid(broken)


def test_cells_have_the_json_type_that_the_standard_has_for_their_column(derived: Derivations) -> None:
    """Table "Supported Column Data Type Combinations": decimals, days and instants are strings."""
    types = {
        "string": str,
        "integer": int,
        "double": float | int,
        "decimal": str,
        "date": str,
        "datetime": str,
    }
    for name in FRAMES:
        made = exported(derived, name)
        for place, column in enumerate(made["columns"]):
            cells = [row[place] for row in made["rows"] if row[place] is not None]
            assert all(isinstance(cell, types[column["dataType"]]) for cell in cells), (name, column["name"])

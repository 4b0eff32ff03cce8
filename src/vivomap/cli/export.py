"""The command that writes a table of a cohort: k-anonymous, with new pseudonyms, and only of patients who allow it."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.talk import counted, emit, manner, plan, say, show, unknown
from vivomap.core.assessment import PURPOSES
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.report.cohort import Known, Row
    from vivomap.store import Project
    from vivomap.store.exports import Export

EXAMPLES = (
    "vivomap export cohort/ --purpose research",
    "vivomap export cohort/ --purpose training --k 20 --people people.csv --form parquet --dry-run",
)
FORMS = ("csv", "parquet")


def export(
    out: Annotated[Path, typer.Argument(help="A new folder.", show_default=False)],
    purpose: Annotated[str, typer.Option(help="What for: research, training or care.")],
    k: Annotated[int, typer.Option(min=2, help="Each patient is like at least k - 1 others.")] = 10,
    people: Annotated[Path | None, typer.Option(help="CSV: patient,age,sex,site (age at the first visit).")] = None,
    form: Annotated[str, typer.Option(help="csv or parquet.")] = "csv",
) -> None:
    """Write all numbers on record as one table in which nobody can be told from fewer than k - 1 others."""
    from vivomap.report import cohort
    from vivomap.report.place import place
    from vivomap.store import consents, exports, open_project

    _sound(out, purpose, form)
    project = open_project(settings.project_folder(), create=False)
    standing = consents.standings(project, purpose)
    known = _known(people)
    chosen = [
        cohort.person(patient, [e.noun for e in project.assessments(patient)], known.get(patient, cohort.Known()))
        for patient, word in standing.items()
        if word == consents.GIVEN
    ]
    made = cohort.anonymise([one.subject for one in chosen], k)
    new = exports.begin(purpose)
    rows = cohort.rows(chosen, made, new.key)
    account = _account(project, new, k, standing).data(made, len(rows))
    if not made.shown:
        raise _nobody(account)
    if manner().dry_run:
        plan(f"write {counted(len(rows), 'row')} of {counted(len(made.shown), 'patient')} to {out}")
        return _told(account)
    files = _files(rows, account, form)
    members = frozenset(cohort.pseudonym(new.key, patient) for patient in made.shown)
    witness.left(str(out), tuple(made.shown), f"{purpose}, k = {k}, export {new.id}")
    exports.keep(project.path, dataclasses.replace(new, pseudonyms=members))
    for name, body in files.items():
        say(f"write {place(out / name, body)}")
    if manner().json:
        emit("export", folder=str(out), account=account)
    show(f"{counted(len(rows), 'row')} of {counted(len(made.shown), 'patient')} written to {out}")
    _told(account)


def _sound(out: Path, purpose: str, form: str) -> None:
    if purpose not in PURPOSES:
        raise unknown("a purpose", purpose, PURPOSES)
    if form not in FORMS:
        raise unknown("a form of a table", form, FORMS)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refusal("folder_not_empty", "the output is there already", where=str(out), expected="a new folder")


def _account(project: Project, new: Export, k: int, standing: dict[str, str]) -> Any:
    """Who is left out for want of consent; of those who withdrew, their pseudonyms here and where they still are."""
    from vivomap.report.cohort import Account, pseudonym
    from vivomap.store import exports
    from vivomap.store.consents import REFUSED, UNASKED, WITHDRAWN

    words = list(standing.values())
    gone = [patient for patient, word in standing.items() if word == WITHDRAWN]
    listed = [{"export": new.id, "pseudonym": pseudonym(new.key, patient)} for patient in gone]
    for old in exports.earlier(project.path):
        held = (pseudonym(old.key, patient) for patient in gone)
        listed += [{"export": old.id, "pseudonym": name} for name in held if name in old.pseudonyms]
    unasked, refused, withdrawn = (words.count(word) for word in (UNASKED, REFUSED, WITHDRAWN))
    listed.sort(key=lambda one: (one["export"], one["pseudonym"]))  # no order that ties two exports together
    return Account(new.id, new.purpose, k, len(words), unasked, refused, withdrawn, tuple(listed))


def _nobody(account: dict[str, Any]) -> Refusal:
    out = account["left_out"]
    found = ", ".join(f"{why.replace('_', ' ')}: {number}" for why, number in out.items() if number) or "no patient"
    return Refusal(
        "cohort_too_small", "nobody is left to export", found=found, expected=f"{account['k']} alike or more"
    )


def _known(path: Path | None) -> dict[str, Known]:
    """Age, sex and site of patients, from a table. Raises Refusal `file_absent` or `bad_table`."""
    from vivomap.report.cohort import Known

    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise Refusal("file_absent", f"there is no file {path}", where=str(path), hint="correct the path") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal("bad_table", "the table cannot be read", where=str(path), found=type(error).__name__) from error
    known: dict[str, Known] = {}
    for number, row in enumerate(rows, 2):
        patient, age = (row.get("patient") or "").strip(), (row.get("age") or "").strip()
        if not patient or patient in known or (age and not (age.isascii() and age.isdigit())):
            expected = "patient,age,sex,site with each patient once and age in whole years"
            raise Refusal("bad_table", "a line is not understood", where=f"{path}, line {number}", expected=expected)
        known[patient] = Known(int(age) if age else None, *((row.get(c) or "").strip() for c in ("sex", "site")))
    return known


def _files(rows: Sequence[Row], account: dict[str, Any], form: str) -> dict[str, bytes]:
    """The table and its account, by file name; all made before anything leaves."""
    from vivomap.report import cohort

    name, table = (cohort.CSV, cohort.as_csv(rows)) if form == "csv" else (cohort.PARQUET, cohort.as_parquet(rows))
    data = json.dumps({"schema": "vivomap.export/1", **account}, indent=1) + "\n"
    return {name: table, "export-report.json": data.encode(), "export-report.txt": cohort.text(account).encode()}


def _told(account: dict[str, Any]) -> None:
    from vivomap.report.cohort import text

    for line in text(account).rstrip().split("\n"):
        say(line)

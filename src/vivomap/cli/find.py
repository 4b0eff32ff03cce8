"""The command that asks a PACS what it holds."""

from __future__ import annotations

from typing import Annotated

import typer

from vivomap.cli import witness
from vivomap.cli.pacs import SILENCE_S, Aet, LoginEnv, LoginFile, Plain, Silence, TlsCa, TlsCert, TlsKey, Way, Where
from vivomap.cli.talk import counted, emit, manner, plan, say, table

EXAMPLES = (
    "vivomap find dicom://PACS@127.0.0.1:4242 --patient P-0417",
    "vivomap find dicomweb+https://pacs.hospital/dicom-web --date 20260101-20260131 --modality CT --json",
)
LEFT_OUT = 4  # exit code: something in the answer was not believed
SHOWN = {
    "patient": (("PatientID", "patient"), ("PatientName", "name"), ("PatientBirthDate", "born"), ("PatientSex", "sex")),
    "study": (
        ("PatientID", "patient"),
        ("StudyDate", "date"),
        ("ModalitiesInStudy", "modalities"),
        ("NumberOfStudyRelatedInstances", "objects"),
        ("StudyDescription", "description"),
        ("StudyInstanceUID", "study"),
    ),
    "series": (
        ("Modality", "modality"),
        ("SeriesNumber", "number"),
        ("NumberOfSeriesRelatedInstances", "objects"),
        ("SeriesDescription", "description"),
        ("SeriesInstanceUID", "series"),
    ),
    "image": (("InstanceNumber", "number"), ("SOPClassUID", "class"), ("SOPInstanceUID", "object")),
}


def find(
    pacs: Where,
    level: Annotated[str, typer.Option(help="patient, study, series or image.")] = "study",
    patient: Annotated[str, typer.Option(help="Patient id; * and ? stand for anything.")] = "",
    name: Annotated[str, typer.Option(help="Patient name, as FAMILY^GIVEN; * allowed.")] = "",
    date: Annotated[str, typer.Option(help="Study date YYYYMMDD, or a range YYYYMMDD-YYYYMMDD.")] = "",
    modality: Annotated[str, typer.Option(help="CT, MR, PT, SR …")] = "",
    accession: Annotated[str, typer.Option(help="Accession number.")] = "",
    study: Annotated[str, typer.Option(help="Study Instance UID; the series level needs it.")] = "",
    series: Annotated[str, typer.Option(help="Series Instance UID; the image level needs it by DIMSE.")] = "",
    aet: Aet = "VIVOMAP",
    plain: Plain = False,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    tls_ca: TlsCa = None,
    login_file: LoginFile = None,
    login_env: LoginEnv = None,
    timeout: Silence = SILENCE_S,
) -> int:
    """Ask a PACS what it holds, by C-FIND or QIDO; nothing is fetched.

    An answer that is not to the question, or names something with a UID that is none, is left out and counted.
    """
    from vivomap.acquire.pacs import find as ask
    from vivomap.acquire.pacs import query

    way = Way(aet, plain, tls_cert, tls_key, tls_ca, login_file, login_env, timeout)
    asked = query(
        level,
        PatientID=patient,
        PatientName=name,
        StudyDate=date,
        **{"ModalitiesInStudy" if level in ("patient", "study") else "Modality": modality},
        AccessionNumber=accession,
        StudyInstanceUID=study,
        SeriesInstanceUID=series,
    )
    there = way.pacs(pacs)
    if manner().dry_run:
        plan(f"ask {there.address} for every {level} with {', '.join(k for k, _ in asked.keys) or 'anything'}")
        return 0
    witness.asked(there, asked)
    found = ask(there, asked)
    left_out = [{"reason": reason, "count": count} for reason, count in found.distrusted]
    if manner().json:
        emit("find", pacs=str(there.address), level=level, rows=[dict(r.values) for r in found.rows], left_out=left_out)
    columns = SHOWN[level]
    table([[row.said(key) for key, _ in columns] for row in found.rows], [head for _, head in columns])
    say(counted(len(found.rows), "answer"))
    for reason, count in found.distrusted:
        say(f"answer_distrusted: {counted(count, 'answer')} left out, {reason}; vivomap explain answer_distrusted")
    return LEFT_OUT if left_out else 0

"""Tables of a cohort for research and training: k-anonymous, with an account of what was left out."""

from vivomap.report.cohort.anonymity import Anonymous, Subject, anonymise
from vivomap.report.cohort.people import Known, Person, person
from vivomap.report.cohort.table import CSV, PARQUET, Account, Row, as_csv, as_parquet, pseudonym, rows, text

__all__ = [
    "CSV",
    "PARQUET",
    "Account",
    "Anonymous",
    "Known",
    "Person",
    "Row",
    "Subject",
    "anonymise",
    "as_csv",
    "as_parquet",
    "person",
    "pseudonym",
    "rows",
    "text",
]

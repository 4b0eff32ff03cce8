"""Find, fetch, send: we ask a PACS, by DIMSE or DICOMweb, and believe of its answers only what fits the question."""

from vivomap.acquire.pacs.address import Address, Certificates, Pacs, address, is_title
from vivomap.acquire.pacs.login import Login, from_environment, from_file
from vivomap.acquire.pacs.parcel import Answer, Fetched, Parcel, parcel
from vivomap.acquire.pacs.query import Found, Query, Row, query
from vivomap.acquire.pacs.trust import Limits, uid
from vivomap.acquire.pacs.verbs import WAYS, echo, fetch, find, holds, send

__all__ = [
    "WAYS",
    "Address",
    "Answer",
    "Certificates",
    "Fetched",
    "Found",
    "Limits",
    "Login",
    "Pacs",
    "Parcel",
    "Query",
    "Row",
    "address",
    "echo",
    "fetch",
    "find",
    "from_environment",
    "from_file",
    "holds",
    "is_title",
    "parcel",
    "query",
    "send",
    "uid",
]

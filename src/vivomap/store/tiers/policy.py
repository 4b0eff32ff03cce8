"""Which results go where, and for how long, from one signed TOML file: a table for each tier.

The record wants a few numbers, the PACS the objects beside the images, the research archive everything. What leaves
the hospital (a tier that is not `inside`) leaves without the patient: raw images only through de-identification, and
other forms only where someone has signed that the patient ids of this project are pseudonyms.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vivomap.core import PURPOSES, Refusal

FILE = "tiers.toml"
S3 = "s3://"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
TEXT, WORDS, YES, WHOLE, DAY = "a text", "a list of texts", "true or false", "a whole number above 0", "a date"
KEYS = {
    "name": TEXT,
    "to": TEXT,
    "forms": WORDS,
    "keep_years": WHOLE,
    "by": TEXT,
    "on": DAY,
    "use": TEXT,
    "raw": YES,
    "inside": YES,
    "pseudonyms": YES,
    "deidentify": YES,
    "key": TEXT,
    "purpose": TEXT,
    "endpoint": TEXT,
    "profile": TEXT,
}
CARE = "care"
NEEDED = ("name", "to", "forms", "keep_years", "by", "on")
SECRET = re.compile(r"secret|password|token|access_?key|credential")
NEAR = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Tier:
    """One place for results: `to` is a folder or s3://bucket/prefix, `forms` what is written there.

    `by` and `on` sign it; `use` is the purpose that a patient must have allowed. `key` is the key file that raw images
    are de-identified with; `endpoint` and `profile` say where an S3-compatible store is, and which credentials of this
    user's own files it takes.
    """

    name: str
    to: str
    forms: tuple[str, ...]
    keep_years: int
    by: str
    on: date
    use: str = CARE
    raw: bool = False
    inside: bool = False
    pseudonyms: bool = False
    deidentify: bool = False
    key: str = ""
    purpose: str = ""
    endpoint: str = ""
    profile: str = ""

    def until(self, recorded: date) -> date:
        """The last day on which a result of this day must still be there."""
        year = recorded.year + self.keep_years
        if (recorded.month, recorded.day) == (2, 29):
            return date(year, 3, 1)
        return recorded.replace(year=year)


def read(path: Path, forms: Collection[str]) -> tuple[Tier, ...]:
    """The tiers of a policy file; a folder in it is told from the file. `forms` are the names of those there are.

    Raises Refusal `bad_setting`, `unknown_name` or `not_deidentified`, naming the tier; `file_absent`.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        found, hint = str(error.strerror), "write it as docs/how-to/tiers.md shows, or name another file with --policy"
        summary = "the policy of the tiers cannot be read"
        raise Refusal("file_absent", summary, where=str(path), found=found, hint=hint) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("bad_setting", "the policy of the tiers is no TOML", where=str(path), found=str(error)) from error
    rows = tree.get("tier")
    if set(tree) != {"tier"} or not isinstance(rows, list) or not rows:
        raise Refusal("bad_setting", "the policy has a table for each tier", where=str(path), expected="[[tier]]")
    tiers = tuple(_tier(row, forms, f"{path}, [[tier]] number {k}", path.parent) for k, row in enumerate(rows, 1))
    for what in ("name", "to"):
        said = [getattr(t, what) for t in tiers]
        if len(set(said)) < len(said):
            raise Refusal("bad_setting", f"two tiers have the same {what!r}", where=str(path), expected="one each")
    return tiers


def _tier(row: Any, forms: Collection[str], where: str, folder: Path) -> Tier:
    if not isinstance(row, dict):
        raise Refusal("bad_setting", "a tier is a table", where=where, expected="[[tier]]")
    for key in row:
        _key(key, where)
    for key, form in KEYS.items():
        if key in NEEDED and key not in row:
            raise Refusal("bad_setting", f"{key!r} is not said", where=where, expected=f"{key} = {form}")
        if key in row and not _fits(row[key], form):
            raise Refusal("bad_setting", f"{key!r} is not {form}", where=where, found=repr(row[key]), expected=form)
    paths = {"to": _place(row["to"], folder, where)}
    if "key" in row:
        paths["key"] = str((folder / row["key"]).absolute())
    tier = Tier(**{**row, **paths, "forms": tuple(row["forms"])})
    if not NAME.fullmatch(tier.name):
        raise Refusal("bad_setting", "a tier's name is a short word", where=where, found=tier.name)
    for form in tier.forms:
        if form not in forms:
            summary = f"there is no report form {form!r}"
            raise Refusal("unknown_name", summary, where=where, found=form, expected=", ".join(sorted(forms)))
    if tier.use not in PURPOSES:
        expected = ", ".join(PURPOSES)
        raise Refusal("unknown_name", f"{tier.use!r} is no purpose", where=where, found=tier.use, expected=expected)
    _endpoint(tier, where)
    _private(tier, where)
    return tier


def _key(key: str, where: str) -> None:
    if key in KEYS:
        return
    if SECRET.search(key):
        summary = "credentials do not belong in the policy"
        expected = "the environment, or the credentials file of this user with profile = …"
        raise Refusal("bad_setting", summary, where=where, found=f"the key {key!r}", expected=expected)
    near = difflib.get_close_matches(key, KEYS, 1)
    meant = f"{near[0]!r} perhaps; " if near else ""
    raise Refusal("bad_setting", f"no key is called {key!r}", where=where, expected=f"{meant}one of {', '.join(KEYS)}")


def _fits(value: Any, form: str) -> bool:
    if form == TEXT:
        return isinstance(value, str) and bool(value.strip())
    if form == WORDS:
        return isinstance(value, list) and all(isinstance(v, str) and v for v in value)
    if form == WHOLE:
        return type(value) is int and 0 < value < 1000
    return type(value) is (bool if form == YES else date)


def _place(to: str, folder: Path, where: str) -> str:
    """The place, whole: a folder as it is told from the policy, or an S3 address without anything secret."""
    if to.startswith(S3):
        parts = urlsplit(to)
        if not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
            raise Refusal(
                "bad_setting", "the place is no address of a bucket", where=where, expected="s3://bucket/path"
            )
        return to.rstrip("/")
    if "://" in to:
        expected = "a folder or s3://bucket/path; vivomap send delivers to a record or PACS"
        raise Refusal(
            "bad_setting", "results are not put there", where=where, found=to.split(":")[0], expected=expected
        )
    return str((folder / to).absolute())


def _endpoint(tier: Tier, where: str) -> None:
    if not tier.to.startswith(S3) and (tier.endpoint or tier.profile):
        raise Refusal("bad_setting", "a folder has no endpoint and no profile", where=where, found=tier.to)
    parts = urlsplit(tier.endpoint)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in NEAR)
    if tier.endpoint and (not safe or "@" in parts.netloc):
        expected = "https://host, or http on this machine, without a name or password"
        raise Refusal("bad_setting", "the endpoint is not safe", where=where, expected=expected)


def _private(tier: Tier, where: str) -> None:
    """Nothing about a patient leaves the hospital by oversight."""
    if tier.deidentify and not tier.key:
        raise Refusal("bad_setting", "de-identification needs a key", where=where, expected='key = "FILE"')
    if tier.inside:
        return
    if tier.use == CARE:
        expected = 'use = "research" or "training", which the patient then must have allowed'
        raise Refusal("bad_setting", "it is not said what leaves the hospital for", where=where, expected=expected)
    if tier.raw and not tier.deidentify:
        expected = "deidentify = true with a key, or inside = true"
        raise Refusal("not_deidentified", "raw images do not leave as they are", where=where, expected=expected)
    if tier.forms and not tier.pseudonyms:
        expected = "pseudonyms = true, where the patient ids of this project are pseudonyms; or inside = true"
        raise Refusal("not_deidentified", "results name their patient and do not leave", where=where, expected=expected)

"""Where a setting comes from: flag, environment, project, user, default, in this order."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vivomap.cli.talk import manner, unknown
from vivomap.core.errors import Refusal


@dataclass(frozen=True)
class Key:
    """One setting: what it means, its default and its variable in the environment."""

    meaning: str
    default: str
    variable: str


KEYS = {
    "project": Key("the folder that keeps the ledger, the vault and the site file", ".vivomap", "VIVOMAP_PROJECT"),
    "visit_window": Key("studies so many days apart are one visit", "0", "VIVOMAP_VISIT_WINDOW"),
    "by": Key("the name under which decisions are recorded", "", "VIVOMAP_BY"),
    "audit_heads": Key("the folder, outside the project, for signed heads of the audit log", "", "VIVOMAP_AUDIT_HEADS"),
    "audit_key": Key("the private key that signs them, mode 0600", "", "VIVOMAP_AUDIT_KEY"),
}


def user_file() -> Path:
    """The settings file of this user."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "vivomap" / "config.toml"


def value(key: str, flag: Any = None) -> tuple[str, str]:
    """A setting and where it came from. Raises Refusal on an unknown key."""
    if key not in KEYS:
        raise unknown("a setting", key, tuple(KEYS))
    if flag is not None:
        return str(flag), "flag"
    variable = KEYS[key].variable
    if variable in os.environ:
        return os.environ[variable], f"environment {variable}"
    files = [] if key == "project" else [("project", project_folder() / "project.toml")]
    for name, path in (*files, ("user", user_file())):
        found = _in_file(path, key)
        if found is not None:
            return found, f"{name} {path}"
    return KEYS[key].default, "default"


def number(key: str, flag: int | None = None) -> int:
    """A setting as a whole number from 0 on. Raises Refusal if it is none."""
    text, origin = value(key, flag)
    if not (text.isascii() and text.isdigit()):
        raise Refusal("bad_setting", f"{key} is not a whole number from 0 on", where=origin, found=text)
    return int(text)


def project_folder() -> Path:
    """The project of this call."""
    return Path(value("project", manner().project)[0])


def _in_file(path: Path, key: str) -> str | None:
    if not path.is_file():
        return None
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("bad_setting", "the settings file is not TOML", where=str(path), found=str(error)) from error
    found = settings.get("config", {}).get(key)
    return None if found is None else str(found)

"""Who we are to a DICOMweb server: a secret from a file or the environment, never from the command line (rule S17).

The secret is one line: `name:password`, or `bearer TOKEN`. It goes to the server that was asked for and nowhere else.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vivomap.core import Refusal

MOST = 1 << 14  # bytes of a secret


@dataclass(frozen=True)
class Login:
    """A secret; it is left out of what this object shows of itself."""

    secret: str = field(repr=False)

    @property
    def header(self) -> str:
        """The value of the Authorization header."""
        kind, _, rest = self.secret.partition(" ")
        if kind.lower() == "bearer" and rest:
            return f"Bearer {rest.strip()}"
        return "Basic " + base64.b64encode(self.secret.encode()).decode()


def from_file(path: Path) -> Login:
    """The login that a file holds. Raises Refusal `file_absent`, `login_open` or `bad_setting`."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(MOST + 1)
    except OSError as error:
        raise Refusal("file_absent", "the login cannot be read", where=str(path), found=error.strerror or "") from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        summary, found = "others than its owner can read the login", f"{stat.S_IMODE(mode):04o}"
        raise Refusal("login_open", summary, where=str(path), found=found, expected="0600")
    return _login(text.decode("utf-8", "replace"), str(path))


def from_environment(name: str, environment: Mapping[str, str] = os.environ) -> Login:
    """The login that a variable of the environment holds. Raises Refusal `bad_setting`."""
    if name not in environment:
        raise Refusal("bad_setting", "that variable of the environment is not set", where=name)
    return _login(environment[name], name)


def _login(text: str, where: str) -> Login:
    secret = text.strip()
    if len(text) > MOST or not secret.isprintable() or not (":" in secret or secret.lower().startswith("bearer ")):
        expected = "one line: name:password, or bearer TOKEN"
        raise Refusal("bad_setting", "this is no login", where=where, expected=expected)
    return Login(secret)

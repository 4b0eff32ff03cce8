"""How the commands that speak to a PACS are told which, and how: the same flags for all of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.pacs import Login, Pacs

Where = Annotated[
    str, typer.Argument(help="dicom(s)://AET@host:port or dicomweb+http(s)://host/path.", show_default=False)
]
Aet = Annotated[str, typer.Option(help="Our AE title.")]
Plain = Annotated[bool, typer.Option("--plain", help="Speak without TLS to another machine.")]
TlsCert = Annotated[Path | None, typer.Option(help="Our certificate (PEM).")]
TlsKey = Annotated[Path | None, typer.Option(help="Its key (PEM).")]
TlsCa = Annotated[Path | None, typer.Option(help="Who signs the PACS's certificate (PEM).")]
LoginFile = Annotated[Path | None, typer.Option(help="A file (0600): name:password, or bearer TOKEN.")]
LoginEnv = Annotated[str | None, typer.Option(help="The variable of the environment that holds the same.")]
Silence = Annotated[float, typer.Option(min=0.1, max=55.0, help="Seconds of silence that are borne.")]
SILENCE_S = 30.0


@dataclass(frozen=True)
class Way:
    """How a PACS is spoken to. It can wait in the queue: it holds where a secret lies, never the secret."""

    aet: str = "VIVOMAP"
    plain: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    login_file: Path | None = None
    login_env: str | None = None
    silence: float = SILENCE_S

    def text(self) -> str:
        """The same as JSON, with whole paths, so that it holds in another folder too."""
        said = {k: str(v.absolute()) if isinstance(v, Path) else v for k, v in asdict(self).items()}
        return json.dumps({k: v for k, v in said.items() if v not in (None, False)}, sort_keys=True)

    def pacs(self, where: str) -> Pacs:
        """The PACS of this address. Raises Refusal `bad_setting`, `not_encrypted`, `login_open` or `file_absent`."""
        from vivomap.acquire.pacs import Certificates, Limits, Pacs, address, is_title

        at = address(where, self.plain)
        if not is_title(self.aet):
            raise Refusal("bad_setting", "this is no AE title", where="--aet", expected="1 to 16 plain characters")
        login = self.login()
        if login and not at.web:
            raise Refusal("bad_setting", "a login is for DICOMweb; DIMSE knows us by title and certificate")
        files = Certificates(self.tls_cert, self.tls_key, self.tls_ca)
        return Pacs(at, self.aet, files, login, Limits(idle_s=self.silence))

    def login(self) -> Login | None:
        """The login that is named, from its file or variable; None where none is."""
        from vivomap.acquire.pacs import from_environment, from_file

        if self.login_file:
            return from_file(self.login_file)
        return from_environment(self.login_env) if self.login_env else None


def way(text: str) -> Way:
    """A way from the JSON that the queue keeps. Raises Refusal `bad_setting`."""
    try:
        said = json.loads(text)
        known = {f.name for f in fields(Way)}
        paths = {k for k in known if k.startswith("tls_") or k == "login_file"}
        values: dict[str, Any] = {k: Path(v) if k in paths else v for k, v in said.items() if k in known}
        return Way(**values)
    except (ValueError, TypeError, AttributeError):
        raise Refusal("bad_setting", "the queue does not say how the PACS is spoken to", where="the outbox") from None

"""TLS towards a PACS: 1.2 or newer, the server's name and certificate checked, ours shown where there is one."""

from __future__ import annotations

import ssl

from vivomap.acquire.pacs.address import Certificates, Pacs
from vivomap.core import Refusal


def context(pacs: Pacs) -> ssl.SSLContext:
    """What we ask of an encrypted connection. Raises Refusal `bad_setting`.

    DIMSE needs certificates on both sides (rule S12); DICOMweb may go without ours.
    """
    files: Certificates = pacs.certificates
    if bool(files.own) != bool(files.key) or not (files.own or pacs.address.web):
        raise Refusal("bad_setting", "TLS needs our certificate and its key", where="--tls-cert, --tls-key")
    try:
        made = ssl.create_default_context(cafile=files.authority)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if files.own:
            made.load_cert_chain(files.own, files.key)
    except OSError as error:  # ssl.SSLError is one
        said = error.strerror or type(error).__name__
        raise Refusal("bad_setting", "the certificates cannot be used", where="--tls-cert", found=said) from error
    return made

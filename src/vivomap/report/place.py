"""A report file in its place: whole under its name, or not there."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from uuid import uuid4

from vivomap.core import Refusal

FULL = (errno.ENOSPC, errno.EDQUOT)


def place(path: Path, body: bytes) -> Path:
    """Write a file in place of an older one. Raises Refusal `cannot_write` or `disk_full`."""
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "xb") as out:
                out.write(body)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(error, path) from error
    return path


def _refused(error: OSError, path: Path) -> Refusal:
    said = error.strerror or type(error).__name__
    if error.errno in FULL:
        return Refusal("disk_full", f"no room to write {path.name}", where=str(path), found=said)
    return Refusal(
        "cannot_write",
        f"{path.name} cannot be written",
        where=str(path),
        found=said,
        expected="a folder that can be written",
        computed="the assessment; only its report is not written",
    )

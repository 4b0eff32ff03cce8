"""Programs of other makers that come from npm by a lock file: brought once for each lock, into the virtual environment.

A lock file holds no addresses (`.npmrc` says so); nothing of the packages is run while they are brought.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

LOCKED = ("package.json", "package-lock.json", ".npmrc")


class Peer(NamedTuple):
    """Node, and the folder in which a script finds its packages."""

    node: str
    home: Path


def peer(folder: Path, script: str) -> Peer:
    """The packages of a folder with its script beside them. Without node or npm the test skips, and in CI fails."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise absent("node and npm are not here: apt-get install nodejs npm")
    lock = hashlib.sha256(b"".join((folder / name).read_bytes() for name in LOCKED)).hexdigest()[:16]
    home = Path(sys.prefix) / "peers" / f"{folder.name}-{lock}"
    if not (home / "node_modules").is_dir():
        _install(npm, folder, home)
    part = home / f".{script}.{os.getpid()}"
    shutil.copy(folder / script, part)
    part.replace(home / script)
    return Peer(node, home)


def absent(said: str) -> BaseException:
    """What ends a test whose program is not there."""
    return pytest.fail.Exception(said) if os.environ.get("CI") else pytest.skip.Exception(said)


def _install(npm: str, folder: Path, home: Path) -> None:
    """Bring the packages, whole or not at all."""
    part = home.with_name(f".{home.name}.{os.getpid()}")
    part.mkdir(parents=True)
    for name in LOCKED:
        shutil.copy(folder / name, part)
    line = [npm, "ci", "--ignore-scripts", "--prefer-offline"]
    done = subprocess.run(line, cwd=part, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode != 0:
        shutil.rmtree(part)
        raise absent(f"npm cannot bring the packages of {folder.name}: {done.stderr.strip()[-300:]}")
    try:
        part.rename(home)
    except OSError:  # another process was first
        shutil.rmtree(part)

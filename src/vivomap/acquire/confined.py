"""A process of its own for what strangers wrote: whatever breaks there ends there (rule R8).

`Worker` is our end: it asks a program line by line and is answered line by line; one that dies or is too slow is ended,
and the next question starts another. `confined` is the first deed of such a program: limits on memory and files, no
network where the system lets it go, and nothing printed but the answers.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

try:
    import resource
except ImportError:  # not there on Windows
    resource = None  # type: ignore[assignment]

NEW_NETWORK = 0x40000000  # CLONE_NEWNET of Linux: a network of its own, in which there is nobody


def program(file: str, *words: str) -> list[str]:
    """The command that runs a module of ours as such a program."""
    return [sys.executable, "-P", "-W", "ignore", str(Path(file)), *words]


@dataclass(frozen=True, eq=False)
class Worker:
    """A program that answers lines; a new process takes the place of one that died."""

    command: Sequence[str]
    process: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def ask(self, line: bytes, seconds: float) -> bytes | None:
        """The answer to a line; None, and the process is ended, where it crashed or took longer."""
        if not self.process:
            pipe = subprocess.PIPE
            self.process.append(subprocess.Popen(self.command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL))
        worker = self.process[0]
        clock = threading.Timer(seconds, worker.kill)
        clock.start()
        try:
            worker.stdin.write(line)  # type: ignore[union-attr]
            worker.stdin.flush()  # type: ignore[union-attr]
            answer: bytes = worker.stdout.readline()  # type: ignore[union-attr]
        except BrokenPipeError:
            answer = b""
        finally:
            clock.cancel()
        if answer.endswith(b"\n"):
            return answer
        self.close()
        return None

    def close(self) -> None:
        """End the process."""
        while self.process:
            worker = self.process.pop()
            worker.kill()
            worker.communicate()


def confined(memory: int) -> IO[bytes]:
    """Take from this process what it does not need; gives where the answers go. `memory` is in bytes."""
    out = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    offline()
    warnings.simplefilter("ignore")
    return out


def offline() -> bool:
    """Leave the network for good; gives whether the system let us go (Linux does, where we may)."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None).unshare(NEW_NETWORK) == 0)


def be_brief(seconds: float) -> None:
    """Let the next question take no more processor time, also where nobody is left to end the process."""
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, hard))

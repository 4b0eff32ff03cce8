"""How a call ends: done, refused, interrupted or broken, each with its exit code (rule U3)."""

from __future__ import annotations

import datetime
import difflib
import errno
import os
import platform
import shlex
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer
from typer.exceptions import Abort, Exit, TyperException

from vivomap.cli.talk import clean, complain, manner, say
from vivomap.core.errors import Refusal
from vivomap.core.version import __version__

INTERRUPTED, TERMINATED = 130, 143
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)


def ending(call: Callable[[], Any], given: Sequence[str], verbs: Sequence[str]) -> int:
    """Run a command and give its exit code; whatever goes wrong is told in five lines, a bug in two."""
    began = time.monotonic()
    code, said = _run(call, given, verbs)
    verb = next((word for word in given if word in verbs), "none")
    return _logged(f"{verb} exit {code}{said and f' {said}'} after {time.monotonic() - began:.1f} s", code)


def _run(call: Callable[[], Any], given: Sequence[str], verbs: Sequence[str]) -> tuple[int, str]:
    """The exit code and, where there is one, the code of what went wrong."""
    try:
        answer = call()
        sys.stdout.flush()
        code = answer if isinstance(answer, int) else 0
        return (code, "") if code != INTERRUPTED else (_interrupted(given, code), "interrupted")
    except Refusal as refusal:
        return complain(refusal), refusal.code
    except (Abort, KeyboardInterrupt):
        return _interrupted(given, INTERRUPTED), "interrupted"
    except Exit as left:
        return left.exit_code, ""
    except TyperException as wrong:
        return complain(_usage(wrong, given, verbs)), "bad_setting"
    except SystemExit as left:
        return _left(left, given)
    except BrokenPipeError:
        return 0, ""
    except MemoryError:
        return complain(Refusal("out_of_memory", "there is no memory left for this")), "out_of_memory"
    except OSError as error:
        denied = _refused(error)
        if denied is None:
            return _bug(error), "bug"
        if error.filename is None:  # stdout itself: nothing more goes there, not even at the end
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return complain(denied, heard=error.filename is not None), denied.code
    except Exception as bug:
        return _bug(bug), "bug"


def _left(left: SystemExit, given: Sequence[str]) -> tuple[int, str]:
    """A call that was ended from outside, or whose reader has gone (which the parser answers with 1)."""
    if left.code == TERMINATED:
        return _interrupted(given, TERMINATED), "interrupted"
    return (0, "") if left.code in (None, 0, 1) else (int(left.code), "")


def _interrupted(given: Sequence[str], code: int) -> int:
    say(f"interrupted: what was finished is kept; go on with: vivomap {shlex.join(given)}")
    return code


def _refused(error: OSError) -> Refusal | None:
    """What the operating system did not allow, as a refusal; None for what is a bug of ours."""
    kind = {**dict.fromkeys(FULL, "disk_full"), **dict.fromkeys(FORBIDDEN, "cannot_write")}.get(error.errno or 0)
    if kind is None:
        return None
    where = str(error.filename or "standard output")
    return Refusal(kind, f"the system did not allow it: {error.strerror}", where=where)


def _usage(wrong: TyperException, given: Sequence[str], verbs: Sequence[str]) -> Refusal:
    verb = next((word for word in given if not word.startswith("-")), "")
    near = difflib.get_close_matches(verb, verbs, 1) if verb not in verbs else []
    hint = f"did you mean {near[0]!r}" if near else f"vivomap {verb if verb in verbs else ''} --help".replace("  ", " ")
    summary = " ".join(wrong.format_message().split()).rstrip(".")
    return Refusal("bad_setting", summary or "something is missing", where="the command line", hint=hint)


def _bug(bug: Exception) -> int:
    """A bug report without patient data: the kinds and places of the error, not its values."""
    frames = traceback.extract_tb(bug.__traceback__)
    places = [f"{Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames]
    when = datetime.datetime.now(datetime.UTC)
    text = "\n".join(
        (f"vivomap {__version__}, Python {platform.python_version()}, {platform.system()}", type(bug).__name__, *places)
    )
    path = Path(f"vivomap-bug-{when:%Y%m%d-%H%M%S}.txt")
    try:
        path.write_text(text + "\n", encoding="utf-8")
        kept = f"report written: {path}"
    except OSError:
        kept = text
    typer.echo(f"bug: {type(bug).__name__} in {places[-1] if places else 'vivomap'}", err=True)
    typer.echo(kept, err=True)
    if manner().verbose:
        typer.echo(clean("".join(traceback.format_exception(bug))), err=True)
    return 1


def _logged(line: str, code: int) -> int:
    """Add what was done to the log file, where one was asked for: verb, exit code and time, no paths or names."""
    if manner().log_file is None:
        return code
    when = datetime.datetime.now(datetime.UTC)
    try:
        with open(manner().log_file or "", "a", encoding="utf-8") as file:
            file.write(f"{when:%Y-%m-%dT%H:%M:%SZ} vivomap {__version__} {line}\n")
    except OSError as error:
        say(f"the log file cannot be written: {error.strerror}")
    return code

"""The command that reads numbers out of other people's objects, and says where these leave the standard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.talk import counted, emit, manner, plan, progress, say, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.harvest import Number, Sheet
    from vivomap.report.columns import Cell

EXAMPLES = (
    "vivomap harvest reports/ --out numbers.csv",
    "vivomap harvest letters/ --patterns patterns.toml --json",
)
PARTLY, NOTHING = 4, 3  # exit codes (rule U3)
NOT_HERE = "correct the path; what lies in a PACS comes by `vivomap fetch`, then `vivomap harvest --inbox`"
LISTED = 25  # complaints and refused files that are told one by one
SILENT = ("not_harvested", "not_an_image")  # files that hold no number anyway
HARMLESS = (*SILENT, "no_pattern")  # a text beside the objects may be a licence
HEAD = (
    *("name", "value", "unit", "uncertainty", "doubt", "lesion", "tracking_uid", "finding", "site", "day"),
    *("code", "scheme", "meaning", "qualifiers", "written", "item", "warnings"),
    *("kind", "patient", "maker", "sop_instance", "source", "file"),
)


def harvest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders.", show_default=False)] = None,
    inbox: Annotated[bool, typer.Option("--inbox", help="Also what the project has received.")] = False,
    patterns: Annotated[Path | None, typer.Option(help="A TOML file of patterns for text reports.")] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the table, .csv or .parquet.")] = None,
) -> int:
    """Read numbers out of reports, segmentations, dose reports, maps and texts of other makers; complain of faults."""
    from vivomap.acquire.harvest import harvest as read
    from vivomap.acquire.harvest import patterns as declared
    from vivomap.core import Study

    if patterns:
        declared(patterns)
    files = _files(paths or [], inbox)
    if manner().dry_run:
        steps = [f"read {counted(len(files), 'file')}, each in a process of its own"]
        plan(*steps, *([f"write the numbers to {out}"] if out else []))
        return 0
    with progress("harvesting") as told:
        sheets = read(files, patterns, told)
    witness.looked(Study(s.patient, None) for s in sheets if s.patient)
    if out:
        _write(out, sheets)
    _tell(sheets)
    return _exit_code(sheets)


def _files(paths: Sequence[Path], inbox: bool) -> list[Path]:
    """Every file that is meant. Raises Refusal if there is none."""
    found = [p for path in paths for p in _below(path)]
    if inbox:
        from vivomap.store import open_project
        from vivomap.store.inbox import open_inbox

        found += open_inbox(open_project(settings.project_folder(), create=False).path).files()
    if not found:
        hint = "name files or folders, or give --inbox"
        raise Refusal("empty_folder", "there is no file to read", where=", ".join(map(str, paths)), hint=hint)
    return list(dict.fromkeys(found))


def _below(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
    if not path.exists():
        raise Refusal("file_absent", f"there is nothing at {path}", where=str(path), hint=NOT_HERE)
    return [path]


def _write(out: Path, sheets: Sequence[Sheet]) -> None:
    from vivomap.report.columns import write

    write(out, HEAD, [_row(n, s) for s in sheets for n in s.numbers])
    say(f"write {out}")


def _row(number: Number, sheet: Sheet) -> tuple[Cell, ...]:
    about = number.about
    qualifiers = "; ".join(q.meaning or q.value for q in number.qualifiers)
    day = number.day.isoformat() if number.day else ""
    flags = "; ".join(f"{f.code}: {f.reason}" for f in number.flags)
    said: tuple[Cell, ...] = (number.name, number.value, number.unit, number.uncertainty, number.doubt)
    said = (*said, about.label, about.tracking, about.finding, about.site, day, *number.code, qualifiers)
    source = " ".join(number.provenance.source)
    return (
        *said,
        number.written,
        number.path,
        flags,
        sheet.kind,
        sheet.patient,
        sheet.maker,
        sheet.uid,
        source,
        sheet.path,
    )


def _tell(sheets: Sequence[Sheet]) -> None:
    """The table, what is missing, the complaints, what was refused, and how much there was of each."""
    if manner().json:
        emit("harvest", objects=[_plain(s) for s in sheets])
        return
    rows = [_line(n) for s in sheets for n in s.numbers]
    table(rows, ("number", "value", "unit", "uncertainty", "lesion", "day", "maker"))
    for s in sheets:
        for m in s.missing:
            say(f"not read: {m.name}{f' of {m.region}' if m.region else ''} in {s.path}: {m.code}, {m.reason}")
    _complain(sheets)
    refused = [s for s in sheets if s.refused and s.refused[0] not in SILENT]
    for s in refused[:LISTED]:
        say(f"refused {s.path}: {': '.join(s.refused or ())}")
    if len(refused) > LISTED:
        say(f"refused {len(refused) - LISTED} more; --json lists all")
    unsure = sum(n.uncertainty is None for s in sheets for n in s.numbers)
    read = sum(not s.refused for s in sheets)
    say(f"{counted(len(rows), 'number')} in {counted(read, 'object')}; {unsure} without a stated uncertainty")


def _line(n: Number) -> tuple[str, ...]:
    doubt = "not stated" if n.uncertainty is None else f"{n.uncertainty:.3g}"
    maker = str(dict(n.provenance.settings).get("manufacturer", ""))
    return n.name, f"{n.value:.6g}", n.unit, doubt, n.about.label, n.day.isoformat() if n.day else "none", maker


def _complain(sheets: Sequence[Sheet]) -> None:
    """Each complaint once for a maker, with how many objects have it."""
    told = [(s, c) for s in sheets for c in s.complaints]
    counts = Counter((s.maker, code) for s in sheets for code in {c.code for c in s.complaints})
    first = {(s.maker, c.code): (s, c) for s, c in reversed(told)}
    for (maker, code), times in sorted(counts.items(), key=lambda item: -item[1])[:LISTED]:
        s, c = first[maker, code]
        say(f"{code} by {maker or 'an unnamed maker'}, {counted(times, 'object')}: {c.says}")
        say(f"  read {c.read}; first at {c.place} of {s.path}")
    if len(counts) > LISTED:
        say(f"{len(counts) - LISTED} more kinds of complaint; --json lists all")


def _plain(sheet: Sheet) -> dict[str, Any]:
    from vivomap.acquire.harvest.wire import plain
    from vivomap.core import Measurement, encode

    data = plain(sheet)
    for told, number in zip(data["numbers"], sheet.numbers, strict=True):
        claim = number.claim()
        told["claim"] = encode(claim)
        told["measurement"] = isinstance(claim, Measurement)
    return data


def _exit_code(sheets: Sequence[Sheet]) -> int:
    lost = [s for s in sheets if s.refused and s.refused[0] not in HARMLESS]
    if all(s.refused for s in sheets):
        return NOTHING
    return PARTLY if lost or any(s.missing for s in sheets) else 0

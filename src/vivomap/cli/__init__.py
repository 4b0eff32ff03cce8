"""The commands, in the order of the loop; one function each, no arithmetic.

Global flags may stand before or after the verb. Data go to stdout, talk and progress to stderr.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from vivomap.cli import (
    align,
    audit,
    consent,
    deid,
    events,
    export,
    fetch,
    find,
    habitats,
    harmonise,
    harvest,
    heterogeneity,
    look,
    propose,
    protocol,
    qc,
    quarantine,
    queue,
    radiomics,
    receive,
    record,
    report,
    segment,
    send,
    telling,
    template,
    tiers,
    verify,
    walk,
    watch,
)
from vivomap.cli.ending import TERMINATED, ending
from vivomap.cli.group import examples, group
from vivomap.cli.talk import Manner, behave
from vivomap.core.version import __version__

SWITCHES = ("--json", "-q", "--quiet", "-v", "--verbose", "--no-color", "--dry-run", "--no-input", "--force-recompute")
VALUES = ("--project", "--log-file")
RESEARCH = "Research use only, not a medical device: it shows its reasons, a clinician decides."

app = typer.Typer(
    name="vivomap",
    help="Medical images become measurements with their error, followed over time and tied to a decision. " + RESEARCH,
    epilog=examples(("vivomap demo", "vivomap inspect FOLDER --json")),
    rich_markup_mode=None,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"vivomap {__version__}")
        raise typer.Exit


@app.callback()
def flags(
    json: Annotated[bool, typer.Option("--json", help="One documented JSON object on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No talk, no progress.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Plain text; so does NO_COLOR.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan, do nothing.")] = False,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask; name the flag to give instead.")] = False,
    force_recompute: Annotated[bool, typer.Option("--force-recompute", help="Reuse nothing.")] = False,
    project: Annotated[str | None, typer.Option(help="The project folder (default .vivomap).")] = None,
    log_file: Annotated[str | None, typer.Option(help="Append what was done, without patient data.")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Set the manner of this call."""
    behave(Manner(json, quiet, verbose, not no_color, dry_run, no_input, force_recompute, project, log_file))


COMMANDS: tuple[tuple[str, Callable[..., Any], tuple[str, str]], ...] = (
    ("init", record.init, ("vivomap init", "vivomap init --project trial7")),
    ("demo", walk.demo, ("vivomap demo", "vivomap demo pacs --out show")),
    ("inspect", look.inspect, ("vivomap inspect scans/", "vivomap inspect scans/ --json > found.json")),
    (
        "quantify",
        look.quantify,
        (
            "vivomap quantify scans/ --region GTV_Mass --biomarker suv_max",
            "vivomap quantify scans/ --region liver=sphere:-53,-57,24,12 --json",
        ),
    ),
    ("align", align.align, align.EXAMPLES),
    ("segment", segment.segment, segment.EXAMPLES),
    ("habitats", habitats.habitats, habitats.EXAMPLES),
    (
        "assess",
        walk.assess,
        (
            "vivomap assess lung_response visit1/ visit2/ --out report",
            "vivomap assess lung_response scans/ --treatments treatments.csv --out report --dry-run",
        ),
    ),
    ("history", telling.history, ("vivomap history", "vivomap history P-0417 --json")),
    (
        "export-region",
        look.export_region,
        (
            "vivomap export-region scans/ --region GTV_Mass --out mask.nii.gz",
            "vivomap export-region scans/ --region liver=sphere:-53,-57,24,12 --out liver.nii.gz",
        ),
    ),
    (
        "decide",
        record.decide,
        (
            'vivomap decide 3f9a1c --choose "continue treatment" --by "Dr A" --reason "shrinking"',
            'vivomap decide 3f9a1c --choose biopsy --by "Dr A" --reason "new lesion" --dissent "Dr B: wait"',
        ),
    ),
    (
        "outcome",
        record.outcome,
        (
            "vivomap outcome 3f9a1c progression no --day 2026-09-01",
            "vivomap outcome 3f9a1c alive yes --day 2027-01-01",
        ),
    ),
    (
        "receive",
        receive.receive,
        ("vivomap receive --allow PACS", "vivomap receive --port 0 --allow CT_1@192.0.2.7 --dry-run"),
    ),
    ("find", find.find, find.EXAMPLES),
    ("fetch", fetch.fetch, fetch.EXAMPLES),
    ("watch", watch.watch, watch.EXAMPLES),
    ("report", report.report, report.EXAMPLES),
    ("send", send.send, send.EXAMPLES),
    ("harvest", harvest.harvest, harvest.EXAMPLES),
    (
        "deid",
        deid.deid,
        (
            "vivomap deid scans/ outbox/ --key trial7.key --new-key",
            "vivomap deid --reidentify VM0123456789ABCDEF --key trial7.key",
        ),
    ),
    ("events", events.events, events.EXAMPLES),
    ("export", export.export, export.EXAMPLES),
    ("replay", record.replay, ("vivomap replay", "vivomap replay --json")),
    ("verify", verify.verify, verify.EXAMPLES),
    ("heterogeneity", heterogeneity.heterogeneity, heterogeneity.EXAMPLES),
    ("harmonise", harmonise.harmonise, harmonise.EXAMPLES),
    ("protocol", protocol.protocol, protocol.EXAMPLES),
    ("explain", look.explain, ("vivomap explain 3f9a1c", "vivomap explain uneven_slices")),
    (
        "affected",
        record.affected,
        ("vivomap affected --by scanner=Discovery", "vivomap affected --by dates=2026-01-01..2026-03-31"),
    ),
    (
        "recompute",
        record.recompute,
        ("vivomap recompute --by version=0.1.0", "vivomap recompute --by scanner=Discovery --dry-run"),
    ),
)
for _name, _function, _examples in COMMANDS:
    app.command(_name, epilog=examples(_examples))(_function)

EXPLAINED = ("vivomap config explain project", "vivomap config explain visit_window")
app.add_typer(group("Where settings come from.", (("explain", record.explain_setting, EXPLAINED),)), name="config")
app.add_typer(propose.propose, name="propose")
app.add_typer(radiomics.radiomics, name="radiomics")
app.add_typer(qc.qc, name="qc")
app.add_typer(quarantine.quarantine, name="quarantine")
app.add_typer(queue.queue, name="queue")
app.add_typer(template.template, name="template")
app.add_typer(tiers.tiers, name="tiers")
app.add_typer(audit.audit, name="audit")
app.add_typer(consent.consent, name="consent")


def hoist(arguments: Sequence[str]) -> list[str]:
    """Global flags moved to the front, so that they may stand anywhere before a lone `--`."""
    front: list[str] = []
    rest: list[str] = []
    queue = list(arguments)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return [*front, *rest, word, *queue]
        if word in SWITCHES or any(word.startswith(f"{v}=") for v in VALUES):
            front.append(word)
        elif word in VALUES and queue:
            front += [word, queue.pop(0)]
        else:
            rest.append(word)
    return [*front, *rest]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code (rule U3)."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    given = list(sys.argv[1:] if arguments is None else arguments)
    verbs = [*(name for name, _, _ in COMMANDS), *(group.name or "" for group in app.registered_groups)]
    sys.exit(ending(lambda: app(hoist(given) or ["--help"], standalone_mode=False, prog_name="vivomap"), given, verbs))

"""Results where they belong: the record, the PACS and the research archive by one policy, and whether they agree."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vivomap.cli import settings, witness
from vivomap.cli.group import group
from vivomap.cli.shipping import AWAY, PARTLY, Done, aboard, wanted
from vivomap.cli.talk import counted, emit, manner, plan, progress, say, show, table
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.store import Project
    from vivomap.store.tiers import Finding, Looked, Manifest, Numbers, Shipment, Tier

NO_CONSENT = "no_consent"
FOUND = 8  # exit code: the audit found something (rule U3)

Policy = Annotated[Path | None, typer.Option(help="The policy file (default: tiers.toml of the project).")]
Only = Annotated[list[str], typer.Option("--tier", help="Only this tier; may repeat.")]
Which = Annotated[str, typer.Argument(help="The id of an assessment: six digits or more.", show_default=False)]
Some = Annotated[
    list[str] | None, typer.Argument(help="Ids of assessments (default: all that were put).", show_default=False)
]
RawFolder = Annotated[Path | None, typer.Option("--raw", help="Where the raw DICOM files are, if not in the inbox.")]


def show_(policy: Policy = None) -> None:
    """What goes to which tier, for how long, and how much lies there by the project's own word."""
    from vivomap.store.tiers import assessed

    project, tiers = _project(), _tiers(policy)
    told = [(tier, len(assessed(project, tier.name))) for tier in tiers]
    if manner().json:
        emit("tiers", tiers=[{**_plain(tier), "assessments": count} for tier, count in told])
    rows = [(t.name, t.to, ", ".join((*t.forms, *wanted(t))), f"{t.keep_years} years", str(count)) for t, count in told]
    table(rows, ("tier", "place", "holds", "kept", "assessments"))
    for tier in tiers:
        where = "inside" if tier.inside else "outside"
        show(f"{tier.name}: {where} the hospital, for {tier.use}, set by {tier.by} on {tier.on}")


def put(
    assessment: Which,
    policy: Policy = None,
    tier: Only = [],  # noqa: B006 (typer copies it)
    raw: RawFolder = None,
    by: Annotated[str | None, typer.Option(help="Who answers for the report (or VIVOMAP_BY).")] = None,
) -> int:
    """Write an assessment into every tier as the policy says; what is there already is not sent again."""
    from vivomap.cli.report import filed
    from vivomap.store.consents import allows

    project, tiers = _project(), _tiers(policy, tier)
    whole = project.full_id(assessment)
    told = filed(project, whole, settings.value("by", by)[0] or "")
    if manner().dry_run:
        plan(*(f"put {', '.join((*t.forms, *wanted(t)))} of {whole[:12]} to {t.to} ({t.name})" for t in tiers))
        return 0
    who, patient, done = settings.value("by", by)[0] or "", told.assessment.study.patient, Done([], [], [])
    for each in tiers:
        if not allows(project, patient, each.use):
            done.barred.append(each.name)
            continue
        said = f"{', '.join((*each.forms, *wanted(each)))} to the tier {each.name}, {each.use}"
        witness.left(each.to, (patient,), said, project.path)
        with aboard(project, each, told, raw, who) as shipment, progress(f"to {each.name}") as step:
            _send(project, each, shipment, step, done)
    return _told(whole, done)


def _send(project: Project, tier: Tier, shipment: Shipment, step: Callable[[int, int], None], done: Done) -> None:
    """Send a shipment; a place that is away keeps the other tiers from nothing."""
    from vivomap.store import tiers

    try:
        done.sent.append(tiers.put(project, tier, tiers.open_place(tier), shipment, step))
    except Refusal as refusal:
        if refusal.code != "place_away":
            raise
        done.away.append(refusal)


def _told(whole: str, done: Done) -> int:
    """What was put where; the exit code says whether all that was asked for is there."""
    refused = [(s.manifest.tier, form, code) for s in done.sent for form, code in s.manifest.refused]
    refused += [(tier, "form", NO_CONSENT) for tier in done.barred]
    if manner().json:
        sent = [{"tier": s.manifest.tier, "written": list(s.written), "there": list(s.there)} for s in done.sent]
        lost = [{"tier": tier, "form": form, "code": code} for tier, form, code in refused]
        emit("tiers.put", assessment=whole, tiers=sent, refused=lost, away=[_away(r) for r in done.away])
    for s in done.sent:
        until = f"kept until {s.manifest.keep_until}"
        show(f"{s.manifest.tier}: {counted(len(s.written), 'object')} written, {len(s.there)} there already, {until}")
    for tier, form, code in refused:
        show(f"{tier}: no {form}, {code}; vivomap explain {code}")
    _complain(done.away)
    return AWAY if done.away else PARTLY if refused else 0


def audit(assessments: Some = None, policy: Policy = None, tier: Only = []) -> int:  # noqa: B006 (typer copies it)
    """Read every tier again: the same bytes, the same numbers in every form, and the version in force."""
    from vivomap.store.tiers import assessed

    project, tiers = _project(), _tiers(policy, tier)
    asked = {project.full_id(each) for each in assessments or ()}
    jobs = [(t, i) for t in tiers for i in assessed(project, t.name) if not asked or i in asked]
    if manner().dry_run:
        plan(*(f"read assessment {i[:12]} in {t.to} ({t.name})" for t, i in jobs))
        return 0
    if asked - {i for _, i in jobs} or not jobs:
        say("nothing was put there of what is asked: vivomap tiers put ID")
    patients = {i: project.assessment(i).study.patient for _, i in jobs}
    witness.told(patients.values(), "tiers", folder=project.path)
    looked: list[Looked] = []
    away: list[Refusal] = []
    with progress("reading the tiers") as step:
        for count, (each, key) in enumerate(jobs, 1):
            found = _looked(project, each, key)
            looked += [found] if not isinstance(found, Refusal) else []
            away += [found] if isinstance(found, Refusal) else []
            step(count, len(jobs))
    code = _judged(looked, away, jobs)
    return code or (PARTLY if asked - {i for _, i in jobs} else 0)


def _looked(project: Project, tier: Tier, key: str) -> Looked | Refusal:
    """What one tier holds of one assessment, against the project and its ledger."""
    from vivomap.store import tiers

    try:
        manifest = tiers.kept(project, tier.name, key)
        if manifest is None:
            return tiers.Looked(0, 0, 0, ())
        place, today = tiers.open_place(tier), datetime.datetime.now(datetime.UTC).date()
        found = tiers.audit(place, manifest, _numbers(project, key), today)
        more = (*_stale(project, manifest), *_barred(project, tier, manifest))
        return tiers.Looked(found.objects, found.bytes, found.forms, (*found.findings, *more))
    except Refusal as refusal:
        if refusal.code == "place_away":
            return refusal
        if refusal.code != "manifest_changed":
            raise
        return tiers.Looked(0, 0, 0, (tiers.Finding(refusal.code, tier.name, key, refusal.where, refusal.summary),))


def _numbers(project: Project, key: str) -> Numbers:
    """How the forms of an assessment are read back and held against the ledger."""
    from vivomap.cli.report import filed
    from vivomap.report import readback
    from vivomap.store.tiers import Numbers

    known, told = readback.readers(), filed(project, key)

    def wants(form: str, file: str) -> bool:
        return form in known and known[form].wants(file)

    def wrong(form: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
        return readback.wrong(told, form, files)

    return Numbers(wants, wrong)


def _stale(project: Project, manifest: Manifest) -> tuple[Finding, ...]:
    """Whether another version has taken the place of this one and is not in the tier."""
    from vivomap.store.tiers import assessed, in_force, stale

    newest = in_force(project, manifest.assessment)
    if newest == manifest.assessment or newest in assessed(project, manifest.tier):
        return ()
    return (stale(manifest.tier, manifest.assessment, newest, manifest.folder),)


def _barred(project: Project, tier: Tier, manifest: Manifest) -> tuple[Finding, ...]:
    """Whether results lie there of a patient who does not, or no longer, allow it."""
    from vivomap.store.consents import allows
    from vivomap.store.tiers import Finding

    if allows(project, project.assessment(manifest.assessment).study.patient, tier.use):
        return ()
    said = f"the patient does not allow {tier.use}; vivomap deletes nothing there"
    return (Finding(NO_CONSENT, tier.name, manifest.assessment, manifest.folder, said),)


def _judged(looked: list[Looked], away: list[Refusal], jobs: list[tuple[Tier, str]]) -> int:
    """What the audit found, thing by thing; gives the exit code."""
    findings = [finding for each in looked for finding in each.findings]
    objects, size, forms = (sum(getattr(each, name) for each in looked) for name in ("objects", "bytes", "forms"))
    if manner().json:
        counts = {"assessments": len({i for _, i in jobs}), "objects": objects, "bytes": size, "forms_compared": forms}
        emit("tiers.audit", **counts, findings=[vars(f) for f in findings], away=[_away(r) for r in away])
    for f in findings:
        show(f"{f.tier}: {f.code} in {f.object} (assessment {f.assessment[:12]}): {f.said}")
    for code in dict.fromkeys(f.code for f in findings):
        show(f"see vivomap explain {code}")
    _complain(away)
    read = f"{counted(objects, 'object')} in {counted(len({t.name for t, _ in jobs}), 'tier')} read"
    whole = f"{read}, numbers of {counted(forms, 'form')} compared"
    show(f"{whole}: {counted(len(findings), 'finding') if findings else 'all as on record'}")
    return FOUND if findings else AWAY if away else 0


def _complain(away: list[Refusal]) -> None:
    for line in (line for refusal in away for line in refusal.lines()):
        say(line)


def _away(refusal: Refusal) -> dict[str, str]:
    return {"code": refusal.code, "where": refusal.where, "found": refusal.found}


def _plain(tier: Tier) -> dict[str, Any]:
    return {**vars(tier), "forms": list(tier.forms), "on": tier.on.isoformat()}


def _project() -> Project:
    from vivomap.store import open_project

    return open_project(settings.project_folder(), create=False)


def _tiers(policy: Path | None, only: list[str] | None = None) -> tuple[Tier, ...]:
    """The tiers of the policy, or those that were asked for. Raises Refusal `unknown_name` for one it has not."""
    from vivomap.report.forms import forms
    from vivomap.store.tiers import FILE, read

    found = read(policy or settings.project_folder() / FILE, forms())
    for name in only or ():
        if name not in {t.name for t in found}:
            expected = ", ".join(t.name for t in found)
            raise Refusal("unknown_name", f"no tier is called {name!r}", where="--tier", expected=expected)
    return tuple(t for t in found if not only or t.name in only)


COMMANDS = (
    ("show", show_, ("vivomap tiers show", "vivomap tiers show --policy tiers.toml --json")),
    ("put", put, ("vivomap tiers put 3f9a1c --raw scans/", "vivomap tiers put 3f9a1c --tier research --dry-run")),
    ("audit", audit, ("vivomap tiers audit", "vivomap tiers audit 3f9a1c --tier research --json")),
)
tiers = group("Results in the record, the PACS and the research archive.", COMMANDS)

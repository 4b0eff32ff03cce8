"""Watch the inbox: a study that has arrived whole starts its pathway by itself, where a routing rule says so."""

from __future__ import annotations

import hashlib
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from vivomap.cli import qc, returning, settings, witness
from vivomap.cli.stopping import Stop, asked, stoppable
from vivomap.cli.talk import complain, counted, emit, exit_code, manner, say, show
from vivomap.core.errors import Refusal

if TYPE_CHECKING:
    from vivomap.acquire.routes import Route, Routes
    from vivomap.store.inbox import Inbox, Waiting

EXAMPLES = ("vivomap watch --routes routes.toml", "vivomap watch --once --dry-run")
PASSING = (5, 6)  # exit codes of troubles that are not the study's: busy, full (rule U3); it is tried again
AGAIN_S = 30.0  # after such a trouble; project
LOOK_S = 1.0  # between two looks at the journal; a look costs three queries


class Watch(NamedTuple):
    """What is watched, by which rules, after how long a quiet a study is complete, and where the reports go."""

    inbox: Inbox
    rules: Routes
    calm: float
    out: Path


def watch(
    routes: Annotated[Path | None, typer.Option(help="The routing rules (default: the project's routes.toml).")] = None,
    out: Annotated[Path, typer.Option(help="The folder for the reports.")] = Path("reports"),
    after: Annotated[float | None, typer.Option(help="Seconds without news after which a study is complete.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Take what is complete now, then end.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Give every complete study another turn.")] = False,
) -> int:
    """Assess each study that has arrived whole, by the routing rules, and send the results where they say.

    The same study sent again changes nothing. SIGTERM or Ctrl-C finishes the study at hand; exit code 0.
    """
    from vivomap.acquire.routes import routes as read_routes
    from vivomap.core import Pathway
    from vivomap.core.discover import discover
    from vivomap.store import open_project
    from vivomap.store.inbox import open_inbox, watching

    folder = settings.project_folder()
    rules = read_routes(routes or folder / "routes.toml", tuple(discover("vivomap.pathways", Pathway)))
    inbox = open_inbox(open_project(folder, create=not manner().dry_run).path)
    returning.checked(rules)
    one = Watch(inbox, rules, rules.quiet_s if after is None else after, out)
    if manner().dry_run:
        return _plan(one, again)
    stop: Stop = SimpleQueue()
    with watching(inbox):
        witness.service("vivomap watch", True, inbox.root)
        try:
            with stoppable(stop):
                return _look(one, stop, once, again)
        finally:
            witness.service("vivomap watch", False, inbox.root)


def short(study: str) -> str:
    """A study as logs name it: not by its UID, which leads to the patient."""
    return hashlib.sha256(study.encode()).hexdigest()[:12]


def _plan(one: Watch, again: bool) -> int:
    """What a real run would take now."""
    from vivomap.store.inbox import waits

    found = waits(one.inbox, one.calm, again)
    steps = [
        f"take study {w.study}: {', '.join(r.name for r in _routes(one, w)) or 'no route'}" for w in found.complete
    ]
    if manner().json:
        emit("plan", steps=steps)
        return 0
    for step in steps:
        show(f"would {step}")
    show(f"{counted(found.coming, 'study')} coming in, {counted(found.unjudged, 'object')} without a verdict")
    return 0


def _look(one: Watch, stop: Stop, once: bool, again: bool) -> int:
    """Look at the journal again and again until asked to stop; gives the worst exit code of a single round."""
    from vivomap.store.inbox import waits

    say(f"watching {one.inbox.root / 'inbox'} by {counted(len(one.rules.routes), 'route')}; quiet is {one.calm:g} s")
    said, worst = 0, 0
    while True:
        found = waits(one.inbox, one.calm, again)
        trouble = False
        for waiting in found.complete:
            code = _take(one, waiting)
            worst, trouble = max(worst, code), code in PASSING
            if trouble or asked(stop):
                break
        if any(route.sends for route in one.rules.routes):
            returning.sent(one.inbox.root)
        if found.unjudged > said:
            say(f"{counted(found.unjudged, 'object')} without a verdict; is vivomap receive running?")
        said, again = found.unjudged, False
        if once:
            return worst
        if asked(stop, AGAIN_S if trouble else 0 if found.complete else LOOK_S):
            return 0


def _routes(one: Watch, waiting: Waiting) -> list[Route]:
    """The routes that take a study."""
    from vivomap.acquire.routes import told
    from vivomap.store.inbox import of_patient

    series = told(of_patient(one.inbox, waiting.study).get(waiting.study, ()))
    return [route for route in one.rules.routes if route.takes(series)]


def _take(one: Watch, waiting: Waiting) -> int:
    """Give a study its turn, and put on record what came of it; gives the exit code. The next study goes on."""
    from vivomap.store.inbox import Turn, take
    from vivomap.store.inbox.studies import DEATHS_MOST

    study, upto, deaths = waiting
    if deaths >= DEATHS_MOST:
        summary = f"{deaths} turns of this study died before they ended"
        refusal = Refusal("gave_up", summary, where=f"study {short(study)}")
        take(one.inbox, Turn(study, upto, "refused", refusal.code))
        return complain(refusal)
    take(one.inbox, Turn(study, upto, "begun"))
    try:
        checked = _checked(one, study)
        made = {route.name: _walk(one, route, study) for route in _routes(one, waiting)}
    except KeyboardInterrupt:
        take(one.inbox, Turn(study, upto, "stopped"))
        raise
    except Refusal as refusal:
        state = "stopped" if exit_code(refusal.code) in PASSING else "refused"
        take(one.inbox, Turn(study, upto, state, refusal.code, (("reason", refusal.summary),)))
        return complain(refusal)
    phantom = f"a phantom, {counted(checked, 'value')} on the charts" if checked else "no route takes it"
    say(f"study {short(study)}: {', '.join(made) or phantom}")
    take(one.inbox, Turn(study, upto, "done" if made or checked else "passed", body=(("assessments", made),)))
    return 0


def _checked(one: Watch, study: str) -> int:
    """Put the phantoms of a study on the charts of their scanners; gives how many values."""
    from vivomap.acquire.quality.header import called
    from vivomap.cli.gather import found
    from vivomap.store.inbox import of_patient

    files = of_patient(one.inbox, study).get(study, ())
    if not called(files):
        return 0
    return sum(len(qc.taken(each, one.inbox.root, called=True)) for each in found(list(files)))


def _walk(one: Watch, route: Route, study: str) -> list[str]:
    """Take the patient's visits through the pathway of a route, send what is new; gives the assessments' ids."""
    from vivomap.acquire.routes import told
    from vivomap.cli.gather import Request, dated, gather
    from vivomap.cli.walk import adapted, run
    from vivomap.core import identify
    from vivomap.store.inbox import of_patient

    studies = of_patient(one.inbox, study).values()
    paths = tuple(path for files in studies if route.takes(told(files)) for path in files)
    folder = one.inbox.root
    visits = dated(gather(Request(paths, window=settings.number("visit_window", None))).visits)
    name = hashlib.sha256(f"{visits[0].patient}\n{route.pathway}".encode()).hexdigest()[:16]  # rule R4
    made = [identify(a) for a in run(adapted(route.pathway, None, folder), visits, one.out / name, folder)]
    for send in route.sends:
        for whole in made:
            returning.enqueue(folder, whole, send)
    return made

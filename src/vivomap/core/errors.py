"""The one error of vivomap: a refusal, in a sentence that a radiographer understands.

A number that cannot be carried is refused, with a code that has a page: `core/codes/CODE.md`.
"""

from __future__ import annotations

from importlib.resources import files


class Refusal(Exception):
    """A measurement, verdict or file that is not given, with the reason.

    `code` names a page in `core/codes`; `summary` is one sentence; the other fields fill the five lines that a
    person reads: where, what was found and expected, what was and was not computed, what to try.
    """

    def __init__(
        self,
        code: str,
        summary: str,
        *,
        where: str = "",
        found: str = "",
        expected: str = "",
        computed: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(code, summary)
        self.code = code
        self.summary = summary
        self.where = where
        self.found = found
        self.expected = expected
        self.computed = computed
        self.hint = hint

    def __str__(self) -> str:
        return self.summary

    @property
    def reason(self) -> str:
        """The summary with what was found and expected, where it does not say so itself."""
        told = (("found", self.found), ("expected", self.expected))
        more = "; ".join(f"{word} {text}" for word, text in told if text and text not in self.summary)
        return f"{self.summary} ({more})" if more else self.summary

    def __reduce__(self) -> tuple[object, ...]:
        """Carry every field through pickle, as worker processes need."""
        return (_rebuild, (self.code, self.summary, self.__dict__))

    def lines(self) -> tuple[str, str, str, str, str]:
        """The five short lines of rule U4: summary, where, found and expected, computed, what to try."""
        found = "; ".join(
            f"{word} {text}" for word, text in (("found", self.found), ("expected", self.expected)) if text
        )
        return (
            f"{self.code}: {self.summary}",
            f"where: {self.where or 'see above'}",
            f"{found or 'found: as said above'}",
            f"computed: {self.computed or 'nothing for this item; what came before it is kept'}",
            f"try: {self.hint or first_remedy(self.code)}; vivomap explain {self.code}",
        )


def _rebuild(code: str, summary: str, fields: dict[str, str]) -> Refusal:
    refusal = Refusal(code, summary)
    refusal.__dict__.update(fields)
    return refusal


def codes() -> tuple[str, ...]:
    """Every code that has a page, in alphabetical order."""
    return tuple(sorted(p.name[:-3] for p in (files(__package__) / "codes").iterdir() if p.name.endswith(".md")))


def page(code: str) -> str:
    """The page of one code, as Markdown. Raises Refusal if there is none."""
    if code not in codes():
        raise Refusal("unknown_name", f"there is no page for {code!r}", hint="see docs/errors.md for every code")
    return (files(__package__) / "codes" / f"{code}.md").read_text(encoding="utf-8")


def first_remedy(code: str) -> str:
    """The first line under "What to do" on the page of a code."""
    lines = page(code).split("## What to do", 1)[-1].strip().splitlines()
    return lines[0].removeprefix("- ").rstrip(".") if lines else "read the page of this code"

"""Control charts of scanners: what is on record of their phantoms, whether they were in control on a day, and flags."""

from vivomap.store.control.charts import Line, flags, lines, watched
from vivomap.store.control.rules import DEFAULTS, FILE, Rule, rules

__all__ = ["DEFAULTS", "FILE", "Line", "Rule", "flags", "lines", "rules", "watched"]

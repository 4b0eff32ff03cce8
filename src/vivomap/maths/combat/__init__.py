"""ComBat: the additive and multiplicative part of a scanner taken out of many features at once, biology kept."""

from vivomap.maths.combat.design import FEWEST, Samples
from vivomap.maths.combat.fit import added, applied, fit
from vivomap.maths.combat.folds import across

__all__ = ["FEWEST", "Samples", "across", "added", "applied", "fit"]

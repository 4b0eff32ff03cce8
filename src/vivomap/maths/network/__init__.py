"""Runs trained networks that others made: from a model card, only inside of the domain that the card states.

The room knows no medicine: it takes arrays with their spacing and what the card asks for, and gives chances by label.
"""

from vivomap.maths.network.bundle import read_card
from vivomap.maths.network.card import Card, Input
from vivomap.maths.network.domain import Seen, check
from vivomap.maths.network.run import predict

__all__ = ["Card", "Input", "Seen", "check", "predict", "read_card"]

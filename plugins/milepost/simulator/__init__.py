"""A made-up study: patients, sites, their file formats and their dirt. No person or hospital in it exists."""

from milepost.simulator.deliveries import SimulatedDelivery, deliveries, nights
from milepost.simulator.files import read_history, write_history
from milepost.simulator.history import History, simulate
from milepost.simulator.truth import expected_verdicts

__all__ = [
    "History",
    "SimulatedDelivery",
    "deliveries",
    "expected_verdicts",
    "nights",
    "read_history",
    "simulate",
    "write_history",
]

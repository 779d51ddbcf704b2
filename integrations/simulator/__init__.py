"""A Quoter and a Halo that keep state, refuse, lag and fail on request: for the demo and the tests.

It knows the wire only: it imports nothing of the portal's own code, so that it cannot agree with its mistakes.
"""

from integrations.simulator.faults import Fault
from integrations.simulator.simulator import Simulator

__all__ = ["Fault", "Simulator"]

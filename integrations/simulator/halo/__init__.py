"""The Halo side: state and behaviour of a HaloPSA as its API shows them."""

from integrations.simulator.halo.halo import Halo
from integrations.simulator.halo.requests import RecordedRequest

__all__ = ["Halo", "RecordedRequest"]

"""The Quoter side: quotes, and the webhooks that tell of them."""

from integrations.simulator.quoter.delivery import Delivery, DeliveryResult
from integrations.simulator.quoter.quoter import Quoter

__all__ = ["Delivery", "DeliveryResult", "Quoter"]

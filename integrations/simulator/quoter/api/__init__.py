"""Quoter's two REST APIs and the download of a quote's PDF."""

from integrations.simulator.quoter.api.front import Call, broken, handle

__all__ = ["Call", "broken", "handle"]

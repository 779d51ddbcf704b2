"""The one door to the network; nothing else in the portal imports `requests`."""

from integrations.http.door import Http
from integrations.http.guard import check_address
from integrations.http.messages import Call, Deadline, Gate, Request, Response

__all__ = ["Call", "Deadline", "Gate", "Http", "Request", "Response", "check_address"]

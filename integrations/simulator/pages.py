"""The pages for people: Quoter's at /, Halo's at /halo/, and the quote that a link opens."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from integrations.simulator import views
from integrations.simulator.faults import Fault
from integrations.simulator.halo import Halo
from integrations.simulator.halo.goods import read_data
from integrations.simulator.quoter import Quoter
from integrations.simulator.quoter.quotes import Quote

_ASSETS = Path(__file__).parent / "assets"
_SLOW_S = 8
_TROUBLE = {
    "500": Fault("500"),
    "429": Fault("429", retry_after=20),
    "drop": Fault("drop-after", method="POST"),
    "slow": Fault("hang", seconds=_SLOW_S),
}
_ACTIONS = {"publish", "accept", "order", "fulfil", "lose"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_URLS = Map(
    [
        Rule("/", endpoint="quotes", methods=["GET"]),
        Rule("/quoter/quotes", endpoint="new", methods=["POST"]),
        Rule("/quoter/quotes/<int:quote_id>", endpoint="quote", methods=["GET"]),
        Rule("/quoter/quotes/<int:quote_id>/save", endpoint="store", methods=["POST"]),
        Rule("/quoter/quotes/<int:quote_id>/<action>", endpoint="act", methods=["POST"]),
        Rule("/quoter/deliveries/<int:delivery_id>/resend", endpoint="resend", methods=["POST"]),
        Rule("/quoter/quotes/<int:quote_id>/pay", endpoint="pay", methods=["POST"]),
        Rule("/quoter/quote/webview/<uuid>", endpoint="webview", methods=["GET"]),
        # The address that Quoter's legacy API gives of a new draft.
        Rule("/quoter/admin/quotes/draft_by_public_id/<public_id>", endpoint="draft", methods=["GET"]),
        Rule("/halo/attachments/<int:attachment_id>", endpoint="attachment", methods=["GET"]),
        Rule("/halo/", endpoint="halo", methods=["GET"]),
        Rule("/halo/trouble", endpoint="trouble", methods=["POST"]),
        # Deep links, such as /halo/orders?quoteid=1: all of Halo is on one page here.
        Rule("/halo/<path:anything>", endpoint="halo", methods=["GET"]),
        Rule("/<any('style.css', 'lines.js'):name>", endpoint="asset", methods=["GET"]),
    ],
    strict_slashes=True,
)


class Pages:
    """Renders the pages and does what their buttons say."""

    def __init__(self, halo: Halo, quoter: Quoter) -> None:
        self.halo = halo
        self.quoter = quoter

    def respond(self, request: Request) -> Response:
        """Answer one request."""
        urls = _URLS.bind_to_environ(request.environ)
        try:
            endpoint, values = urls.match()
            view: Callable[..., Response] = getattr(self, f"_{endpoint}")
            response = view(request, **values)
        except ValueError as exc:
            response = self._page("simulator/error.html", {"message": str(exc)}, status=400)
        except HTTPException as exc:
            if exc.code is not None and 300 <= exc.code < 400:
                return exc.get_response(request.environ)
            text = exc.description or exc.name
            response = self._page("simulator/error.html", {"message": text}, status=exc.code or 500)
        response.headers.update(_HEADERS)
        return response

    def _page(self, template: str, context: dict[str, Any], *, status: int = 200) -> Response:
        return Response(render_to_string(template, context), status, content_type="text/html; charset=utf-8")

    def _asset(self, request: Request, name: str) -> Response:
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return Response((_ASSETS / name).read_text(encoding="utf-8"), mimetype=kind)

    def _quotes(self, request: Request) -> Response:
        return self._page("simulator/quotes.html", views.quotes_page(self.quoter))

    def _quote(self, request: Request, quote_id: int) -> Response:
        categories = [group["name"] for group in self.halo.groups.values()]
        return self._page("simulator/quote.html", views.quote_page(self._find(quote_id), categories))

    def _webview(self, request: Request, uuid: str) -> Response:
        quote = next((q for q in list(self.quoter.quotes.values()) if q.uuid == uuid), None)
        if quote is None:
            raise NotFound("There is no quote at this address.")
        return self._page("simulator/webview.html", views.webview_page(quote))

    def _draft(self, request: Request, public_id: str) -> Response:
        quote = next((q for q in list(self.quoter.quotes.values()) if q.public_id == public_id), None)
        if quote is None:
            raise NotFound("There is no quote at this address.")
        return redirect(f"/quoter/quotes/{quote.id}", 302)

    def _pay(self, request: Request, quote_id: int) -> Response:
        self.quoter.pay(quote_id, request.form.get("amount", ""))
        return redirect("/#deliveries", 303)

    def _attachment(self, request: Request, attachment_id: int) -> Response:
        row = self.halo.attachments.get(attachment_id)
        if row is None:
            raise NotFound("There is no such file.")
        content = read_data(str(row.get("data_base64") or ""))
        # Whatever was attached: shown only where a browser runs nothing of it, else saved.
        pdf = content.startswith(b"%PDF-")
        response = Response(content, mimetype="application/pdf" if pdf else "application/octet-stream")
        response.headers.set("Content-Disposition", "inline" if pdf else "attachment", filename=row["filename"])
        return response

    def _new(self, request: Request) -> Response:
        quote = self.quoter.create_quote("New quote", lines=[])
        return redirect(f"/quoter/quotes/{quote.id}", 303)

    def _store(self, request: Request, quote_id: int) -> Response:
        """Save a draft; of a published quote, editing makes a revision."""
        quote, form = self._find(quote_id), request.form
        lines = views.read_lines(form, quote)
        text = {
            "name": form.get("name", "").strip() or quote.name,
            "internal_notes": form.get("internal_notes", ""),
        }
        if quote.status == "draft":
            self.quoter.edit(quote.id, lines=lines, **text)
            return redirect(f"/quoter/quotes/{quote.id}", 303)
        self.quoter.revise(quote.id, lines=lines, **text)
        return redirect("/#deliveries", 303)

    def _act(self, request: Request, quote_id: int, action: str) -> Response:
        if action not in _ACTIONS:
            raise NotFound()
        getattr(self.quoter, action)(quote_id)
        return redirect("/#deliveries", 303)

    def _resend(self, request: Request, delivery_id: int) -> Response:
        self.quoter.resend(delivery_id)
        return redirect("/#deliveries", 303)

    def _halo(self, request: Request, anything: str = "") -> Response:
        self.halo.catch_up()
        return self._page("simulator/halo.html", views.halo_page(self.halo, request.args))

    def _trouble(self, request: Request) -> Response:
        fault = _TROUBLE.get(request.form.get("kind", ""))
        if fault is None:
            self.halo.faults.clear()
        else:
            self.halo.fail(Fault(**vars(fault)))
        return redirect("/halo/", 303)

    def _find(self, quote_id: int) -> Quote:
        quote = self.quoter.quotes.get(quote_id)
        if quote is None:
            raise NotFound(f"There is no quote {quote_id}.")
        return quote

"""A quote's PDF, made by hand: a page or more of text that any reader opens."""

from integrations.simulator.answers import Answer
from integrations.simulator.quoter.account import Account
from integrations.simulator.quoter.encoding import money, plain
from integrations.simulator.quoter.quotes import Quote
from integrations.simulator.quoter.requests import ApiRequest

PATH = "/quote/download/"
_ROWS_PER_PAGE = 44


def download(account: Account, request: ApiRequest) -> Answer:
    """Answer GET /quote/download/<uuid>; that it opens without a login is inferred, not seen [I]."""
    uuid = request.path.removeprefix(PATH)
    with account.lock:
        quote = next((one for one in account.quotes.values() if one.uuid == uuid), None)
        if quote is None or request.method != "GET":
            page = b"<!doctype html><title>Not found</title><h1>This quote does not exist.</h1>"
            return Answer(404, page, content_type="text/html; charset=utf-8")
        name = f"{'Draft' if quote.is_draft else f'Quote-{quote.number}'}.pdf"
        headers = {"Content-Disposition": f'inline; filename="{name}"'}
        return Answer(200, make_pdf(_rows(quote)), headers=headers, content_type="application/pdf")


def _rows(quote: Quote) -> list[str]:
    recurring = quote.total(recurring=True)
    return [
        f"Quote {quote.number}: {quote.name}",
        f"For {quote.contact.name}, {quote.contact.organization}",
        "",
        *(f"{plain(line.quantity)} x {line.name}: {money(line.net)}" for line in quote.lines if line.counts),
        "",
        f"Total {money(quote.total(recurring=False))} {quote.currency}",
        *([f"and {money(recurring)} {quote.currency} {quote.interval.replace('_', '-')}"] if recurring else []),
    ]


def make_pdf(rows: list[str]) -> bytes:
    """Return a PDF 1.4 that shows the rows, as many pages as they need."""
    pages = [rows[start : start + _ROWS_PER_PAGE] for start in range(0, len(rows), _ROWS_PER_PAGE)] or [[]]
    numbers = [4 + 2 * index for index in range(len(pages))]
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in zip(numbers, pages, strict=True):
        content = _content(page)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _assemble(objects)


def _content(rows: list[str]) -> bytes:
    shown = b"".join(b"(%s) Tj T*\n" % _escape(row) for row in rows)
    return b"BT /F1 12 Tf 17 TL 50 790 Td\n" + shown + b"ET"


def _escape(text: str) -> bytes:
    """Write a text as a PDF string; what the font cannot show becomes a question mark."""
    raw = " ".join(text.split()).encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _assemble(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)

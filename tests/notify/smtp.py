"""As much of a mail server as takes one message."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """Where it listens and what it took."""

    port: int = 0
    recipients: list[str] = field(default_factory=list)
    text: str = ""


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run one on this machine."""
    server = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            for line in self.rfile:
                command = line.decode().strip()
                if found := re.match(r"RCPT TO:<(.+?)>", command, re.IGNORECASE):
                    server.recipients.append(found[1])
                if command.upper() == "DATA":
                    self.say("354 go on")
                    lines = iter(self.rfile.readline, b".\r\n")
                    server.text = b"".join(lines).decode()
                self.say("221 bye" if command.upper() == "QUIT" else "250 ok")
                if command.upper() == "QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as tcp:
        server.port = tcp.server_address[1]
        thread = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            tcp.shutdown()
            thread.join()

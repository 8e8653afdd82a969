"""A mail server for tests: real sockets, on a free port, in a thread; it keeps the mails that it is given."""

import base64
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class PostOffice:
    """What it was told and given. `refuses` is a command that it answers with 550, quoting what it was sent."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    at_once: bool = False
    refuses: str = ""
    commands: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)  # for each mail, whether it came under TLS
    login: str = ""

    def serve(self, line: socket.socket) -> None:
        """One line, from greeting to QUIT."""
        if self.at_once and self.tls:
            line = self.tls.wrap_socket(line, server_side=True)
        with line:
            stream = line.makefile("rwb", buffering=0)
            stream.write(b"220 here\r\n")
            while said := stream.readline().decode().rstrip("\r\n"):
                self.commands.append(said)
                verb = said.split(" ")[0].split(":")[0].upper()
                if verb == self.refuses:
                    stream.write(f"550 not wanted: {said}\r\n".encode())
                elif verb == "STARTTLS" and self.tls:
                    stream.write(b"220 go\r\n")
                    stream.close()
                    line = self.tls.wrap_socket(line, server_side=True)
                    stream = line.makefile("rwb", buffering=0)
                elif verb == "DATA":
                    stream.write(b"354 go\r\n")
                    self._keep(b"".join(iter(stream.readline, b".\r\n")), isinstance(line, ssl.SSLSocket))
                    stream.write(b"250 kept\r\n")
                else:
                    stream.write(self._answer(verb, said, isinstance(line, ssl.SSLSocket)))
                if verb == "QUIT":
                    break
            stream.close()
            line.close()

    def _keep(self, mail: bytes, secured: bool) -> None:
        self.mails.append(mail.replace(b"\r\n..", b"\r\n."))  # RFC 5321 4.5.2
        self.secured.append(secured)

    def _answer(self, verb: str, said: str, secured: bool) -> bytes:
        if verb == "EHLO":
            offers = ["post office", "8BITMIME", "AUTH PLAIN", *([] if secured or not self.tls else ["STARTTLS"])]
            return "".join(f"250{'-' if more else ' '}{offer}\r\n" for offer, more in self._listed(offers)).encode()
        if verb == "AUTH":
            self.login = base64.b64decode(said.split(" ")[2]).decode()
            return b"235 welcome\r\n"
        return b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n"

    @staticmethod
    def _listed(offers: list[str]) -> Iterator[tuple[str, bool]]:
        return ((offer, offer is not offers[-1]) for offer in offers)


@contextmanager
def post_office(*, tls: ssl.SSLContext | None = None, at_once: bool = False, refuses: str = "") -> Iterator[PostOffice]:
    """Open as long as the block lasts."""
    door = socket.create_server(("127.0.0.1", 0))
    office = PostOffice(door.getsockname()[1], tls, at_once, refuses)

    def one(line: socket.socket) -> None:
        with suppress(OSError):
            office.serve(line)

    def work() -> None:
        lines = []
        with suppress(OSError):
            while True:
                line, _ = door.accept()
                line.settimeout(60)
                lines.append(threading.Thread(target=one, args=(line,)))
                lines[-1].start()
        for thread in lines:
            thread.join(60)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield office
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join(60)


def certified(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for this machine that signs itself: its file, and the server's side of it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post office")])
    here = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "post-office.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context

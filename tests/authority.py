"""A time-stamping authority on loopback: real certificates, real answers of `openssl ts`, one request at a time."""

from __future__ import annotations

import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Self

HOST = "horodatage.example"
URL = f"http://{HOST}/tsa"

_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectAltName = DNS:{long}.example
[ts]
default_tsa = authority
[authority]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


def openssl(*words: object, code: int = 0) -> str:
    """Run openssl and return what it said; fail when it ends with another code than `code`."""
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


class Authority:
    """`with Authority(folder) as authority`: answers at `URL`, which `loopback` leads to.

    `roots` holds its root certificate. `answers` says what it does: "stamp", "chain" (its certificates in an order that
    strict DER forbids), "other" (it stamps something else), "refuse", or "page" (an HTML page). `asked` counts.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.roots = folder / "roots"
        self.roots.mkdir(parents=True)
        self.answers, self.asked = "stamp", 0
        (folder / "serial").write_text("01\n")
        self._certificate("root", "ca")
        self._certificate("signer", "tsa")
        shutil.copy(folder / "root.pem", self.roots / "root.pem")

    def _certificate(self, name: str, kind: str) -> None:
        at = self.folder
        text = _CONFIG.format(name=f"{name} essai", folder=at, long="a" * 60 + "." + "b" * 60)
        (at / "openssl.cnf").write_text(text)
        key, asked = at / f"{name}.key", at / "asked.csr"
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        openssl("req", "-new", "-key", key, "-config", at / "openssl.cnf", "-out", asked)
        signed_by = (
            ("-signkey", key) if kind == "ca"
            else ("-CA", at / "root.pem", "-CAkey", at / "root.key", "-set_serial", "0x2")
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", asked, *signed_by, "-days", "3650", "-extfile", at / "openssl.cnf", "-extensions", kind,
            "-out", at / f"{name}.pem",
        )  # fmt: skip

    def reply(self, query: bytes) -> bytes:
        """Return the raw answer to a raw query."""
        at = self.folder
        (at / "query.tsq").write_bytes(query)
        if self.answers == "other":
            (at / "other").write_bytes(b"autre chose")
            openssl("ts", "-query", "-data", at / "other", "-sha256", "-cert", "-out", at / "query.tsq")
        if self.answers == "refuse":
            # An algorithm this authority does not take.
            (at / "other").write_bytes(b"autre chose")
            openssl("ts", "-query", "-data", at / "other", "-sha1", "-out", at / "query.tsq")
        text = (at / "openssl.cnf").read_text()
        # The signer's own certificate is the longer one: strict DER wants it last, and openssl writes it first.
        (at / "ts.cnf").write_text(text + (f"certs = {at}/root.pem\n" if self.answers == "chain" else ""))
        openssl(
            "ts", "-reply", "-config", at / "ts.cnf", "-section", "authority", "-queryfile", at / "query.tsq",
            "-out", at / "reply.tsr",
        )  # fmt: skip
        return (at / "reply.tsr").read_bytes()

    @property
    def loopback(self) -> dict[str, tuple[str, int]]:
        """Return where `URL` is found on this machine."""
        return {HOST: ("127.0.0.1", self._server.server_port)}

    def __enter__(self) -> Self:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers["Content-Length"]))
                authority.asked += 1
                page = authority.answers == "page" or self.headers["Content-Type"] != "application/timestamp-query"
                body = b"<p>Bienvenue</p>" if page else authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if page else "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

"""An identity provider for the tests: its public key by https inside one zone, and tokens that its private key signs.

The zones cannot reach the host, so what serves the key runs in a zone's network: this module as a program.
"""

import datetime
import http.server
import json
import ssl
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from dev.cluster.addresses import ZONES
from hooks.clients.authority import issue, new_authority

_CERTIFICATE, _KEY, _KEYS = "tls.crt", "tls.key", "keys.json"
_PORT = 8443


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """Where brokers find the key, and who signs."""

    address: str
    authority: str
    """Who vouches for the provider's own certificate, in PEM."""
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def issuer(self) -> str:
        """What its tokens call it."""
        return f"https://{self.address}:{_PORT}/"

    @property
    def keys(self) -> str:
        """Where its public key is."""
        return f"{self.issuer}keys"

    def token(self, bearer: str, audience: str, seconds: int = 600) -> str:
        """Return a token for this bearer that holds so long."""
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": bearer, "aud": audience, "iat": now, "exp": now + seconds}
        signed = b".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "one"}, claims))
        signature = self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return b".".join((signed, _encoded(signature))).decode()


@contextmanager
def identity_provider(folder: Path) -> Generator[IdentityProvider]:
    """Run one in the first zone until the block ends."""
    zone = ZONES[0]
    address, now = str(zone.address), datetime.datetime.now(datetime.UTC)
    authority, key = new_authority("login", now), rsa.generate_private_key(65537, 2048)
    material = issue(authority, "login", (address,), (now, 1))
    (folder / _CERTIFICATE).write_bytes(material.certificate)
    (folder / _KEY).write_bytes(material.key)
    (folder / _KEYS).write_text(json.dumps({"keys": [_public(key)]}))
    inside = ["nsenter", f"--net=/run/netns/{zone.namespace}", "--", sys.executable, "-m", __name__]
    root, command = Path(__file__).parents[3], [*inside, address, str(folder)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "serves\n"
            yield IdentityProvider(address=address, authority=authority.pem.decode(), key=key)
        finally:
            process.terminate()


def serve(address: str, folder: Path) -> None:
    """Answer every question with the keys, until the process is ended."""
    body = (folder / _KEYS).read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that callers use
            """Say nothing."""

    server = http.server.ThreadingHTTPServer((address, _PORT), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / _CERTIFICATE, folder / _KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("serves", flush=True)
    server.serve_forever()


def _public(key: rsa.RSAPrivateKey) -> dict[str, str]:
    """Return the public key as a JSON Web Key (RFC 7518, 6.3.1)."""
    numbers = key.public_key().public_numbers()
    modulus, exponent = (_encoded(n.to_bytes((n.bit_length() + 7) // 8, "big")) for n in (numbers.n, numbers.e))
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one", "n": modulus.decode(), "e": exponent.decode()}


def _encoded(data: bytes) -> bytes:
    """Return base64url without padding (RFC 7515, 2)."""
    return urlsafe_b64encode(data).rstrip(b"=")


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))

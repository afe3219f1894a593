"""Nothing is sent to where nobody of the internet lives, however the address is written, and names cannot change it."""

import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from marketplace.webhooks.rules import is_public, refuse_url
from marketplace.webhooks.sending import PRIVATE, refuse_target, send
from tests.webhooks.receiver import drip, receiving, status

PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")
NOT_PUBLIC = (
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.5",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:db8::1",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_of_ones_own_are_not_however_they_are_wrapped(address: str) -> None:
    assert not is_public(address)
    assert refuse_target("https://a.example/", private=False, find=lambda *_: [PUBLIC[0], address]) == PRIVATE
    assert send("https://a.example/", b"", {}, private=False, find=lambda *_: [address]).error == PRIVATE


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "//a.example/",
        "a.example",
        "https://",
        "https:///x",
        "https://user@a.example/",
        "https://user:secret@a.example/",
        "https://a.example:22/",
        "https://a.example:80/",
        "https://a.example:99999/",
        "https://a.example:x/",
        "https://a.example/\r\nHost: b",
        "https://a example/",
        "https://a.example/" + "x" * 2000,
        "https://[::1",
        "https://" + "a" * 64 + ".example/",
        "gopher://a.example:1024/",
    ],
)
def test_what_is_no_address_to_send_to_is_refused(url: str) -> None:
    assert refuse_url(url, private=False)


@pytest.mark.parametrize(
    "url", ["https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://localhost/"]
)
def test_numbers_that_spell_this_machine_lead_nowhere(url: str) -> None:
    assert refuse_target(url, private=False)


def test_a_name_that_changes_its_mind_is_asked_once_and_never_led_astray() -> None:
    answers = [["127.0.0.1"], [PUBLIC[0]]]
    with receiving() as receiver:
        url = receiver.url.replace("http://127.0.0.1", "https://rebinding.example")
        sent = send(url, b"{}", {}, private=False, find=lambda *_: answers.pop())
        assert sent.status is None
        assert receiver.got == []
        assert len(answers) == 1
        assert send(url, b"{}", {}, private=False, find=lambda *_: answers.pop()).error == PRIVATE
        assert receiver.got == []


def test_a_redirect_is_not_followed() -> None:
    with receiving() as target, receiving(status(302, Location=target.url)) as receiver:
        sent = send(receiver.url, b"{}", {}, private=True)
        assert (sent.status, sent.is_success, "Redirects" in sent.error) == (302, False, True)
        assert (len(receiver.got), target.got) == (1, [])


def test_who_answers_a_byte_now_and_then_is_left() -> None:
    with receiving(drip) as receiver:
        sent = send(receiver.url, b"{}", {}, private=True, seconds=0.5)
        assert (sent.status, sent.error) == (None, "No answer within 0.5 seconds.")


def test_of_a_huge_answer_the_start_is_kept() -> None:
    with receiving(status(500, b"x\x00" * 5_000_000)) as receiver:
        sent = send(receiver.url, b"{}", {}, private=True)
        assert (sent.status, sent.answer) == (500, "x" * 250)


def test_the_certificate_has_to_be_that_of_the_name(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    write_certificate("good.example", key, certificate)
    trust = ssl.create_default_context(cafile=certificate)
    with served_by_tls(key, certificate) as (port, got):
        for host, error in (("good.example", ""), ("other.example", "certificate verify failed")):
            sent = send(f"https://{host}:{port}/", b"{}", {}, private=True, find=lambda *_: ["127.0.0.1"], trust=trust)
            assert (sent.status == 204, error in sent.error) == (not error, True)
    assert got == [b"good.example"]


def write_certificate(host: str, key: Path, certificate: Path) -> None:
    """Write a key and the certificate that it signs for itself."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    certificate.write_bytes(made.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))


class served_by_tls:  # noqa: N801 - reads as what it does
    """A receiver that speaks TLS and notes the hosts that were asked for."""

    def __init__(self, key: Path, certificate: Path) -> None:
        import http.server

        self.hosts: list[bytes] = []
        hosts = self.hosts

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hosts.append(self.headers["Host"].partition(":")[0].encode())
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> tuple[int, list[bytes]]:
        self.thread.start()
        return self.server.server_port, self.hosts

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

"""What stands in deploy/ works as it is: the web servers in front, the unit, the container file; the docs name them."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from evidence.model import HitKind
from relay.copies import LARGEST
from relay.readers import GIF
from tests.relay.conftest import FIREFOX, Desk

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
NAME = "relay.example.com"
#: one machine, several clients: every address of 127.0.0.0/8 is its own
NEIGHBOUR, SENDER = "127.0.0.9", "127.0.0.7"
#: seconds a web server has to start
PATIENCE = 20


class Front:
    """A web server in front of a relay, as its clients see it."""

    def __init__(self, port: int, trusted: Path) -> None:
        self._port = port
        self._context = ssl.create_default_context(cafile=str(trusted))

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, *, source: str = NEIGHBOUR, **more: str
    ) -> tuple[int, bytes]:
        """One request over TLS, to the name and from an address of this machine; status and body of the answer."""
        connection = http.client.HTTPConnection(NAME)
        line = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE, source_address=(source, 0))
        connection.sock = self._context.wrap_socket(line, server_hostname=NAME)
        headers = {"User-Agent": FIREFOX, **{name.replace("_", "-"): value for name, value in more.items()}}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(words: list[str], port: int, trusted: Path, folder: Path) -> Iterator[Front]:
    """A web server, from when it answers; Caddy makes its certificate only after it listens."""
    said = folder / "said.log"
    home = dict.fromkeys(("XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME"), str(folder))
    with said.open("wb") as log:
        process = subprocess.Popen(words, env={**os.environ, **home}, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                front = Front(port, trusted)
                front.ask("/healthz")
                break
            except OSError:
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < until
                time.sleep(0.02)
        yield front
    finally:
        process.terminate()
        process.wait()


@contextmanager
def nginx(desk: Desk, folder: Path) -> Iterator[Front]:
    """nginx with deploy/nginx.conf; only names, ports and paths are this machine's."""
    port, authority = free_port(), trustme.CA()
    certificate = authority.issue_cert(NAME)
    certificate.cert_chain_pems[0].write_to_path(folder / "fullchain.pem")
    certificate.private_key_pem.write_to_path(folder / "privkey.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    site = (DEPLOY / "nginx.conf").read_text("utf-8")
    site = site.replace("listen 443", f"listen 127.0.0.1:{port}").replace("    listen [::]:443 ssl;\n", "")
    site = site.replace(f"/etc/letsencrypt/live/{NAME}", str(folder)).replace(
        "127.0.0.1:8434", urlsplit(desk.url).netloc
    )
    paths = "".join(f"{each}_temp_path {folder}/{each};" for each in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log {folder}/access.log; client_body_temp_path {folder}/body; {paths}\n{site}}}\n"
    )
    words = ["nginx", "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with running(words, port, folder / "ca.pem", folder) as front:
        yield front


@contextmanager
def caddy(desk: Desk, folder: Path) -> Iterator[Front]:
    """Caddy with deploy/Caddyfile, a certificate of its own authority, and another port."""
    port = free_port()
    site = (DEPLOY / "Caddyfile").read_text("utf-8").replace("127.0.0.1:8434", urlsplit(desk.url).netloc)
    here = f"{{\nadmin off\nskip_install_trust\nlocal_certs\nauto_https disable_redirects\nhttps_port {port}\n"
    (folder / "Caddyfile").write_text(site.replace("{\n", here, 1))
    words = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with running(words, port, folder / "caddy/pki/authorities/local/root.crt", folder) as front:
        yield front


@pytest.mark.parametrize("front", [nginx, caddy])
def test_behind_a_web_server_with_tls_hits_come_in_with_the_address_it_saw(
    desks: Callable[..., Desk], tmp_path: Path, front: Callable[[Desk, Path], AbstractContextManager[Front]]
) -> None:
    if shutil.which(front.__name__) is None:
        pytest.skip(f"there is no {front.__name__} here; Debian: apt-get install {front.__name__}")
    desk = desks(own_networks=(SENDER,))
    desk.trusted = ("127.0.0.1",)
    desk.start()
    reader, sender, liar = (desk.token() for _ in range(3))
    with front(desk, tmp_path) as web:
        images = [
            web.ask(f"/p/{desk.seal(reader)}.gif"),
            web.ask(f"/p/{desk.seal(sender)}.gif", source=SENDER),
            web.ask(f"/p/{desk.seal(liar)}.gif", X_Forwarded_For=SENDER),
        ]
        opted_out = web.ask(f"/o/{desk.seal(desk.token(HitKind.OPT_OUT))}", "POST")
        view = f"/v/{desk.seal(desk.token(HitKind.VIEW))}"
        key = f"Bearer {desk.shared.bearer}"
        put = web.ask(view, "PUT", b"x" * LARGEST, Authorization=key)
        too_large = web.ask(view, "PUT", b"x" * (LARGEST + 200_000), Authorization=key)
        _, copy = web.ask(f"{view}/copy")
        found = desk.hits()[:3]
        desk.stop()
        away, _ = web.ask(f"/p/{desk.seal(reader)}.gif")
    assert images == [(200, GIF)] * 3
    assert found == [(reader.id, "browser"), (sender.id, "own-network"), (liar.id, "browser")]
    assert (opted_out[0], put[0], too_large[0] >= 400, copy == b"x" * LARGEST) == (200, 204, True, True)
    assert away == 502
    logs = b"".join(file.read_bytes() for file in tmp_path.glob("*.log"))
    assert [mark for mark in (NEIGHBOUR, SENDER, "Firefox", "/p/") if mark.encode() in logs] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "heardback-relay.service"
    program = Path(sys.executable).parent / "heardback"
    text = (DEPLOY / unit.name).read_text("utf-8")
    unit.write_text(text.replace("/opt/heardback/bin/heardback", str(program)))
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, [line for line in found.stderr.splitlines() if unit.name in line]) == (0, [])


def test_the_container_runs_the_relay_as_nobody_in_particular() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    assert re.fullmatch(r"USER [1-9]\d+:[1-9]\d+", next(line for line in lines if line.startswith("USER")))
    assert lines[-1] == 'ENTRYPOINT ["/opt/heardback/bin/heardback", "relay"]'


def test_the_docs_name_every_file_and_the_settings_in_them_exist() -> None:
    from heardback.known_settings import SETTINGS

    docs = (ROOT / "docs/relay.md").read_text("utf-8")
    assert [file.name for file in DEPLOY.iterdir() if f"deploy/{file.name}" not in docs] == []
    known = {f"HEARDBACK_{each.name}".upper().replace(".", "_") for each in SETTINGS} | {"HEARDBACK_DATA_FOLDER"}
    named = {name for file in DEPLOY.iterdir() for name in re.findall(r"HEARDBACK_[A-Z_]+", file.read_text("utf-8"))}
    assert named - known == set()

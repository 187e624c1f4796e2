"""What the relay serves beside the least a server could do: nginx with `empty_gif`, and a bare Starlette route.

    python -m benchmarks.relay --seconds 3 --rounds 3

Every server runs on the first core and the load (wrk, 32 connections) on the second, one after another, round after
round, so that a busy machine slows all of them alike: trust the ratios, and among them those of processor time.
The relay is asked with a fresh token each time, as many as there are; each hit goes to the disk before it is answered,
but where the name says otherwise.
"""

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.figure import Figure, at_least, at_most, beside, table
from evidence.model import HitKind
from relay.keys import make, shared
from relay.tokens import Token, new_id, reader_id

CONNECTIONS = 32
#: tokens wrk takes in turn
TOKENS = 220_000
#: tokens and sources a relay remembers at once, `relay.limits`
REMEMBERED = 65_536
#: seconds a server has to listen
PATIENCE = 10
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from relay.readers import GIF, IMAGE_HEADERS
async def image(request):
    return Response(GIF, headers=IMAGE_HEADERS)
app = Starlette(routes=[Route("/p/{token}.gif", image)])
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", log_level="error", access_log=False)
"""

RELAY = """
import os, sys
from pathlib import Path
from relay.app import Plan, application
from relay.keys import shared
from relay.server import bound, server
folder, port, durable = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "durable"
plan = Plan(folder=folder, shared=shared(folder / "key"), hits_per_source=10**9, most_bytes=10**9,
            **({} if durable else {"put": os.pwrite}))
server(application(plan)).run(sockets=[bound("127.0.0.1", port)])
"""

NGINX = """
master_process off; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }}
}}
"""

WRK = """
local paths = {{}}
for line in io.lines("{tokens}") do paths[#paths + 1] = line end
local at = 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at], {{["User-Agent"] = "{agent}"}})
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one run of the load showed."""

    #: answers in a second
    rate: float
    #: milliseconds within which 99 of 100 answers came
    p99: float
    #: microseconds of processor an answer cost the server: what a busy machine disturbs least
    cpu: float


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(words: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server on the first core, from when it listens."""
    process = subprocess.Popen(words, preexec_fn=lambda: os.sched_setaffinity(0, {0}))  # noqa: S603 - our own words
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait()


def load(server: subprocess.Popen[bytes], port: int, script: Path, seconds: int) -> Taken:
    """Ask for images from the second core."""
    words = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}",
    ]
    before = processor(server)
    said = subprocess.run(  # noqa: S603 - our own words
        words, capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {1})
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    if not rate or not slowest or "Non-2xx" in said:
        raise SystemExit(f"the load went wrong:\n{said}")
    answers = int(said.partition(" requests in ")[0].split()[-1])
    return Taken(
        rate=float(rate[1]),
        p99=float(slowest[1]) * {"us": 0.001, "ms": 1, "s": 1_000}[slowest[2]],
        cpu=(processor(server) - before) / answers * 1e6,
    )


def processor(process: subprocess.Popen[bytes]) -> float:
    """Seconds of processor a process has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: subprocess.Popen[bytes]) -> float:
    """Megabytes a process holds."""
    held = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
    return int(held[1]) / 1_000 if held else 0.0


class Stage:
    """The servers that are compared, and the load they all get."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make(folder / "key")
        self.key = shared(folder / "key")
        self._write_load()

    def _write_load(self) -> None:
        reader = reader_id(b"s" * 32, "reader@example.org")
        expires = datetime.now(UTC) + timedelta(days=1)
        tokens = self.folder / "tokens"
        with tokens.open("w", encoding="ascii") as opened:
            for _ in range(TOKENS):
                token = Token(kind=HitKind.PIXEL, id=new_id(), readers=(reader,), expires=expires)
                opened.write(f"/p/{self.key.tokens.seal(token)}.gif\n")
        self.script = self.folder / "load.lua"
        self.script.write_text(WRK.format(tokens=tokens, agent=AGENT))

    def nginx(self, port: int) -> list[str]:
        """nginx, answering from memory with an access log."""
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, port=port))
        return [shutil.which("nginx") or "nginx", "-e", str(self.folder / "error.log"), "-c", str(config)]

    def bare(self, port: int) -> list[str]:
        """A Starlette route that gives the same answer, and checks and stores nothing."""
        return [sys.executable, "-c", BARE, str(port)]

    def relay(self, port: int, kind: str = "durable") -> list[str]:
        """The relay on a fresh folder."""
        fresh = Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copy(self.folder / "key", fresh / "key")
        return [sys.executable, "-c", RELAY, str(fresh), str(port), kind]

    def take(self, words: Callable[[int], list[str]], seconds: int) -> Taken:
        """One run against one server."""
        port = free_port()
        with running(words(port), port) as server:
            return load(server, port, self.script, seconds)

    def take_all(self, seconds: int, rounds: int) -> dict[str, list[Taken]]:
        """All servers in turn, round after round."""
        servers: dict[str, Callable[[int], list[str]]] = {
            "nginx": self.nginx,
            "bare Starlette": self.bare,
            "relay": self.relay,
            "relay, not durable": lambda port: self.relay(port, "not durable"),
        }
        taken: dict[str, list[Taken]] = {each: [] for each in servers}
        for _ in range(rounds):
            for each, words in servers.items():
                taken[each].append(self.take(words, seconds))
        return taken

    def memory(self, seconds: int) -> list[tuple[int, float]]:
        """Hits so far and megabytes held, again and again under load, until 200,000 hits."""
        port, seen = free_port(), []
        words = self.relay(port)
        with running(words, port) as process:
            hits = 0
            while hits < TOKENS - 20_000:
                # The load begins with the first token again each time: what was asked already is cut off.
                self.script.write_text(self.script.read_text().replace("local at = 0", f"local at = {hits}"))
                load(process, port, self.script, seconds)
                hits = sum(file.read_bytes().count(b"\n") for file in Path(words[3]).glob("hits/hits-*"))
                self.script.write_text(re.sub(r"local at = \d+", "local at = 0", self.script.read_text()))
                seen.append((hits, memory(process)))
        return seen


def figures(*, seconds: int = 3, rounds: int = 3) -> Iterator[Figure]:
    """Every figure of this area; rates and times are medians of all rounds."""
    if not shutil.which("wrk") or not shutil.which("nginx"):
        raise SystemExit("this needs wrk and nginx (Debian: apt-get install wrk nginx)")
    with tempfile.TemporaryDirectory() as name:
        stage = Stage(Path(name))
        taken = stage.take_all(seconds, rounds)
        cpu = {each: statistics.median(one.cpu for one in runs) for each, runs in taken.items()}
        rate = {each: statistics.median(one.rate for one in runs) for each, runs in taken.items()}
        yield from (
            beside(f"images by {each}: processor time each", cpu[each], " µs", note=f"{rate[each]:,.0f} a second")
            for each in taken
        )
        for other, wanted in (("nginx", 0.15), ("bare Starlette", 0.85)):
            yield at_least(f"images for the same processor time, against {other}", cpu[other] / cpu["relay"], wanted)
        durable, hasty = taken["relay"], taken["relay, not durable"]
        # Round by round, for neighbours in time share the machine's mood.
        ratios = [one.rate / two.rate for one, two in zip(durable, hasty, strict=True)]
        yield at_least("rate of durable hits, against hits that are not", statistics.median(ratios), 0.5)
        yield at_most(
            f"p99 at {CONNECTIONS} connections", min(one.p99 for one in durable), 10, " ms", note="the quietest round"
        )
        # Until 65,536 tokens the relay fills what it remembers of them; from then on it should grow no more.
        (hits, early), *_, (many, late) = [each for each in stage.memory(seconds) if each[0] > REMEMBERED]
        yield at_most(f"memory after {many:,} hits, against after {hits:,}", late / early, 1.1, note=f"{late:.0f} MB")


def main() -> None:
    """Measure all in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3, help="length of one run (3)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each server (3)")
    options = parser.parse_args()
    print(table(figures(seconds=options.seconds, rounds=options.rounds)))


if __name__ == "__main__":
    main()

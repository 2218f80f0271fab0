"""What serving over HTTP costs, beside a bare server of the same SDK, and whether memory stays flat: on loopback only.

Run from the project's root with the environment of the project: .venv/bin/python benchmarks/serving.py [CALLS]
The peer has one trivial tool and nothing of ours: no gate, no limits. In each round every server is asked once, one right after
the other; CPU time is that of the server's processes. Then one server of ours takes CALLS calls (20,000), and its memory is watched.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROUNDS = 7
CALLS = 600
CONNECTIONS = 8
REVISION = "2026-07-28"
PEER = """
import sys
from mcp.server.mcpserver import MCPServer
server = MCPServer("peer", log_level="ERROR")
@server.tool()
def trivial() -> str:
    "Answer."
    return "yes"
server.run("streamable-http", port=int(sys.argv[1]))
"""
SQL = """CREATE TABLE public.orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  customer uuid NOT NULL REFERENCES public.customers (id),
  total numeric(10, 2) NOT NULL CHECK (total >= 0),
  placed_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.orders FOR SELECT TO authenticated USING (customer = auth.uid());
CREATE INDEX orders_customer ON public.orders (customer);
"""


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int
    process: psutil.Process

    def family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu_s(self) -> float:
        return sum(one.cpu_times().user + one.cpu_times().system for one in self.family())

    def resident_mib(self) -> float:
        return sum(one.memory_info().rss for one in self.family()) / 2**20


@dataclass(frozen=True)
class Measured:
    """What a round took."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float


def request(method: str, **params: Any) -> tuple[bytes, dict[str, str]]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": REVISION,
        "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": REVISION,
        "Mcp-Method": method,
        **({"Mcp-Name": params["name"]} if "name" in params else {}),
    }
    return json.dumps(message).encode(), headers


LIST = request("tools/list")
TRIVIAL = request("tools/call", name="trivial", arguments={})
VALIDATE = request("tools/call", name="validate_migration", arguments={"sql": SQL})


def measured(server: Server, sent: tuple[bytes, dict[str, str]], calls: int) -> Measured:
    """Send a request so many times over a few connections.

    Raises:
        RuntimeError: one of them failed.
    """
    times: list[float] = []
    failures: list[str] = []

    def work(share: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(share):
            begun = time.perf_counter()
            connection.request("POST", "/mcp", *sent)
            response = connection.getresponse()
            body = response.read()
            times.append(time.perf_counter() - begun)
            if response.status != 200 or b'"error"' in body[:60] or b'"isError":true' in body:
                failures.append(f"{response.status} {body[:200]!r}")
                break
        connection.close()

    before, begun = server.cpu_s(), time.perf_counter()
    threads = [threading.Thread(target=work, args=(calls // CONNECTIONS,)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    if failures:
        raise RuntimeError(f"{len(failures)} calls failed: {failures[0]}")
    times.sort()
    return Measured(
        len(times) / took,
        times[len(times) // 2] * 1000,
        times[int(len(times) * 0.99)] * 1000,
        (server.cpu_s() - before) * 1000 / len(times),
    )


@contextmanager
def ours(folder: str, workers: int) -> Iterator[Server]:
    tool = str(Path(sys.executable).with_name("pg-guardrails"))
    command = [tool, "mcp", "--http", "127.0.0.1:0", "--workers", str(workers)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().strip().removesuffix("/mcp").rpartition(":")[2])
        try:
            yield ready(port, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)


@contextmanager
def peer(folder: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PEER, str(port)]
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, "PYTHONSAFEPATH": "1"}, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield ready(port, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)


def ready(port: int, number: int) -> Server:
    server = Server(port, psutil.Process(number))
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            measured(server, LIST, 50 * CONNECTIONS)
            return server


def compare(folder: str) -> None:
    with peer(folder) as bare, ours(folder, 1) as one, ours(folder, 2) as two:
        rows = {
            "peer, a trivial tool": (bare, TRIVIAL),
            "peer, tools/list": (bare, LIST),
            "tools/list": (one, LIST),
            "validate_migration": (one, VALIDATE),
            "tools/list, 2 workers": (two, LIST),
            "validate_migration, 2 workers": (two, VALIDATE),
        }
        rounds = [{name: measured(*row, CALLS) for name, row in rows.items()} for _ in range(ROUNDS)]
    print(
        f"{'':<30} {'calls/s':>8} {'p50 ms':>7} {'p99 ms':>7} {'CPU ms':>7}   CPU to the peer's trivial tool"
    )
    for name in rows:
        taken = [one[name] for one in rounds]
        ratios = sorted(one[name].cpu_ms / one["peer, a trivial tool"].cpu_ms for one in rounds)
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(
            f"{name:<30} {statistics.median(one.rate for one in taken):8.0f} "
            f"{statistics.median(one.p50_ms for one in taken):7.1f} {statistics.median(one.p99_ms for one in taken):7.1f} "
            f"{statistics.median(one.cpu_ms for one in taken):7.2f}   {middle:.2f} ({low:.2f} to {high:.2f})"
        )


def watch_memory(folder: str, calls: int) -> None:
    step = max(calls // 10, CONNECTIONS)
    with ours(folder, 1) as server:
        measured(server, VALIDATE, step)
        seen = [server.resident_mib()]
        for number in range(10):
            measured(server, VALIDATE if number % 2 else LIST, step)
            seen.append(server.resident_mib())
        open_files = server.process.num_fds()
    print(f"\nmemory over {10 * step} calls, in MiB: {' '.join(f'{one:.1f}' for one in seen)}")
    late = (seen[-1] - seen[5]) / (5 * step) * 1000
    print(f"growth over the second half: {late * 1024:.1f} KiB for 1,000 calls; {open_files} files open")


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "supabase/migrations").mkdir(parents=True)
        (Path(folder) / "supabase/migrations/1_customers.sql").write_text(
            "CREATE TABLE public.customers (id uuid PRIMARY KEY);\nALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;\n"
        )
        compare(folder)
        watch_memory(folder, calls)


if __name__ == "__main__":
    main()

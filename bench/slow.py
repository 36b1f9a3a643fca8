#!/usr/bin/env python3
"""Whether slow and silent connections keep others out. Started by `scripts/check slow`.

Two thousand connections of seven kinds are kept open for two minutes; each that the server closes is opened again within a
second. Meanwhile people sign in and a watcher asks /livez, each on a connection of its own, and the server's memory is
looked at. Then everybody falls silent, and the server has to be rid of all of them. One rule: whatever is started or made
here is gone at the end, however it ends.
"""

import argparse
import contextlib
import http.client
import multiprocessing
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.parse

from harness import process
from harness.database import Sqlite
from harness.person import PASSWORD, Person
from harness.process import Failure
from harness.server import Server

# What is asked of the server.
_SLOWEST_MS = 500
_MORE_MEMORY_MIB = 100
# How long the server may need to be rid of everybody: the longest deadline (an idle connection) and some.
_LEAVING = 100
# Descriptors of this program beside its connections.
_OTHER_FILES = 64

_HEADER = b"GET /v1/environment HTTP/1.1\r\nHost: localhost\r\n"
_BODY = (b"POST /v1/client/sign_ins HTTP/1.1\r\nHost: localhost\r\n"
         b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\nidentifier=")


class _Kind:
    """What a slow client says at first, and then each second."""

    def __init__(self, name, first, then=b"", reads=True):
        self.name, self.first, self.then, self.reads = name, first, then, reads


_KINDS = (
    _Kind("header byte by byte", _HEADER + b"X-Slow: ", b"x"),
    _Kind("header never finished", _HEADER),
    _Kind("body that stops", _BODY),
    _Kind("body byte by byte", _BODY, b"x"),
    _Kind("idle after one request", b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    _Kind("answers never read", (_HEADER + b"\r\n") * 100, reads=False),
    _Kind("preface of HTTP/2 begun", b"PRI * HTT"),
)


class _Client:
    """One slow client, with an address of its own on this machine."""

    def __init__(self, number, port):
        self.kind = _KINDS[number % len(_KINDS)]
        self._address = f"127.{1 + number // 62_500}.{1 + number // 250 % 250}.{1 + number % 250}"
        self._port = port
        self._socket = None
        self._unsent = b""
        self.opened = self.closed = 0

    @property
    def is_open(self):
        """Whether the server has not closed it, as far as this side has heard."""
        return self._socket is not None

    def act(self):
        """Opens the connection, or hears whether it was closed and says a little more."""
        try:
            if self._socket is None:
                self._open()
            else:
                self._go_on()
        except BlockingIOError:
            pass
        except OSError:
            self.drop()

    def drop(self):
        """Closes it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self.closed += 1

    def _open(self):
        connection = socket.socket()
        try:
            if not self.kind.reads:
                # As over a network: on this machine's own, segments are so large that megabytes would wait in the kernel.
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1_460)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.bind((self._address, 0))
            connection.setblocking(False)
            # What is sent before the connection is there waits for the next second.
            connection.connect_ex(("127.0.0.1", self._port))
        except OSError:
            connection.close()
            return
        self._socket = connection
        self.opened += 1
        self._unsent = self.kind.first
        self._send()

    def _go_on(self):
        if self.kind.reads:
            self._hear()
        self._unsent = self._unsent or self.kind.then
        self._send()

    def _hear(self):
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(65_536):
                pass
            # An empty read is the end.
            raise ConnectionResetError

    def _send(self):
        while self._unsent:
            sent = self._socket.send(self._unsent)
            self._unsent = self._unsent[sent:]


def _besiege(port, connections, seconds, told):
    """The slow clients, in a process of their own. At the end they say nothing more but stay, until they are told to go."""
    os.sched_setaffinity(0, {process.LOAD_PROCESSOR})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    clients = [_Client(number, port) for number in range(connections)]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        for client in clients:
            client.act()
            if time.monotonic() > until:
                break
        time.sleep(max(0, began + 1 - time.monotonic()))
    told.send([(kind.name, *_sums(kind, clients)) for kind in _KINDS])
    # What does not read does not hear either that it was closed; the server's own descriptors are counted for that.
    told.recv()
    for client in clients:
        client.drop()


def _sums(kind, clients):
    own = [client for client in clients if client.kind is kind]
    return sum(client.opened for client in own), sum(client.closed for client in own), sum(client.is_open for client in own)


def _ask(port, method, path, fields=None):
    """Milliseconds of one request on a connection of its own; `None` when it was not answered with 200."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        body = None if fields is None else urllib.parse.urlencode(fields)
        headers = {} if fields is None else {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        is_good = answer.status == 200
    except (OSError, http.client.HTTPException):
        is_good = False
    finally:
        connection.close()
    return (time.perf_counter() - began) * 1_000 if is_good else None


def _sign_in(port):
    fields = {"identifier": "first+clerk_test@example.com", "strategy": "password", "password": PASSWORD}
    return _ask(port, "POST", "/v1/client/sign_ins", fields)


def _livez(port):
    return _ask(port, "GET", "/livez")


def _percentile(took, share):
    """The value that this share of all requests stayed below; one that was not answered took forever."""
    ordered = sorted(float("inf") if one is None else one for one in took)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _sockets(pid):
    """Sockets that a process has open."""
    found = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
    return found


def _measure(server, seconds):
    """Signs in and asks /livez until the time is over. Returns what each took, the most memory and the most sockets."""
    until = time.monotonic() + seconds
    took, memory, sockets = {"sign-in": [], "/livez": []}, 0.0, 0
    while time.monotonic() < until:
        took["sign-in"].append(_sign_in(server.port))
        took["/livez"].append(_livez(server.port))
        memory = max(memory, process.memory_mib(server.pid))
        sockets = max(sockets, _sockets(server.pid))
        time.sleep(0.05)
    return took, memory, sockets


def _await_empty(server, before):
    """Seconds until the server has no more sockets than before; `None` when it keeps some."""
    began = time.monotonic()
    while time.monotonic() - began < _LEAVING:
        if _sockets(server.pid) <= before:
            return time.monotonic() - began
        time.sleep(0.5)
    return None


def _check(server, arguments):
    server.start()
    Person(server)
    server.stop()
    server.raise_budgets()
    server.start()
    for _ in range(20):
        if _sign_in(server.port) is None or _livez(server.port) is None:
            raise Failure("the server does not answer before anybody is slow")
    calm, memory_before, _ = _measure(server, 3)
    sockets_before = _sockets(server.pid)
    ours, theirs = multiprocessing.Pipe()
    siege = multiprocessing.Process(target=_besiege, daemon=True,
                                    args=(server.port, arguments.connections, arguments.seconds, theirs))
    siege.start()
    try:
        took, memory, sockets = _measure(server, arguments.seconds)
        kinds = ours.recv()
        left_after = _await_empty(server, sockets_before)
        ours.send(None)
        siege.join(10)
    finally:
        siege.kill()
        siege.join()
    memory_after = process.memory_mib(server.pid)
    for name, opened, closed, still in kinds:
        print(f"{name}: {opened} opened, {closed} closed by the server, {still} open at the end")
    print(f"sockets of the server: {sockets_before} before, at most {sockets}")
    is_good = _report(calm, took)
    print(f"memory: {memory_before:.0f} MiB before, at most {memory:.0f} MiB, {memory_after:.0f} MiB after")
    if left_after is None:
        print(f"after {_LEAVING} s of silence the server still has {_sockets(server.pid)} sockets")
    else:
        print(f"rid of all of them {left_after:.0f} s after they fell silent")
    return is_good and left_after is not None and memory - memory_before <= _MORE_MEMORY_MIB


def _report(calm, took):
    is_good = True
    for what, all_of_it in took.items():
        failed = sum(one is None for one in all_of_it)
        slowest = _percentile(all_of_it, 0.99)
        is_good &= slowest < _SLOWEST_MS
        print(f"{what}: p50 {_percentile(all_of_it, 0.5):.1f} ms, p99 {slowest:.1f} ms "
              f"(before: p99 {_percentile(calm[what], 0.99):.1f} ms), {failed} of {len(all_of_it)} not answered")
    return is_good


def main():
    """Besieges a server; the exit status is 1 when it did not hold."""
    parser = argparse.ArgumentParser(prog="scripts/check slow")
    parser.add_argument("--binary", required=True)
    parser.add_argument("--connections", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--open-files", type=int, help="limit of the server (default: that of this shell)")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = arguments.connections + _OTHER_FILES
    if hard != resource.RLIM_INFINITY and hard < needed:
        sys.exit(f"scripts/check slow: needs {needed} open files for its own connections, but the limit is {hard}; "
                 "lower that of the server with --open-files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    os.sched_setaffinity(0, {process.LOAD_PROCESSOR})
    scratch = tempfile.mkdtemp(prefix="vestibule-slow.")
    server = None
    try:
        server = Server(arguments.binary, Sqlite(scratch), scratch, open_files=arguments.open_files)
        held = _check(server, arguments)
        print(server.log_lines("connections", "place", "open files"), end="")
        print("held" if held else "DID NOT HOLD")
        return 0 if held else 1
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

"""Floors: the smallest programs that do only what a line names, on the processor that the server is measured on.

One rule: the server stands still while a floor runs.
"""

import contextlib
import json
import os
import subprocess
import time

from . import load, process
from .database import CONNECTIONS
from .load import Measured
from .process import Failure


class Floors:
    """The floor binary, beside one server."""

    def __init__(self, binary, server, database, seconds):
        self._binary = binary
        self._server = server
        self._database = database
        self._seconds = seconds
        self._known = {}

    def primitive(self, name):
        """Runs `argon2` or `rsa` now, for as long as a line takes."""
        command = process.pinned(process.MEASURED_PROCESSOR, [self._binary, name, str(self._seconds)])
        with process.paused(self._server.process):
            # wait4 gives the processor time of exactly this child.
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            try:
                output = child.stdout.read()
                _, status, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(status)
            finally:
                child.stdout.close()
                process.stop(child)
        if child.returncode != 0:
            raise Failure(f"floor {name} failed: {output}")
        result = json.loads(output)
        rounds, spent = result["rounds"], usage.ru_utime + usage.ru_stime
        each = 1_000 * result["seconds"] / rounds
        return Measured(rounds / result["seconds"], each, each, 1_000 * spent / rounds)

    @contextlib.contextmanager
    def serving(self, name):
        """Serves `axum`, `rest` or `graphql` meanwhile; gives the process and its origin."""
        port = process.free_port()
        arguments = [f"127.0.0.1:{port}"] + ([] if name == "axum" else [self._database.url, str(CONNECTIONS)])
        with process.paused(self._server.process):
            child = process.start(process.MEASURED_PROCESSOR, [self._binary, name, *arguments])
            try:
                process.await_port(child, port)
                yield child, f"http://127.0.0.1:{port}"
            finally:
                process.stop(child, patience=2)

    def route(self, name, users=0):
        """Measures `axum`, `rest` or `graphql`, once for each number of users."""
        if (name, users) not in self._known:
            settings = {} if name == "axum" else {"users": users}
            if name == "graphql":
                settings["graphql"] = "yes"
            script = "lookup" if settings else "fixed"
            with self.serving(name) as (child, origin):
                self._known[name, users] = load.run(child.pid, origin + "/", script, self._seconds, settings=settings)
        return self._known[name, users]

    def start(self):
        """Milliseconds from the start of `rest` until it listens, its database being open by then."""
        began = time.monotonic()
        with self.serving("rest"):
            return (time.monotonic() - began) * 1_000

    def memory(self):
        """MiB that a bare server takes when idle."""
        with self.serving("axum") as (child, _):
            return process.memory_mib(child.pid)

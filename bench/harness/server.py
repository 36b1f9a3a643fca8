"""The server being measured: one process on one processor.

One rule: it gets its settings from here alone; neither the caller's environment nor a vestibule.toml reaches it.
"""

import http.client
import json
import os
import subprocess
import time

from . import process
from .database import CONNECTIONS
from .process import Failure

# Budgets are there to stop exactly what a load does.
_BUDGET = 10_000_000
_BUDGETS = {
    f"{what}_{per}": _BUDGET
    for what, pers in {
        "sign_in_create": ("per_network", "per_instance"),
        "sign_up_create": ("per_network", "per_instance"),
        "attempt": ("per_network", "per_instance"),
        "code_send": ("per_identifier", "per_mailbox", "per_network", "per_instance"),
        "client_create": ("per_network",),
        "session_change": ("per_network",),
    }.items()
    for per in pers
}


class Server:
    """`vestibule serve` on a database, started and stopped as often as needed."""

    def __init__(self, binary, database, scratch, environment=None, open_files=None):
        self._binary = binary
        limit = [] if open_files is None else ["prlimit", f"--nofile={open_files}"]
        self._command = [*limit, binary, "serve"]
        self._scratch = scratch
        self._log = os.path.join(scratch, "server.log")
        self.port = process.free_port()
        self.process = None
        own = {name: value for name, value in os.environ.items() if not name.startswith("VESTIBULE_")}
        self._environment = own | {
            "VESTIBULE_LISTEN": f"127.0.0.1:{self.port}",
            "VESTIBULE_DATA_DIR": scratch,
            "VESTIBULE_DATABASE_URL": database.url,
            "VESTIBULE_DATABASE_MAX_CONNECTIONS": str(CONNECTIONS),
            "VESTIBULE_HASHER_THREADS": "1",
        } | (environment or {})

    @property
    def origin(self):
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        """Its process id."""
        return self.process.pid

    def start(self, patience=60):
        """Starts it and returns how many milliseconds passed until /readyz answered 200: database reached, schema current."""
        began = time.monotonic()
        with open(self._log, "ab") as log:
            self.process = process.start(process.MEASURED_PROCESSOR, self._command, env=self._environment,
                                         cwd=self._scratch, stdout=subprocess.DEVNULL, stderr=log)
        while not self._is_ready():
            if self.process.poll() is not None:
                raise Failure(f"the server ended with status {self.process.returncode}:\n{self._last_log_lines()}")
            if time.monotonic() - began > patience:
                raise Failure(f"the server is not ready after {patience} s:\n{self._last_log_lines()}")
            time.sleep(0.001)
        return (time.monotonic() - began) * 1_000

    def stop(self):
        """Stops it, gracefully where it lets itself be stopped so."""
        process.stop(self.process, patience=15)
        self.process = None

    def raise_budgets(self, further=None):
        """Takes the budgets out of the way, while it does not run, and changes further settings."""
        path = os.path.join(self._scratch, "settings.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"limit": _BUDGETS} | (further or {}), file)
        done = subprocess.run([self._binary, "instance", "settings", "set", path], env=self._environment, text=True,
                              cwd=self._scratch, capture_output=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failure(f"vestibule instance settings set: {done.stderr.strip() or done.stdout.strip()}")

    def _is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def log_lines(self, *words):
        """Lines of its log that hold one of the words."""
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return "".join(line for line in file if any(word in line for word in words))

    def _last_log_lines(self):
        with open(self._log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-15:]).rstrip()

"""Load from wrk, bounded in time.

One rule: a run in which any request was refused or broke is a failure, not a figure.
"""

import dataclasses
import json
import os
import subprocess
import time

from . import process
from .process import Failure

_SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "wrk")
_WARM_UP_SECONDS = 1


@dataclasses.dataclass(frozen=True)
class Measured:
    """What a run gave. An operation is a request, except in the sign-up journey, where it is two."""

    per_second: float
    p50_ms: float
    p99_ms: float
    # Of the process under load, per operation.
    processor_ms: float


class Wrk:
    """One wrk, with one thread on the processor for load."""

    def __init__(self, url, script, settings=None, headers=None, seconds=5, connections=16):
        # A new seed for each run: names of new people must not come twice.
        given = {"seed": str(time.time_ns() % 1_000_000_000), **(settings or {})}
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s",
                   "--timeout", "30s", "--latency", "--script", f"{script}.lua"]
        for name, value in (headers or {}).items():
            command += ["--header", f"{name}: {value}"]
        command += [url, "--", *(f"{name}={value}" for name, value in given.items())]
        self._seconds = seconds
        self._process = process.start(process.LOAD_PROCESSOR, command, cwd=_SCRIPTS, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def result(self):
        """Waits for its end; what its script counted."""
        try:
            output, _ = self._process.communicate(timeout=self._seconds + 45)
        except subprocess.TimeoutExpired as error:
            raise Failure("wrk did not end") from error
        finally:
            self.stop()
        lines = [line for line in output.splitlines() if line.startswith("RESULT ")]
        if self._process.returncode != 0 or not lines:
            raise Failure(f"wrk failed: {output.strip()[-600:]}")
        return json.loads(lines[-1].removeprefix("RESULT "))

    def stop(self):
        """Ends it if it still runs."""
        process.stop(self._process)


def measured(counted, processor_ms):
    """The figures of a run, given the processor time that it cost."""
    if counted["refused"] or counted["broken"]:
        raise Failure(f"of {counted['requests']} requests {counted['refused']} were refused and {counted['broken']} broke")
    if not counted["operations"]:
        raise Failure("not one operation ended in time")
    return Measured(counted["operations"] / counted["seconds"], counted["p50_ms"], counted["p99_ms"],
                    processor_ms / counted["operations"])


def run(pid, url, script, seconds, **options):
    """Warms a process up, then measures it under load."""
    Wrk(url, script, seconds=_WARM_UP_SECONDS, **options).result()
    before = process.processor_ms(pid)
    counted = Wrk(url, script, seconds=seconds, **options).result()
    return measured(counted, process.processor_ms(pid) - before)

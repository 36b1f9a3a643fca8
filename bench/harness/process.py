"""Child processes: pinned to a processor, measured through /proc, and never left behind.

One rule: whoever starts a process here stops it, in a `finally` or by a `with`.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time

# What is measured runs on the first processor; the load, the database server and this program on the second.
MEASURED_PROCESSOR = 0
LOAD_PROCESSOR = 1

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Something that a line of the benchmark needs did not work; the message says what."""


def pinned(processor, command):
    """The command, to run on that processor alone."""
    return ["taskset", "--cpu-list", str(processor), *command]


def start(processor, command, **options):
    """Starts a command on a processor. taskset becomes the command, so the process id is the command's own."""
    return subprocess.Popen(pinned(processor, command), stdin=subprocess.DEVNULL, **options)


def stop(process, patience=10):
    """Asks a process to end, and ends it if it does not."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def paused(process):
    """Keeps a process from running meanwhile, so that a floor has the processor to itself."""
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process.pid, signal.SIGCONT)


def processor_ms(pid):
    """Processor time that a process has used, user and system, in milliseconds."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        # The command's name may hold blanks; what follows its closing bracket does not.
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000 / _TICKS_PER_SECOND


def memory_mib(pid, field="VmRSS"):
    """Resident memory of a process in MiB: now (VmRSS), without the pages of files (RssAnon), or the most that it was (VmHWM)."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) / 1024
    raise Failure(f"process {pid} has no {field}")


def free_port():
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def await_port(process, port, patience=20):
    """Waits until somebody listens on the port."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"{process.args[3]} ended at once, with status {process.returncode}")
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.001)
    raise Failure(f"{process.args[3]} does not listen on port {port}")

"""The lines of the benchmark: what is sent, what it is held against, what is aimed at.

One rule: a line that reads sends its request once before the load and looks at the answer, since wrk sees only statuses.
"""

import dataclasses
import json
import statistics
import time

from . import load, process
from .database import Sqlite
from .floor import Floors
from .load import Measured, Wrk
from .person import PASSWORD, Person, send
from .process import Failure
from .report import Report
from .server import Server

# Users in the database under every line, and the number that --large compares a lookup with.
USERS = 10_000
MANY_USERS = 1_000_000

_STARTS = 5
_SETTLE_SECONDS = 2
_VIEWER = json.dumps({"query": "{ viewer { id firstName lastName username } }"})
_JSON = {"Content-Type": "application/json"}


@dataclasses.dataclass
class Bench:
    """What every line works with."""

    server: Server
    floors: Floors
    database: object
    report: Report
    seconds: int
    person: Person = None
    users: int = USERS
    # Figures that a later line compares itself with.
    known: dict = dataclasses.field(default_factory=dict)

    def by_database(self, sqlite, postgres):
        """The aim of the database at hand."""
        return sqlite if isinstance(self.database, Sqlite) else postgres

    def load(self, path, script="fixed", **options):
        """Load on the server."""
        return load.run(self.server.pid, self.server.origin + path, script, self.seconds, **options)

    def row(self, line, what, floor=None):
        """A row of this database."""
        self.report.row(line, self.database.name, what, floor)

    def at_least(self, line, aim, value, least, unit=""):
        """An aim of this database."""
        self.report.at_least(line, self.database.name, aim, value, least, unit)

    def at_most(self, line, aim, value, most, unit=""):
        """An aim of this database."""
        self.report.at_most(line, self.database.name, aim, value, most, unit)


def start(bench):
    """Start to the first 200 on a database that exists, and memory after it."""
    times = []
    for _ in range(_STARTS):
        bench.server.stop()
        times.append(bench.server.start())
    most = bench.by_database(100, 150)
    bench.at_most("start to first 200", f"<= {most} ms, median of {_STARTS}", statistics.median(times), most, " ms")
    time.sleep(_SETTLE_SECONDS)
    floor = bench.floors.memory()
    idle = process.memory_mib(bench.server.pid)
    bench.at_most("memory idle", f"<= 25 MiB (bare axum: {floor:.1f} MiB)", idle, 25, " MiB")


def sign_in(bench):
    """Password sign-in against the bare hash, which is measured right before and right after it."""
    before = bench.floors.primitive("argon2")
    what = bench.load("/v1/client/sign_ins", "sign_in", settings={"users": bench.users, "password": PASSWORD})
    floor = _mean(before, bench.floors.primitive("argon2"))
    bench.known["hash"] = floor
    bench.row("password sign-in", what, ("argon2", floor))
    bench.at_least("password sign-in", ">= 0.97 of the bare hash", what.per_second / floor.per_second, 0.97)
    bench.at_most("password sign-in", "<= 0.5 CPU ms over it", what.processor_ms - floor.processor_ms, 0.5, " ms")
    bench.at_least("password sign-in", ">= 60 /s", what.per_second, 60, " /s")


def sign_up(bench):
    """The whole sign-up: two requests, one hash."""
    floor = bench.known.get("hash") or bench.floors.primitive("argon2")
    what = bench.load("", "sign_up", settings={"password": PASSWORD})
    bench.row("sign-up journey (latency of a request)", what, ("argon2", floor))
    over = what.processor_ms - floor.processor_ms
    bench.at_most("sign-up journey", "<= one hash + 5 CPU ms", over, 5, " ms over")


def viewer(bench):
    """Session read by GraphQL, as a browser and with a session token."""
    floor = ("graphql", bench.floors.route("graphql", bench.users))
    for how, headers in (("cookie", bench.person.cookie), ("session token", bench.person.bearer())):
        _session_read(bench, f"viewer ({how})", "/graphql", headers, floor, _VIEWER)


def me(bench):
    """Session read by REST, as a browser and with a session token."""
    floor = ("rest", bench.floors.route("rest", bench.users))
    for how, headers in (("cookie", bench.person.cookie), ("session token", bench.person.bearer())):
        _session_read(bench, f"GET /v1/me ({how})", "/v1/me", headers, floor)


def _session_read(bench, line, path, headers, floor, body=None):
    _check_read(bench, path, headers, body)
    settings = {"method": "POST", "body": body, "type": "application/json"} if body else {}
    what = bench.load(path, settings=settings, headers=headers)
    _check_read(bench, path, headers, body)
    bench.row(line, what, floor)
    least = bench.by_database(12_000, 5_000)
    bench.at_least(line, f">= {least:,} /s", what.per_second, least, " /s")
    bench.known[line] = what


def _check_read(bench, path, headers, body):
    """Whether the answer really is the person."""
    method = "POST" if body else "GET"
    answer, _ = send(bench.server.port, method, path, headers | (_JSON if body else {}), body)
    found = (answer.get("data") or {}).get("viewer") if body else answer.get("response")
    if not (found and str(found.get("id", "")).startswith("user_")):
        raise Failure(f"{path} does not show the person: {json.dumps(answer)[:300]}")


def client(bench):
    """`GET /v1/client` of a signed-in browser: a fresh token for its session."""
    answer = bench.person.ask("GET", "/v1/client")
    sessions = answer["response"]["sessions"]
    if not sessions[0]["last_active_token"]["jwt"]:
        raise Failure("no token in the client's session")
    floor = bench.floors.primitive("rsa")
    what = bench.load("/v1/client", headers=bench.person.cookie)
    bench.row("GET /v1/client", what, ("rsa", floor))
    bench.at_least("GET /v1/client", ">= 0.60 of raw signing", what.per_second / floor.per_second, 0.60)


def token(bench):
    """A session token."""
    floor = bench.floors.primitive("rsa")
    bench.person.bearer()
    settings = {"method": "POST"}
    what = bench.load(bench.person.token_path, settings=settings, headers=bench.person.cookie)
    bench.row("session token", what, ("rsa", floor))
    bench.at_least("session token", ">= 0.70 of raw signing", what.per_second / floor.per_second, 0.70)
    least = bench.by_database(2_800, 1_800)
    bench.at_least("session token", f">= {least:,} /s", what.per_second, least, " /s")


def jwks(bench):
    """The key set."""
    path = "/.well-known/jwks.json"
    answer, _ = send(bench.server.port, "GET", path)
    if not answer["keys"]:
        raise Failure("the key set is empty")
    floor = bench.floors.route("axum")
    what = bench.load(path)
    bench.row("JWKS", what, ("axum", floor))
    bench.at_least("JWKS", ">= 40,000 /s", what.per_second, 40_000, " /s")


def mixed(bench):
    """Session reads by 8 connections while 16 others sign in by password."""
    headers = bench.person.cookie
    _check_read(bench, "/graphql", headers, _VIEWER)
    settings = {"users": bench.users, "password": PASSWORD}
    # It begins before the reads and ends after them, so that they never have the processor to themselves.
    signing_in = Wrk(bench.server.origin + "/v1/client/sign_ins", "sign_in", settings, seconds=bench.seconds + 2)
    try:
        time.sleep(1)
        settings = {"method": "POST", "body": _VIEWER, "type": "application/json"}
        reading = Wrk(bench.server.origin + "/graphql", "fixed", settings, headers, bench.seconds, connections=8)
        # Processor time is not shared out between the two.
        reads = load.measured(reading.result(), float("nan"))
        sign_ins = load.measured(signing_in.result(), float("nan"))
    finally:
        signing_in.stop()
    alone = bench.known.get("viewer (cookie)")
    bench.row("mixed: viewer", reads, ("viewer (cookie) alone", alone) if alone else None)
    floor = bench.known.get("hash")
    bench.row("mixed: password sign-in", sign_ins, ("argon2", floor) if floor else None)
    bench.at_least("mixed: viewer", ">= 1,000 /s", reads.per_second, 1_000, " /s")
    bench.at_most("mixed: viewer", "p99 <= 20 ms", reads.p99_ms, 20, " ms")


def memory(bench):
    """Memory after everything that came before."""
    time.sleep(_SETTLE_SECONDS)
    after = process.memory_mib(bench.server.pid)
    most = process.memory_mib(bench.server.pid, "VmHWM")
    # One thread hashes, and keeps the memory of one hash.
    aim = f"<= 70 MiB: 50 + one hash (at most it was {most:.1f} MiB)"
    bench.at_most("memory after the load", aim, after, 70, " MiB")


def lookup(bench):
    """The indexed lookup of an identifier: with the insert of the attempt, and as bare as a floor."""
    name = f"{bench.users:,} users"
    point = bench.floors.route("rest", bench.users)
    _looked_up(bench, f"bare indexed SELECT, {name}", "bare indexed SELECT", point)
    attempt = bench.load("/v1/client/sign_ins", "sign_in", settings={"users": bench.users})
    _looked_up(bench, f"identifier of a sign-in, {name}", "identifier of a sign-in", attempt, ("rest", point))


def _looked_up(bench, line, kind, what, floor=None):
    """A row; with many users also what it costs more than with few."""
    bench.row(line, what, floor)
    few = bench.known.setdefault(kind, what)
    if few is what:
        return
    bench.at_most(line, f"<= 1.2 x the CPU time at {USERS:,} users", what.processor_ms / few.processor_ms, 1.2, " x")
    bench.at_most(line, f"<= 1.2 x the time at {USERS:,} users", few.per_second / what.per_second, 1.2, " x")


def _mean(first, second):
    values = zip(dataclasses.astuple(first), dataclasses.astuple(second))
    return Measured(*((one + other) / 2 for one, other in values))


# In the order in which they run. `lookup` runs again with many users at the end.
LINES = {
    "start": start, "sign-in": sign_in, "sign-up": sign_up, "viewer": viewer, "me": me, "client": client,
    "token": token, "jwks": jwks, "mixed": mixed, "lookup": lookup, "memory": memory,
}

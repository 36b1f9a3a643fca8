"""The lines of the benchmark: what is sent, what it is held against, what is aimed at.

Two rules: a line that reads sends its request once before the load and looks at the answer, since wrk sees only statuses; and
an aim is a ratio to a floor or to another line of the same run.
"""

import dataclasses
import json
import statistics
import time

from . import load, process
from .floor import Floors
from .load import Measured, Wrk
from .person import PASSWORD, Person, send
from .process import Failure
from .report import Report
from .server import Server
from .sockets import sockets

# Users in the database under every line, and the number that --large compares a lookup with.
USERS = 10_000
MANY_USERS = 1_000_000

_STARTS = 5
# How many times as long as the floor `rest` the server may take to start. It asks the database more, which is a round trip
# each time on PostgreSQL.
_START = {"SQLite": 8, "PostgreSQL": 14}
# Memory of one hash.
_HASH_MIB = 19
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

    def known_or(self, name, measure):
        """A figure of this database that an earlier line has measured; else it is measured now."""
        if name not in self.known:
            self.known[name] = measure()
        return self.known[name]

    def hash(self):
        """The bare hash."""
        return self.known_or("hash", lambda: self.floors.primitive("argon2"))

    def load(self, path, script="fixed", **options):
        """Load on the server."""
        return load.run(self.server.pid, self.server.origin + path, script, self.seconds, **options)

    def row(self, line, what, floor=None):
        """A row of this database."""
        self.report.row(line, self.database.name, what, floor)

    def figure(self, line, what, value, unit):
        """What depends on the machine."""
        self.report.figure(line, self.database.name, what, value, unit)

    def at_least(self, line, ratio, least, of_what):
        """An aim of this database."""
        self.report.at_least(line, self.database.name, ratio, least, of_what)

    def at_most(self, line, ratio, most, of_what):
        """An aim of this database."""
        self.report.at_most(line, self.database.name, ratio, most, of_what)


def start(bench):
    """Start to the first 200 on a database that exists, and memory after it."""
    times, floors = [], []
    for _ in range(_STARTS):
        floors.append(bench.floors.start())
        bench.server.stop()
        times.append(bench.server.start())
    taken, floor = statistics.median(times), statistics.median(floors)
    bench.figure("start to first 200", f"median of {_STARTS}", taken, "ms")
    bench.figure("start to first 200", f"floor rest, median of {_STARTS}", floor, "ms")
    bench.at_most("start to first 200", taken / floor, _START[bench.database.name], "the start of rest")
    time.sleep(_SETTLE_SECONDS)
    bare = bench.known_or("memory", bench.floors.memory)
    idle = process.memory_mib(bench.server.pid)
    bench.figure("memory idle", "resident", idle, "MiB")
    bench.figure("memory idle", "resident, its own", process.memory_mib(bench.server.pid, "RssAnon"), "MiB")
    bench.figure("memory idle", "floor axum, resident", bare, "MiB")
    bench.at_most("memory idle", idle / bare, 4.2, "bare axum")


def sign_in(bench):
    """Password sign-in against the bare hash, which is measured right before and right after it."""
    before = bench.floors.primitive("argon2")
    what = bench.load("/v1/client/sign_ins", "sign_in", settings={"users": bench.users, "password": PASSWORD})
    floor = _mean(before, bench.floors.primitive("argon2"))
    bench.known["hash"] = floor
    bench.row("password sign-in", what, ("argon2", floor))
    bench.figure("password sign-in", "CPU time over the bare hash", what.processor_ms - floor.processor_ms, "ms")
    bench.at_least("password sign-in", what.per_second / floor.per_second, 0.92, "the bare hash")


def sign_up(bench):
    """The whole sign-up: two requests, one hash."""
    floor = bench.hash()
    what = bench.load("", "sign_up", settings={"password": PASSWORD})
    bench.row("sign-up journey (latency of a request)", what, ("argon2", floor))
    bench.figure("sign-up journey", "CPU time over the bare hash", what.processor_ms - floor.processor_ms, "ms")
    bench.at_most("sign-up journey", what.processor_ms / floor.processor_ms, 1.3, "the CPU time of the bare hash")


def viewer(bench):
    """Session read by GraphQL, as a browser and with a session token."""
    floor = bench.floors.route("graphql", bench.users)
    for how, headers in (("cookie", bench.person.cookie), ("session token", bench.person.bearer())):
        what = _session_read(bench, f"viewer ({how})", "/graphql", headers, ("graphql", floor), _VIEWER)
        bench.at_least(f"viewer ({how})", what.per_second / floor.per_second, 1, "graphql, which asks the database")


def me(bench):
    """Session read by REST, as a browser and with a session token."""
    floor = bench.floors.route("rest", bench.users)
    browser = _session_read(bench, "GET /v1/me (cookie)", "/v1/me", bench.person.cookie, ("rest", floor))
    backend = _session_read(bench, "GET /v1/me (session token)", "/v1/me", bench.person.bearer(), ("rest", floor))
    bench.at_least("GET /v1/me (session token)", backend.per_second / floor.per_second, 1, "rest, which asks the database")
    bench.at_least("GET /v1/me (cookie)", browser.per_second / backend.per_second, 0.5, "the same by session token")


def _session_read(bench, line, path, headers, floor, body=None):
    _check_read(bench, path, headers, body)
    settings = {"method": "POST", "body": body, "type": "application/json"} if body else {}
    what = bench.load(path, settings=settings, headers=headers)
    _check_read(bench, path, headers, body)
    bench.row(line, what, floor)
    bench.known[line] = what
    return what


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
    bench.at_least("GET /v1/client", what.per_second / floor.per_second, 0.6, "raw signing")


def token(bench):
    """A session token."""
    floor = bench.floors.primitive("rsa")
    bench.person.bearer()
    settings = {"method": "POST"}
    what = bench.load(bench.person.token_path, settings=settings, headers=bench.person.cookie)
    bench.row("session token", what, ("rsa", floor))
    bench.at_least("session token", what.per_second / floor.per_second, 0.7, "raw signing")


def jwks(bench):
    """The key set."""
    path = "/.well-known/jwks.json"
    answer, _ = send(bench.server.port, "GET", path)
    if not answer["keys"]:
        raise Failure("the key set is empty")
    floor = bench.floors.route("axum")
    what = bench.load(path)
    bench.row("JWKS", what, ("axum", floor))
    bench.at_least("JWKS", what.per_second / floor.per_second, 0.35, "bare axum")


def mixed(bench):
    """Session reads by 8 connections while 16 others sign in by password."""
    headers = bench.person.cookie
    hash_alone = bench.hash()
    _check_read(bench, "/graphql", headers, _VIEWER)
    reading = {"method": "POST", "body": _VIEWER, "type": "application/json"}
    alone = bench.known_or("viewer (cookie)", lambda: bench.load("/graphql", settings=reading, headers=headers))
    settings = {"users": bench.users, "password": PASSWORD}
    # It begins before the reads and ends after them, so that they never have the processor to themselves.
    signing_in = Wrk(bench.server.origin + "/v1/client/sign_ins", "sign_in", settings, seconds=bench.seconds + 2)
    try:
        time.sleep(1)
        reader = Wrk(bench.server.origin + "/graphql", "fixed", reading, headers, bench.seconds, connections=8)
        # Processor time is not shared out between the two.
        reads = load.measured(reader.result(), float("nan"))
        sign_ins = load.measured(signing_in.result(), float("nan"))
    finally:
        signing_in.stop()
    bench.row("mixed: viewer", reads, ("viewer (cookie) alone", alone))
    bench.row("mixed: password sign-in", sign_ins, ("argon2", hash_alone))
    bench.at_least("mixed: viewer", reads.per_second / alone.per_second, 0.4, "viewer (cookie) alone")
    bench.at_most("mixed: viewer, p99", reads.p99_ms / hash_alone.p50_ms, 1, "one bare hash")


def memory(bench):
    """Memory after everything that came before."""
    time.sleep(_SETTLE_SECONDS)
    bare = bench.known_or("memory", bench.floors.memory)
    after = process.memory_mib(bench.server.pid)
    most = process.memory_mib(bench.server.pid, "VmHWM")
    bench.figure("memory after the load", "resident", after, "MiB")
    bench.figure("memory after the load", "resident, its own", process.memory_mib(bench.server.pid, "RssAnon"), "MiB")
    bench.figure("memory after the load", "resident, at most", most, "MiB")
    # One thread hashes, and keeps the memory of one hash.
    bench.at_most("memory after the load, without one hash", (after - _HASH_MIB) / bare, 8.5, "bare axum")


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
    bench.at_most(line, what.processor_ms / few.processor_ms, 1.2, f"the CPU time at {USERS:,} users")
    bench.at_most(line, few.per_second / what.per_second, 1.2, f"the time at {USERS:,} users")


def _mean(first, second):
    values = zip(dataclasses.astuple(first), dataclasses.astuple(second))
    return Measured(*((one + other) / 2 for one, other in values))


# In the order in which they run. `lookup` runs again with many users at the end.
LINES = {
    "start": start, "sign-in": sign_in, "sign-up": sign_up, "viewer": viewer, "me": me, "client": client,
    "token": token, "jwks": jwks, "mixed": mixed, "lookup": lookup, "memory": memory, "sockets": sockets,
}

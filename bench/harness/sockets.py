"""What it costs to follow a client: processor time of a push, memory of a socket.

One rule: the same changes are made with nobody following, with many who follow others, and with many who follow what changes;
and each round ends when everybody whom it concerns was told of it.
"""

import http.client
import json
import time

from . import process
from .crowd import Crowd
from .person import Person
from .process import Failure

# Clients, and the sockets of each: as many as a client may have is 32.
_CLIENTS = 40
_EACH = 25
_MOST_TIMES_CPU = 2
_MOST_KIB = 32
_SETTLE_SECONDS = 2
_FOLLOW = """subscription { clientUpdated {
  client { id lastActiveSessionId sessions { id status } }
  query { viewer { id firstName } }
} }"""
_TOUCH = "mutation($id: ID!) { sessionTouch(input: { sessionId: $id }) { session { id } } }"


def sockets(bench):
    """A thousand sockets of 40 clients, and changes of each client that nobody, others or all of its sockets are told of."""
    # Memory that an earlier line has given back would be taken for free, so the process is a fresh one.
    _restart(bench, {"session": {"single_session_mode": False}})
    try:
        people = [_Switcher(bench.server, number) for number in range(2 * _CLIENTS)]
        _measure(bench, people[:_CLIENTS], people[_CLIENTS:])
    finally:
        _restart(bench, None)


def _restart(bench, settings):
    bench.server.stop()
    bench.server.raise_budgets(settings or {"session": {"single_session_mode": True}})
    bench.server.start()


class _Switcher:
    """Somebody with two sessions on one client, who switches between them."""

    def __init__(self, server, number):
        first = Person(server, f"sockets-{number}-a+clerk_test@example.com")
        self._sessions = [first.session_id]
        first.sign_up(f"sockets-{number}-b+clerk_test@example.com")
        # The one that acts comes last.
        self._sessions.append(first.session_id)
        self.cookie = first.cookie
        self.token = first.token

    @property
    def acting(self):
        """The session that acts."""
        return self._sessions[-1]

    def switch(self, connection):
        """Lets the other session act."""
        self._sessions.reverse()
        body = json.dumps({"query": _TOUCH, "variables": {"id": self.acting}})
        connection.request("POST", "/graphql", body, self.cookie | {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        touched = ((answer.get("data") or {}).get("sessionTouch") or {}).get("session")
        if not touched or touched["id"] != self.acting:
            raise Failure(f"the session was not switched: {json.dumps(answer)[:300]}")


class _Changes:
    """Rounds in which each of some people changes once. Gives the processor time of one change, and the pushes that came of it."""

    def __init__(self, bench, people, crowd=None, is_followed=False):
        connection = http.client.HTTPConnection("127.0.0.1", bench.server.port, timeout=30)
        rounds, pushed = 0, 0
        try:
            # Twice: the first change of a session in a minute writes its activity too.
            for _ in range(2):
                self._round(connection, people, crowd, is_followed)
            pushed = crowd.pushes if crowd else 0
            before, until = process.processor_ms(bench.server.pid), time.monotonic() + bench.seconds
            while rounds < 5 or time.monotonic() < until:
                self._round(connection, people, crowd, is_followed)
                rounds += 1
            spent = process.processor_ms(bench.server.pid) - before
        finally:
            connection.close()
        changes = rounds * len(people)
        self.processor_ms = spent / changes
        self.pushes = (crowd.pushes - pushed) / changes if crowd else 0

    @staticmethod
    def _round(connection, people, crowd, is_followed):
        for person in people:
            person.switch(connection)
        if crowd:
            words = {number: f'"lastActiveSessionId":"{person.acting}"' for number, person in enumerate(people)}
            crowd.await_all(words if is_followed else {})


def _measure(bench, followed, others):
    everybody = _CLIENTS * _EACH
    before = [_Changes(bench, people).processor_ms for people in (followed, others)]
    bare = _settled_kib(bench)
    crowd = Crowd(bench.server.port, [person.token for person in followed], _EACH, _FOLLOW)
    try:
        idle = _settled_kib(bench)
        resting = _processor_ms_of_rest(bench)
        of_others = _Changes(bench, others, crowd)
        of_followed = _Changes(bench, followed, crowd, is_followed=True)
        busy = _settled_kib(bench)
    finally:
        crowd.leave()
    after = _Changes(bench, others).processor_ms
    without = (sum(before) / len(before) + after) / 2
    if of_others.pushes:
        raise Failure(f"{of_others.pushes:.2f} pushes for a change of a client that nobody follows")
    line = f"sockets, {everybody:,} of {_CLIENTS} clients"
    bench.figure(line, "CPU time of a change, no sockets", without, "ms")
    bench.figure(line, "the same, sockets of others", of_others.processor_ms, "ms")
    bench.figure(line, f"the same, {_EACH} sockets of who changes", of_followed.processor_ms, "ms")
    bench.figure(line, "told of each change", of_followed.pushes, "sockets")
    bench.figure(line, "CPU time of a push", (of_followed.processor_ms - without) / of_followed.pushes, "ms")
    bench.figure(line, "CPU time of all at rest, in a second", resting, "ms")
    bench.figure(line, "resident, no sockets", bare / 1024, "MiB")
    bench.figure(line, "resident, sockets open", idle / 1024, "MiB")
    bench.figure(line, "resident, after the pushes", busy / 1024, "MiB")
    bench.figure(line, "memory of a socket, open", (idle - bare) / everybody, "KiB")
    bench.figure(line, "memory of a socket, after the pushes", (busy - bare) / everybody, "KiB")
    of_what = "the CPU time without sockets"
    bench.at_most("sockets: change that others follow", of_others.processor_ms / without, _MOST_TIMES_CPU, of_what)
    bench.at_most(f"sockets: change that {_EACH} follow", of_followed.processor_ms / without, _MOST_TIMES_CPU, of_what)
    bench.at_most("sockets: memory of each, pushed to", (busy - bare) / everybody / _MOST_KIB, 1, f"{_MOST_KIB} KiB")


def _settled_kib(bench):
    time.sleep(_SETTLE_SECONDS)
    return process.memory_mib(bench.server.pid) * 1024


def _processor_ms_of_rest(bench):
    before = process.processor_ms(bench.server.pid)
    time.sleep(bench.seconds)
    return (process.processor_ms(bench.server.pid) - before) / bench.seconds

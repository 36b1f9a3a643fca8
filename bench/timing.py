#!/usr/bin/env python3
"""Whether the time of an answer tells who has an account. Started by `scripts/check timing`.

Where accounts are concealed, an unknown identifier, a known one, a locked account and one without a password are probed in
random order, each many times. Passwords are hashed with the least memory, so that hashing hides nothing. Each branch is
held against the unknown one by Welch's t test and by the test of Kolmogorov and Smirnov, and the difference of the medians
is printed beside them. One rule: whatever is started or made here is gone at the end, however it ends.
"""

import argparse
import http.client
import json
import math
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
import urllib.parse

from harness import process
from harness.database import Postgres, Sqlite
from harness.person import Person
from harness.process import Failure
from harness.server import Server

# Accounts of a branch: so many that none is probed twice in the same way, since a first time may take longer.
_ACCOUNTS = 50_000
# Branches by the numbers of their accounts, which all have as many digits.
_BRANCHES = {"unknown": 400_000, "known": 100_000, "locked": 200_000, "without password": 300_000}
# A difference is found out when both tests are surer of it than this (t of 3.29, and the same for the largest distance of
# two distributions) and it is longer than a network lets anybody see at the rates that budgets allow.
_SURE_T = 3.29
_SURE_DISTANCE = 1.95
_VISIBLE_MICROSECONDS = 20

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}
_SIGN_IN = "mutation($input: SignInCreateInput!) { signInCreate(input: $input) { userErrors { code } } }"


def _password(address):
    fields = {"identifier": address, "strategy": "password", "password": "wrong wrong wrong"}
    return "/v1/client/sign_ins", _FORM, urllib.parse.urlencode(fields)


def _password_by_graphql(address):
    fields = {"identifier": address, "proof": {"password": "wrong wrong wrong"}}
    return "/graphql", _JSON, json.dumps({"query": _SIGN_IN, "variables": {"input": fields}})


def _identifier(address):
    return "/v1/client/sign_ins", _FORM, urllib.parse.urlencode({"identifier": address})


def _sign_up(address):
    return "/v1/client/sign_ups", _FORM, urllib.parse.urlencode({"email_address": address})


_PROBES = {
    "sign-in by password, REST": _password,
    "sign-in by password, GraphQL": _password_by_graphql,
    "sign-in by identifier": _identifier,
    "sign-up": _sign_up,
}


def main():
    """Runs every probe on both databases; the exit status is 1 when one of them tells."""
    parser = argparse.ArgumentParser(prog="scripts/check timing")
    parser.add_argument("--samples", type=int, default=20_000, help="of each branch (default: 20,000)")
    parser.add_argument("--binary", required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.sched_setaffinity(0, {process.LOAD_PROCESSOR})
    told = False
    for kind in (Sqlite, Postgres):
        told |= _probe_all(kind, arguments)
    return 1 if told else 0


def _probe_all(kind, arguments):
    scratch = tempfile.mkdtemp(prefix="vestibule-timing.")
    database = server = None
    try:
        database = kind(scratch)
        environment = {"VESTIBULE_HASHER_MEMORY_KIB": "8", "VESTIBULE_HASHER_ITERATIONS": "1"}
        server = Server(arguments.binary, database, scratch, environment)
        _prepare(server, database)
        return any([_report(name, kind.name, _sample(server.port, probe, arguments.samples))
                    for name, probe in _PROBES.items()])
    finally:
        if server is not None:
            server.stop()
        if database is not None:
            database.drop()
        shutil.rmtree(scratch, ignore_errors=True)


def _prepare(server, database):
    server.start()
    Person(server)
    server.stop()
    server.raise_budgets({
        "attack_protection": {"enumeration_protection": True},
        "attribute": {"password": {"required": False}},
    })
    for branch, first in _BRANCHES.items():
        if branch != "unknown":
            database.seed(first, first + _ACCOUNTS - 1)
    users = "id IN (SELECT user_id FROM identification WHERE value LIKE 'bench-{}_____@%')"
    until = int(time.time() * 1_000) + 24 * 3_600_000
    database.execute(f"""
        INSERT INTO lockout (instance_id, subject, failures, window_started_at, locked_until, expire_at)
        SELECT instance_id, id, 100, 0, {until}, {until} FROM "user" WHERE {users.format(2)};
        UPDATE "user" SET password_digest = NULL WHERE {users.format(3)};
    """)
    server.start()


def _sample(port, probe, samples):
    """Nanoseconds of each answer, by branch."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took = {branch: [] for branch in _BRANCHES}
    seen = {}
    order = list(_BRANCHES.items())
    for number in range(samples + samples // 20):
        random.shuffle(order)
        for branch, first in order:
            path, headers, body = probe(f"bench-{first + number % _ACCOUNTS}@example.com")
            began = time.perf_counter_ns()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            spent = time.perf_counter_ns() - began
            if answer.status >= 500 or answer.status == 429:
                raise Failure(f"{path} answered {answer.status}: {text[:200]}")
            seen.setdefault((answer.status, len(text)), set()).add(branch)
            # The first ones warm the server up.
            if number >= samples // 20:
                took[branch].append(spent)
    connection.close()
    if any(len(branches) < len(_BRANCHES) for branches in seen.values()):
        raise Failure(f"status or length tell: {seen}")
    return took


def _report(probe, database, took):
    """Prints each branch beside the unknown one. Returns whether one of them is found out."""
    told = False
    unknown = took["unknown"]
    for branch, sample in took.items():
        if branch == "unknown":
            continue
        difference = (statistics.median(sample) - statistics.median(unknown)) / 1_000
        t, distance = abs(_welch(sample, unknown)), _distance(sample, unknown)
        is_sure = t > _SURE_T and distance > _SURE_DISTANCE * math.sqrt(2 / len(sample))
        tells = is_sure and abs(difference) > _VISIBLE_MICROSECONDS
        told |= tells
        print(f"{database}, {probe}: {branch} {difference:+.1f} us of {statistics.median(unknown) / 1_000:.0f} us, "
              f"t {t:.1f}, D {distance:.4f}: {'TELLS' if tells else 'tells nothing'}", flush=True)
    return told


def _welch(one, other):
    """Welch's t, of what is left without the slowest twentieth: interruptions say nothing about the branch."""
    one, other = _without_slowest(one), _without_slowest(other)
    spread = math.sqrt(statistics.variance(one) / len(one) + statistics.variance(other) / len(other))
    return (statistics.fmean(one) - statistics.fmean(other)) / spread


def _without_slowest(sample):
    return sorted(sample)[: len(sample) * 19 // 20]


def _distance(one, other):
    """The largest distance of the two empirical distributions (Kolmogorov and Smirnov)."""
    one, other = sorted(one), sorted(other)
    largest, left, right = 0.0, 0, 0
    while left < len(one) and right < len(other):
        value = min(one[left], other[right])
        while left < len(one) and one[left] == value:
            left += 1
        while right < len(other) and other[right] == value:
            right += 1
        largest = max(largest, abs(left / len(one) - right / len(other)))
    return largest


if __name__ == "__main__":
    sys.exit(main())

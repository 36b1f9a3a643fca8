#!/usr/bin/env python3
"""Measures the server and its floors side by side and prints the tables. Started by scripts/bench.

One rule: whatever is started or made here is gone at the end, however it ends.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile

from harness import process
from harness.database import Postgres, Sqlite
from harness.floor import Floors
from harness.lines import LINES, MANY_USERS, USERS, Bench, lookup
from harness.person import Person
from harness.process import Failure
from harness.report import Report
from harness.server import Server

_DATABASES = {"sqlite": [Sqlite], "postgres": [Postgres], "both": [Sqlite, Postgres]}


def main():
    """Runs what the command line asks for; the exit status is 1 if a line could not be measured."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.sched_setaffinity(0, {process.LOAD_PROCESSOR})
    report = Report()
    for database in _DATABASES[arguments.database]:
        print(f"== {database.name}", file=sys.stderr, flush=True)
        _guarded(report, "set-up", database.name, lambda kind=database: _measure(kind, arguments, report))
    report.print()
    return 1 if report.failures else 0


def _arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures the server and its floors side by side.")
    parser.add_argument("--seconds", type=int, default=5, choices=range(1, 31), metavar="N",
                        help="length of each measurement, 1 to 30 (default: 5)")
    parser.add_argument("--only", action="append", choices=LINES, metavar="NAME",
                        help=f"only this line; may be repeated: {', '.join(LINES)}")
    parser.add_argument("--database", choices=_DATABASES, default="both", help="default: both")
    parser.add_argument("--large", action="store_true", help=f"also with {MANY_USERS:,} users, which takes minutes")
    parser.add_argument("--binary", required=True, help="the server")
    parser.add_argument("--floor", required=True, help="the floors")
    return parser.parse_args()


def _measure(kind, arguments, report):
    """All lines on one database."""
    scratch = tempfile.mkdtemp(prefix="vestibule-bench.")
    database = server = None
    try:
        database = kind(scratch)
        server = Server(arguments.binary, database, scratch)
        floors = Floors(arguments.floor, server, database, arguments.seconds)
        bench = Bench(server, floors, database, report, arguments.seconds)
        _prepare(bench)
        wanted = arguments.only or list(LINES)
        for name, line in LINES.items():
            if name in wanted:
                _guarded(report, name, database.name, lambda line=line: line(bench))
        if arguments.large and "lookup" in wanted:
            _guarded(report, "lookup", database.name, lambda: _lookup_among_many(bench))
    finally:
        if server is not None:
            server.stop()
        if database is not None:
            database.drop()
        shutil.rmtree(scratch, ignore_errors=True)


def _prepare(bench):
    """A database with users whose password is known, budgets out of the way, and somebody signed in."""
    bench.server.start()
    bench.server.stop()
    bench.server.raise_budgets()
    bench.server.start()
    bench.person = Person(bench.server)
    bench.server.stop()
    bench.database.seed(1, USERS)
    bench.server.start()


def _lookup_among_many(bench):
    bench.server.stop()
    bench.database.seed(USERS + 1, MANY_USERS)
    bench.users = MANY_USERS
    bench.server.start()
    lookup(bench)


def _guarded(report, name, database, work):
    """Does the work; a failure becomes part of the report, and the next line gets its turn."""
    try:
        work()
    except (Failure, KeyError, IndexError, TypeError) as error:
        # The last three: an answer that does not have the form it should have.
        report.failure(name, database, error if isinstance(error, Failure) else f"unexpected answer: {error!r}")


if __name__ == "__main__":
    sys.exit(main())

"""The two databases: where they are, and filling them with users by plain SQL.

One rule: `seed` is only called while no server runs on the database.
"""

import os
import sqlite3
import subprocess
import urllib.parse

from .process import Failure

# Connections of the server and of the floors alike: the server's default.
CONNECTIONS = 10

# Rows of both tables as a sign-up leaves them, for the numbers from :first to :last. Every user has the password of the
# one who signed up through the API, whose digest is copied. Identifiers keep their form: prefix and 27 characters.
_SEED = """
INSERT INTO "user" (id, instance_id, password_digest, password_updated_at, primary_email_address_id, public_metadata,
  private_metadata, unsafe_metadata, banned, failed_attempts, created_at, updated_at)
SELECT 'user_' || bench.name, model.instance_id, model.password_digest, model.created_at, 'idn_' || bench.name,
  '{{}}', '{{}}', '{{}}', false, 0, model.created_at, model.created_at
FROM ({numbers}) AS bench, (SELECT * FROM "user" WHERE password_digest IS NOT NULL ORDER BY id LIMIT 1) AS model;
INSERT INTO identification (id, instance_id, kind, value, display, user_id, claimed, verified, created_at, updated_at)
SELECT 'idn_' || bench.name, model.instance_id, 'email_address', 'bench-' || bench.number || '@example.com',
  'bench-' || bench.number || '@example.com', 'user_' || bench.name, true, true, model.created_at, model.created_at
FROM ({numbers}) AS bench, (SELECT * FROM "user" WHERE password_digest IS NOT NULL ORDER BY id LIMIT 1) AS model;
"""
_SQLITE_NUMBERS = """WITH RECURSIVE counted(number) AS (
  SELECT {first} UNION ALL SELECT number + 1 FROM counted WHERE number < {last}
) SELECT number, 'BENCH' || printf('%022d', number) AS name FROM counted"""
_POSTGRES_NUMBERS = """SELECT number, 'BENCH' || lpad(number::text, 22, '0') AS name
  FROM generate_series({first}, {last}) AS number"""


def _seed_script(numbers, first, last):
    return _SEED.format(numbers=numbers.format(first=first, last=last))


class Sqlite:
    """A file in the scratch directory."""

    name = "SQLite"

    def __init__(self, scratch):
        self._path = os.path.join(scratch, "vestibule.db")
        self.url = f"sqlite:{self._path}"

    def seed(self, first, last):
        """Adds users with the numbers `first` to `last`."""
        self.execute(_seed_script(_SQLITE_NUMBERS, first, last))

    def execute(self, script):
        """Runs statements in one transaction."""
        connection = sqlite3.connect(self._path)
        try:
            connection.executescript(f"BEGIN; {script} COMMIT;")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def drop(self):
        """The scratch directory is removed as a whole."""


class Postgres:
    """A database of its own on the server that scripts/postgres started."""

    name = "PostgreSQL"

    def __init__(self, _scratch):
        server = os.environ.get("TEST_DATABASE_URL")
        if server is None:
            raise Failure("TEST_DATABASE_URL is not set: run this through scripts/bench")
        self._database = f"bench_{os.getpid()}"
        self.url = urllib.parse.urlsplit(server)._replace(path=f"/{self._database}").geturl()
        self._server = server
        self._run(server, f"CREATE DATABASE {self._database}")

    def _run(self, url, script):
        command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url}"]
        done = subprocess.run(command, input=script, text=True, capture_output=True, timeout=1_800, check=False)
        if done.returncode != 0:
            raise Failure(f"psql: {done.stderr.strip()}")

    def seed(self, first, last):
        """Adds users with the numbers `first` to `last`, and the statistics that autovacuum would gather."""
        self.execute(_seed_script(_POSTGRES_NUMBERS, first, last))
        self._run(self.url, "VACUUM ANALYZE")

    def execute(self, script):
        """Runs statements in one transaction."""
        self._run(self.url, f"BEGIN; {script} COMMIT;")

    def drop(self):
        """Removes the database."""
        self._run(self._server, f"DROP DATABASE IF EXISTS {self._database} WITH (FORCE)")

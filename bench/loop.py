#!/usr/bin/env python3
"""How long a developer waits after an edit. Started by `scripts/check loop`.

A resolver, a verb and a rule of the same capability are really edited: a statement with a new number is put into the function,
so that no artefact of an earlier edit fits. Timed are `cargo check` of the edited crate alone, `cargo check` of the whole
workspace, and the run of that capability's tests, each after an edit of its own and after everything else was built. One rule:
the files are put back, however it ends; meanwhile the working tree is not to be touched or committed.
"""

import argparse
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import time
import tomllib

_ROOT = pathlib.Path(__file__).resolve().parent.parent
# What is edited: where its file lies, below whichever crate, and the function.
_EDITED = {
    "resolver": (r"(?:^|/)graphql/(?:.*/)?session/[^/]+\.rs$", "session_touch"),
    "verb": (r"(?:^|/)service/(?:.*/)?session/touch\.rs$", "touch"),
    "rule": (r"(?:^|/)domain/(?:.*/)?session/[^/]+\.rs$", "touch"),
}
_WORKSPACE = ["cargo", "check", "--locked", "--workspace"]
_TESTS = ["cargo", "nextest", "run", "--locked", "--workspace", "--test", "it", "-E", "test(session::)"]
# Beside this much other work, figures are no figures.
_QUIET_LOAD = 0.5


class Failure(Exception):
    """Something could not be edited or built; the message says what."""


class Edited:
    """A function in a file of the working tree, edited as often as wanted and put back at the end."""

    def __init__(self, kind):
        pattern, self._function = _EDITED[kind]
        self._path, self._original, self._at = self._found(re.compile(pattern))
        self.name = str(self._path.relative_to(_ROOT))
        self.crate = _crate(self._path)

    def _found(self, pattern):
        listed = subprocess.run(["git", "ls-files"], cwd=_ROOT, check=True, capture_output=True, text=True).stdout
        for name in listed.splitlines():
            path = _ROOT / name
            if pattern.search(name) and not name.startswith("tests/") and path.is_file():
                text = path.read_text(encoding="utf-8")
                at = _body(text, self._function)
                if at is not None:
                    return path, text, at
        raise Failure(f"no file that matches {pattern.pattern} has a function {self._function}")

    def edit(self):
        """Changes what the function does, differently each time."""
        statement = f"\n    let _ = std::hint::black_box({time.time_ns()}_u64);"
        self._path.write_text(self._original[: self._at] + statement + self._original[self._at :], encoding="utf-8")

    def put_back(self):
        """Restores the file. Its time is that of now, or cargo would take what was built of the edit for what is there."""
        if self._path.read_text(encoding="utf-8") != self._original:
            self._path.write_text(self._original, encoding="utf-8")


def _body(text, function):
    """Where the body of a function begins: behind the brace that follows its signature. None if the text does not have it."""
    found = re.search(rf"\bfn {function}\b", text)
    if found is None:
        return None
    depth = 0
    for at in range(found.end(), len(text)):
        if text[at] in "([":
            depth += 1
        elif text[at] in ")]":
            depth -= 1
        elif text[at] == "{" and depth == 0:
            return at + 1
    return None


def _crate(path):
    """The package whose manifest lies nearest above the file."""
    for folder in path.parents:
        manifest = folder / "Cargo.toml"
        if manifest.is_file():
            package = tomllib.loads(manifest.read_text(encoding="utf-8")).get("package")
            if package is None:
                break
            return package["name"]
    raise Failure(f"{path} belongs to no crate")


def _seconds(command):
    """Runs a command to its good end; how long that took."""
    environment = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    began = time.monotonic()
    child = subprocess.Popen(command, cwd=_ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
    try:
        output, _ = child.communicate()
    except BaseException:
        child.terminate()
        child.wait()
        raise
    if child.returncode != 0:
        raise Failure(f"{' '.join(command)} ended with {child.returncode}:\n{output[-3000:]}")
    return time.monotonic() - began


def _measure(kind, edits):
    """A row of the table: medians of so many edits."""
    edited = Edited(kind)
    commands = [["cargo", "check", "--locked", "--package", edited.crate], _WORKSPACE, _TESTS]
    times = [[] for _ in commands]
    try:
        for command in commands:
            _seconds(command)
        for _ in range(edits):
            for command, taken in zip(commands, times):
                edited.edit()
                taken.append(_seconds(command))
    finally:
        edited.put_back()
    print(f"  {kind}: {edited.name}: " + "; ".join(_list(taken) for taken in times), file=sys.stderr, flush=True)
    return [kind, edited.name, edited.crate, *(f"{statistics.median(taken):.1f}" for taken in times)]


def _list(taken):
    return " ".join(f"{seconds:.1f}" for seconds in taken)


def _ended(*_):
    sys.exit(143)


def main():
    """Prints the table; the exit status is 1 when something does not build or a test fails."""
    parser = argparse.ArgumentParser(prog="scripts/check loop", description="How long a developer waits after an edit.")
    parser.add_argument("--edits", type=int, default=3, choices=range(1, 21), metavar="N",
                        help="medians of so many, 1 to 20 (default: 3)")
    parser.add_argument("--only", action="append", choices=_EDITED, help="only this one; may be repeated")
    arguments = parser.parse_args()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _ended)

    load = os.getloadavg()[0]
    if load > _QUIET_LOAD:
        print(f"the machine is not quiet (load {load:.1f}): seconds are longer than they should be", file=sys.stderr)
    header = ["edited", "file", "crate", "check of the crate, s", "check of the workspace, s", "its tests have run, s"]
    try:
        rows = [_measure(kind, arguments.edits) for kind in arguments.only or _EDITED]
    except Failure as failure:
        sys.exit(f"scripts/check loop: {failure}")
    widths = [max(map(len, column)) for column in zip(header, *rows)]
    for row in [header, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


if __name__ == "__main__":
    main()

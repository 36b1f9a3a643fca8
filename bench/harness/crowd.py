"""A thousand sockets that follow their clients, in a process of their own on the processor for load.

One rule: a socket that the server closes, or that is told anything but what it follows, is a failure and not a figure.
"""

import base64
import contextlib
import json
import multiprocessing
import os
import resource
import selectors
import signal
import socket
import struct
import time
import traceback

from . import process
from .process import Failure

# Descriptors of the process beside its sockets.
_OTHER_FILES = 64
_PATIENCE_SECONDS = 30
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Crowd:
    """Sockets of many clients; `by_client` has a client token for each, and each has a network of its own."""

    def __init__(self, port, by_client, each, document):
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_attend, daemon=True,
                                                args=(theirs, port, by_client, each, document))
        self._process.start()
        theirs.close()
        self.pushes = 0
        self._answer()

    def await_all(self, words):
        """Waits until the last push of every socket of these clients, by number, has the word in it."""
        self._ours.send(words)
        self._answer()

    def _answer(self):
        try:
            if not self._ours.poll(_PATIENCE_SECONDS + 10):
                raise Failure("the crowd says nothing")
            failure, self.pushes = self._ours.recv()
        except EOFError as error:
            raise Failure("the crowd is gone") from error
        if failure:
            raise Failure(failure)

    def leave(self):
        """Closes all of them."""
        self._ours.close()
        self._process.join(10)
        self._process.kill()
        self._process.join()


def _attend(told, port, by_client, each, document):
    """The process: opens the sockets, then reads what is pushed and answers questions about it, until nobody asks."""
    os.sched_setaffinity(0, {process.LOAD_PROCESSOR})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        if hard != resource.RLIM_INFINITY and hard < len(by_client) * each + _OTHER_FILES:
            raise Failure(f"{len(by_client) * each} sockets need more than the {hard} open files that are allowed")
        crowd = _Readers(port, by_client, each, document)
        crowd.read_until(lambda: all(reader.last for reader in crowd.readers))
        told.send((None, crowd.pushes()))
        crowd.serve(told)
    except (Failure, OSError) as error:
        told.send((f"a socket: {error}", 0))
    except Exception:  # pylint: disable=broad-except
        told.send((f"the crowd broke: {traceback.format_exc()}", 0))


class _Readers:
    """All sockets, and one selector over them."""

    def __init__(self, port, by_client, each, document):
        self._selector = selectors.DefaultSelector()
        self.readers = []
        for client, token in enumerate(by_client):
            # As many networks as clients: the streams of one network have a bound.
            address = f"127.2.{client // 250}.{1 + client % 250}"
            for _ in range(each):
                reader = _Reader(client, address, port, token, document)
                self.readers.append(reader)
                self._selector.register(reader.socket, selectors.EVENT_READ, reader)

    def pushes(self):
        """How many there were until now."""
        return sum(reader.pushes for reader in self.readers)

    def read_until(self, is_done):
        """Reads until that holds."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not is_done():
            if time.monotonic() > deadline:
                raise Failure(f"{_PATIENCE_SECONDS} s have passed, and not everybody was told what they wait for")
            self._read(0.1)

    def serve(self, told):
        """Reads all the time; each question is answered once its words have arrived."""
        self._selector.register(told, selectors.EVENT_READ)
        with contextlib.suppress(EOFError):
            while True:
                if not self._read(None):
                    continue
                words = told.recv()
                waiting = [(reader, words[reader.client].encode()) for reader in self.readers if reader.client in words]
                self._selector.unregister(told)
                self.read_until(lambda pairs=waiting: all(word in reader.last for reader, word in pairs))
                self._selector.register(told, selectors.EVENT_READ)
                told.send((None, self.pushes()))

    def _read(self, patience):
        """Reads what has come; whether somebody asks."""
        is_asked = False
        for key, _ in self._selector.select(patience):
            if key.data is None:
                is_asked = True
            else:
                key.data.read()
        return is_asked


class _Reader:
    """One socket that follows its client by `graphql-transport-ws`."""

    def __init__(self, client, address, port, token, document):
        self.client = client
        self.socket = socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS, (address, 0))
        self.last = b""
        self.pushes = 0
        self._unread = b""
        self._shake_hands(port, token)
        self._send(_TEXT, json.dumps({"type": "connection_init"}).encode())
        subscribe = {"id": "1", "type": "subscribe", "payload": {"query": document}}
        while b'"connection_ack"' not in self._unread:
            self._unread += self._received()
        self._send(_TEXT, json.dumps(subscribe).encode())
        self.read(is_waiting=False)
        self.socket.setblocking(False)

    def _shake_hands(self, port, token):
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
                             f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                             f"Sec-WebSocket-Protocol: graphql-transport-ws\r\nCookie: __client={token}\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._received()
        head, _, self._unread = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise Failure(f"the handshake was answered {answer[:300]}")

    def _received(self):
        received = self.socket.recv(65_536)
        if not received:
            raise Failure("the server has gone without a word")
        return received

    def read(self, is_waiting=True):
        """Takes in what has arrived."""
        if is_waiting:
            self._unread += self._received()
        while (frame := self._frame()) is not None:
            self._take(*frame)

    def _frame(self):
        """The next whole frame of what was received: its kind and what it carries."""
        if len(self._unread) < 2:
            return None
        begin, size = 2, self._unread[1] & 127
        if size > 125:
            width = 2 if size == 126 else 8
            if len(self._unread) < 2 + width:
                return None
            begin, size = 2 + width, int.from_bytes(self._unread[2:2 + width])
        if len(self._unread) < begin + size:
            return None
        frame = self._unread[0] & 15, self._unread[begin:begin + size]
        self._unread = self._unread[begin + size:]
        return frame

    def _take(self, kind, carried):
        if kind == _PING:
            self._send(_PONG, carried)
        elif kind == _CLOSE:
            raise Failure(f"closed by the server: {int.from_bytes(carried[:2])} {carried[2:].decode()}")
        elif kind == _TEXT and b'"connection_ack"' not in carried:
            message = json.loads(carried)
            if message["type"] != "next" or "errors" in message["payload"]:
                raise Failure(f"told {carried[:300]}")
            self.last = carried
            self.pushes += 1

    def _send(self, kind, carried):
        """One masked frame, as a client has to send them; all of ours are short."""
        head = bytes([128 | kind]) + (bytes([128 | len(carried)]) if len(carried) < 126
                                      else bytes([254]) + struct.pack(">H", len(carried)))
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(carried))
        self.socket.sendall(head + mask + masked)

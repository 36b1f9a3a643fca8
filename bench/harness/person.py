"""A signed-in person: what a line needs to send requests as somebody.

One rule: whatever the server answers is looked at, so that no line measures how fast errors are.
"""

import http.client
import json
import urllib.parse

from .process import Failure

PASSWORD = "correct horse battery staple"
_FORM = "application/x-www-form-urlencoded"


class Person:
    """Someone who has just signed up, with the client token of the browser it happened in."""

    def __init__(self, server, address="first+clerk_test@example.com"):
        self._server = server
        self.token = None
        self.sign_up(address)

    def sign_up(self, address):
        """Signs somebody up in this browser, whose session acts from then on."""
        fields = {"email_address": address, "password": PASSWORD, "strategy": "email_code"}
        begun = self.ask("POST", "/v1/client/sign_ups", fields)["response"]
        proof = {"strategy": "email_code", "code": "424242"}
        done = self.ask("POST", f"/v1/client/sign_ups/{begun['id']}/attempt_verification", proof)["response"]
        if done["status"] != "complete":
            raise Failure(f"the sign-up is {done['status']}: {done}")
        self.session_id = done["created_session_id"]

    @property
    def cookie(self):
        """Headers of a browser."""
        return {"Cookie": f"__client={self.token}"}

    def bearer(self):
        """Headers of a backend or an app that holds a session token: a fresh one, good for a minute."""
        return {"Authorization": f"Bearer {self.ask('POST', self.token_path)['jwt']}"}

    @property
    def token_path(self):
        """Where a session token is minted."""
        return f"/v1/client/sessions/{self.session_id}/tokens"

    def ask(self, method, path, fields=None):
        """Sends a form as this person's browser; the answer's JSON."""
        headers = dict(self.cookie) if self.token else {}
        body = None
        if fields is not None:
            body, headers["Content-Type"] = urllib.parse.urlencode(fields), _FORM
        answer, cookies = send(self._server.port, method, path, headers, body)
        self.token = cookies.get("__client", self.token)
        return answer


def send(port, method, path, headers=None, body=None):
    """Sends one request; the JSON of the answer, and the cookies it sets. Anything but 200 is a failure."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
    except OSError as error:
        raise Failure(f"{method} {path}: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise Failure(f"{method} {path} answered {answer.status}: {text[:300]}")
    pairs = [cookie.partition(";")[0].partition("=") for cookie in answer.headers.get_all("Set-Cookie", [])]
    return json.loads(text), {name: value for name, _, value in pairs}

"""What PyPI `signalr-client` 0.0.7 can do, one behaviour for each run.

    behaviours.py BASE TRANSPORT BEHAVIOUR

Prints one JSON object of what the caller may want to check on the server's side, and ends with 0; or fails with a
traceback. Uses the client as it comes; results of calls are in its `received` event only, so they are read there.
"""

from gevent import monkey

monkey.patch_all()

import json
import sys
import uuid

import gevent
import requests
from signalr import Connection

PATIENCE_S = 15
TEXTS = ["Grüße, žluťoučký kůň", "日本語 עברית", "😀 𝄞", "<b>&'\"</b>", "a\u2028b\u2029c\u0085d", "line\nline", "\\ / \t", ""]


class Client:
    """A connection over one transport that remembers what it heard and what its calls returned."""

    def __init__(self, base, transport, hubs=("conformance",), user=None):
        self.connection = Connection(base + "/signalr", requests.Session())
        if user:
            self.connection.qs = {"access_token": user}
        if transport == "serverSentEvents":
            # The client takes WebSockets whenever the server has them, and has no setting for it.
            available = self.connection._Connection__transport._AutoTransport__available_transports
            available[:] = [one for one in available if one._get_name() == transport]
        self.heard = []
        self.replies = {}
        self.errors = []
        self.sent = 0
        self.hubs = {name: self.connection.register_hub(name) for name in hubs}
        self.connection.received += self._received
        self.connection.error += self.errors.append

    def _received(self, **message):
        if "I" in message:
            self.replies[message["I"]] = message

    def on(self, hub, method):
        self.hubs[hub].client.on(method, lambda *args: self.heard.append((hub, method) + args))

    def start(self):
        self.connection.start()
        return self

    def call(self, method, *args, hub="conformance"):
        """Calls and waits for the reply as it came."""
        id = str(self.sent)
        self.sent += 1
        self.hubs[hub].server.invoke(method, *args)
        until(f"the reply to {method}", lambda: id in self.replies)
        return self.replies[id]

    def result(self, method, *args, hub="conformance"):
        reply = self.call(method, *args, hub=hub)
        assert "E" not in reply, reply
        return reply.get("R")

    def hears(self, *wanted):
        until(f"{wanted}, heard {self.heard}", lambda: wanted in self.heard)

    def close(self):
        self.connection.close()


def until(what, test):
    with gevent.Timeout(PATIENCE_S, AssertionError(f"waited {PATIENCE_S} s for {what}")):
        while not test():
            gevent.sleep(0.01)


def word(hint):
    return f"{hint}-{uuid.uuid4().hex[:12]}"


def connect(base, transport):
    client = Client(base, transport).start()
    return {"id": client.result("ConnectionId")}


def call(base, transport):
    client = Client(base, transport, user="ann").start()
    assert client.result("Add", 40, 2) == 42
    assert client.result("Echo", "hello") == "hello"
    assert client.result("UserName") == "ann"
    assert client.call("Nothing") == {"I": "3"}
    assert client.call("Null") == {"I": "4"}
    assert client.result("EchoAny", {"deep": [1, None, True]}) == {"deep": [1, None, True]}


def error(base, transport):
    client = Client(base, transport).start()
    reply = client.call("FailPublic", "Room is full")
    assert reply == {"I": "0", "H": True, "E": "Room is full", "D": {"code": 7}}, reply
    assert client.call("Fail", "secret")["E"] == "There was an error invoking Hub method 'conformance.Fail'."
    until("the error event", lambda: len(client.errors) == 2)
    assert client.result("Echo", "still here") == "still here"


def receive(base, transport):
    client = Client(base, transport)
    client.on("conformance", "Receive")
    client.start()
    group, prefix = word("group"), word("said")
    client.result("Join", group)
    sent = [f"{prefix} {n}" for n in range(20)]
    for text in sent:
        client.result("Group", group, text)
    client.hears("conformance", "Receive", sent[-1])
    assert [text for _, _, text in client.heard if text.startswith(prefix)] == sent
    client.result("Caller", prefix)
    client.hears("conformance", "Receive", prefix)


def hubs(base, transport):
    client = Client(base, transport, hubs=("conformance", "second"))
    client.on("conformance", "Receive")
    client.on("second", "hear")
    client.start()
    one, two = word("one"), word("two")
    client.result("Caller", one)
    client.result("SayAll", two, hub="second")
    client.hears("conformance", "Receive", one)
    client.hears("second", "hear", two)
    assert client.result("Echo", "x", hub="second") == "x"
    return {"id": client.result("ConnectionId")}


def texts(base, transport):
    client = Client(base, transport)
    client.on("conformance", "Receive")
    client.start()
    prefix = word("text")
    for text in TEXTS:
        assert client.result("Echo", text) == text
        client.result("Caller", prefix + text)
        client.hears("conformance", "Receive", prefix + text)


def stop(base, transport):
    client = Client(base, transport).start()
    id = client.result("ConnectionId")
    client.close()
    return {"id": id}


if __name__ == "__main__":
    base, transport, behaviour = sys.argv[1:]
    print(json.dumps(globals()[behaviour](base, transport) or {}))

"""What the Python clients do: `behaviours.py CLIENT BASE TRANSPORT PROTOCOL VERB` prints a line of JSON, or fails.

CLIENT is `pysignalr` or `signalrcore`. Each verb is a coroutine of the client's class below.
"""

import asyncio
import contextlib
import json
import sys
import threading
import time
import uuid

PATIENCE_S = 30


def same(got, expected):
    if got != expected:
        raise AssertionError(f"got {got!r}, expected {expected!r}")


async def until(what, test):
    end = time.monotonic() + PATIENCE_S
    while not test():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_S} s for {what}")
        await asyncio.sleep(0.01)


class PySignalR:
    """pysignalr: asyncio, WebSocket only, negotiate version 0."""

    def __init__(self, base, transport, protocol):
        assert transport == "WebSockets"
        self.base, self.protocol = base, protocol
        self.received = []
        self.tasks = []

    async def open(self, mount="/core", user=None, answer=None):
        from pysignalr.client import SignalRClient
        from pysignalr.protocol.messagepack import MessagepackProtocol

        options = {"protocol": MessagepackProtocol()} if self.protocol == "messagepack" else {}
        if user:
            # Its `access_token_factory` is asked when the socket is up already, which is too late.
            options["headers"] = {"Authorization": f"Bearer {user}"}
        self.client = SignalRClient(self.base + mount, **options)
        opened = asyncio.Event()

        async def on_open():
            opened.set()

        async def receive(arguments):
            self.received.append(arguments[0])

        async def failed(_message):
            pass

        self.client.on_error(failed)
        self.client.on_open(on_open)
        self.client.on("Receive", receive)
        if answer:
            self.client.on("Answer", answer)
        self.task = asyncio.create_task(self.client.run())
        await asyncio.wait_for(opened.wait(), PATIENCE_S)

    async def invoke(self, target, *arguments):
        done = asyncio.get_running_loop().create_future()

        async def completed(message):
            if not done.done():
                done.set_result((message.error, message.result))

        await self.client.send(target, list(arguments), completed)
        return await asyncio.wait_for(done, PATIENCE_S)

    async def stream(self, target, *arguments):
        items, done = [], asyncio.get_running_loop().create_future()

        async def item(value):
            items.append(value)

        async def ended(message):
            if not done.done():
                done.set_result(message.error)

        await self.client.stream(target, list(arguments), item, ended, ended)
        return items, await asyncio.wait_for(done, PATIENCE_S)

    async def upload(self, target, items):
        async with self.client.client_stream(target) as stream:
            for item in items:
                await stream.send(item)

    async def close(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class SignalRCore:
    """signalrcore: threads, negotiate version 0."""

    def __init__(self, base, transport, protocol):
        self.base, self.transport, self.protocol = base, transport, protocol
        self.received = []

    async def open(self, mount="/core", user=None, answer=None):
        from signalrcore.hub_connection_builder import HubConnectionBuilder
        from signalrcore.protocol.messagepack_protocol import MessagePackHubProtocol
        from signalrcore.types import HttpTransportType

        builder = HubConnectionBuilder()
        options = {"transport": getattr(HttpTransportType, {"WebSockets": "web_sockets", "ServerSentEvents": "server_sent_events", "LongPolling": "long_polling"}[self.transport])}
        if user:
            options["access_token_factory"] = lambda: user
        builder = builder.with_url(self.base + mount, options=options)
        if self.protocol == "messagepack":
            builder = builder.with_hub_protocol(MessagePackHubProtocol())
        self.client = builder.build()
        opened = threading.Event()
        self.client.on_open(opened.set)
        self.client.on("Receive", lambda arguments: self.received.append(arguments[0]))
        if answer:
            self.client.on("Answer", answer)
        self.client.start()
        if not await asyncio.to_thread(opened.wait, PATIENCE_S):
            raise AssertionError("the connection did not open")

    async def invoke(self, target, *arguments):
        done, box = threading.Event(), []
        call = str(uuid.uuid4())

        def completed(message):
            box.append(message)
            done.set()

        def failed(message):
            # Errors of all calls come here.
            if message.invocation_id == call:
                completed(message)

        self.client.on_error(failed)
        self.client.invoke(target, list(arguments), completed, call)
        if not await asyncio.to_thread(done.wait, PATIENCE_S):
            raise AssertionError(f"no completion of {target}")
        return box[0].error or None, box[0].result

    async def stream(self, target, *arguments):
        items, done, box = [], threading.Event(), []

        def ended(message):
            box.append(message)
            done.set()

        self.client.on_error(ended)
        async with self.reading_paused():
            self.client.stream(target, list(arguments)).subscribe({"next": items.append, "complete": ended, "error": ended})
        if not await asyncio.to_thread(done.wait, PATIENCE_S):
            raise AssertionError(f"no end of {target}")
        return items, getattr(box[0], "error", None) or None

    @contextlib.asynccontextmanager
    async def reading_paused(self):
        """The client reads nothing meanwhile: its own thread waits in a handler.

        `stream()` sends the call before `subscribe()` can be called, and drops items that come in between.
        """
        paused, go_on = threading.Event(), threading.Event()

        def wait(_arguments):
            paused.set()
            go_on.wait(PATIENCE_S)

        self.client.on("Receive", wait)
        self.client.send("Caller", ["pause"])
        if not await asyncio.to_thread(paused.wait, PATIENCE_S):
            raise AssertionError("the client did not hear its own message")
        try:
            yield
        finally:
            self.client.unsubscribe("Receive", wait)
            go_on.set()

    async def upload(self, target, items):
        from signalrcore.subject import Subject

        subject = Subject()
        self.client.invoke(target, subject)
        for item in items:
            subject.next(item)
        subject.complete()

    async def close(self):
        # It waits for its reading thread, which reads until the server's next ping. The process ends before that, and the connection with it.
        threading.Thread(target=self.client.stop, daemon=True).start()


async def connect(make):
    client = make()
    await client.open()
    _, first = await client.invoke("ConnectionId")
    await client.close()
    return {"id": first}


async def call(make):
    client = make()
    await client.open()
    same(await client.invoke("Add", 2, 3), (None, 5))
    same((await client.invoke("Nothing"))[0], None)
    for text in ["Grüße", "Ж 中 🎉", "quote \" back \\ line\n", "x" * 10_000]:
        same(await client.invoke("Echo", text), (None, text))
    for value in [None, True, -1, 2**53 - 1, 1.5, [1, [2, []]], {"b": 1, "a": {"C": None}}]:
        same(await client.invoke("EchoAny", value), (None, value))
    await client.close()


async def error(make):
    client = make()
    await client.open()
    text, _ = await client.invoke("FailPublic", "go")
    same(text, "An unexpected error occurred invoking 'FailPublic' on the server. HubException: go")
    text, _ = await client.invoke("NoSuchMethod")
    same(text, "Failed to invoke 'NoSuchMethod' due to an error on the server. HubException: Method does not exist.")
    same(await client.invoke("Echo", "after"), (None, "after"))
    await client.close()


async def receive(make):
    one, other = make(), make()
    await one.open()
    await other.open()
    group = f"g-{uuid.uuid4().hex}"
    same((await one.invoke("Join", group))[0], None)
    same((await other.invoke("Join", group))[0], None)
    for n in range(20):
        same((await one.invoke("Group", group, f"{group} {n}"))[0], None)
    expected = [f"{group} {n}" for n in range(20)]
    for client in (one, other):
        await until("20 messages", lambda: len([m for m in client.received if m.startswith(group)]) >= 20)
        same([m for m in client.received if m.startswith(group)], expected)
    await one.close()
    await other.close()


async def stream(make):
    client = make()
    await client.open()
    items, failure = await client.stream("Counter", 5, 0)
    same((items, failure), ([1, 2, 3, 4, 5], None))
    await client.close()


async def upload(make):
    client = make()
    await client.open()
    # Neither client waits for the result of an upload; what matters is that the connection goes on.
    await client.upload("Sum", [1, 2, 3])
    same(await client.invoke("Echo", "after"), (None, "after"))
    await client.close()


async def answer(make):
    client = make()

    async def reply(arguments):
        return f"python to {arguments[0]}"

    await client.open(answer=reply)
    same(await client.invoke("Ask", "é?"), (None, "you said python to é?"))
    await client.close()


async def user(make):
    client = make()
    await client.open(user="ann")
    same(await client.invoke("UserName"), (None, "ann"))
    await client.close()


async def main():
    name, base, transport, protocol, verb = sys.argv[1:]
    kind = {"pysignalr": PySignalR, "signalrcore": SignalRCore}[name]
    result = await asyncio.wait_for(globals()[verb](lambda: kind(base, transport, protocol)), 40)
    print(json.dumps(result or {}), flush=True)


if __name__ == "__main__":
    # The clients' own threads and tasks do not all end by themselves.
    import os
    import traceback

    try:
        asyncio.run(main())
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)

#!/usr/bin/env python3
"""Token vectors, computed without a line of the Rust implementation.

Written from README.md beside this file, with hmac, hashlib and base64 alone. Writes vectors.json
next to itself; with --check it only compares. The Rust tests read the JSON and need no Python.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys

SALT = b"hubs-for-rust rejoin 1"
CONNECTION = "hubs-for-rust connection-token"
GROUPS = "hubs-for-rust groups-token"
REFERENCE = "hubs-for-rust token-reference"
KEY_ID = "hubs-for-rust key-id"
VERSION = 1
GENERATIONS = {"classic": 1, "core": 2}
LIFE_MS = 630_000


def sub_key(key, info):
    """HKDF-SHA256 (RFC 5869), one block of 32 bytes."""
    extracted = hmac.digest(SALT, key, hashlib.sha256)
    return hmac.digest(extracted, info.encode() + b"\x01", hashlib.sha256)


def key_id(key):
    return sub_key(key, KEY_ID)[:4]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def field(data):
    return len(data).to_bytes(8, "big") + data


def number(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value):
    return number(len(value.encode())) + value.encode()


def optional(value):
    return b"\x00" if value is None else b"\x01" + text(value)


def tag(key, purpose, context, payload):
    signed = field(purpose.encode()) + field(bytes([VERSION]))
    for known in context:
        signed += field(known)
    return hmac.digest(sub_key(key, purpose), signed + field(payload), hashlib.sha256)


def seal(key, purpose, context, body):
    payload = bytes([VERSION]) + key_id(key) + body
    return b64(payload) + "." + b64(tag(key, purpose, context, payload))


def connection_token(key, application, connection, user):
    return seal(key, CONNECTION, [application.encode()], text(connection) + optional(user))


def groups_body(application, generation, connection, user, issued, expires, sequence, groups):
    body = bytes([GENERATIONS[generation]]) + text(application) + text(connection) + optional(user)
    body += number(issued) + number(expires) + number(sequence) + number(len(groups))
    for hub, names in groups:
        body += text(hub) + number(len(names)) + b"".join(text(name) for name in names)
    return body


def groups_token(key, *claims):
    return seal(key, GROUPS, [], groups_body(*claims))


def reference(key, application, generation, connection, window):
    fields = [bytes([GENERATIONS[generation]]), application.encode(), connection.encode(), window.to_bytes(8, "big")]
    payload = b"".join(field(one) for one in fields)
    return "r." + b64(tag(key, REFERENCE, [], payload)[:16])


FIRST = bytes(range(32))
SECOND = bytes(range(255, 191, -1))
RETIRED = b"retired-retired-retired-retired!"
STRANGER = b"stranger stranger stranger stranger"
ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
NOW = 1_764_000_000_000


def keys():
    named = [("first", FIRST), ("second, 64 bytes", SECOND), ("retired", RETIRED), ("stranger, 35 bytes", STRANGER)]
    return [{"case": case, "key": key.hex(), "id": key_id(key).hex()} for case, key in named]


def connection_tokens():
    cases = [
        ("a user", FIRST, "chat", ID, "ann"),
        ("no user", FIRST, "chat", ID, None),
        ("the empty user", FIRST, "chat", ID, ""),
        ("another key", SECOND, "chat", ID, "ann"),
        ("another application", FIRST, "shop", ID, "ann"),
        ("no application", FIRST, "", ID, "ann"),
        ("names of more than ASCII", FIRST, "käse", "連", "änn|*>.\x00__proto__🦀"),
        ("a user of 256 bytes", FIRST, "chat", ID, "u" * 256),
        ("a short id of another alphabet", FIRST, "chat", "x", "x"),
    ]
    names = ("case", "key", "application", "connection", "user")
    return [
        dict(zip(names, (case, key.hex(), *rest))) | {"token": connection_token(key, *rest)}
        for case, key, *rest in cases
    ]


def groups_tokens():
    cases = [
        ("one group", FIRST, "chat", "classic", ID, "ann", NOW, NOW + LIFE_MS, 7, [["chatHub", ["lobby"]]]),
        ("no hub", FIRST, "chat", "classic", ID, "ann", NOW, NOW + LIFE_MS, 0, []),
        ("a hub without groups", FIRST, "chat", "classic", ID, None, NOW, NOW + LIFE_MS, 1, [["chatHub", []]]),
        ("the empty user", FIRST, "chat", "classic", ID, "", NOW, NOW + LIFE_MS, 127, [["h", ["g"]]]),
        ("the core wire", FIRST, "chat", "core", "Mx9rDkSWYHKw3XNrH5cJ6A", None, NOW, NOW + LIFE_MS, 128, [["ChatHub", ["a", "b"]]]),
        ("dotted names", FIRST, "chat", "classic", ID, "ann", NOW, NOW + LIFE_MS, 16384, [["A", ["B.c"]], ["A.B", ["c"]]]),
        ("odd names", FIRST, "chat", "classic", ID, "__proto__", NOW, NOW + LIFE_MS, 3, [["h", ["*", ">", "a.b", "A", "a", "|", "\x00", "🦀", "__proto__", "x" * 256]]]),
        ("the largest numbers", SECOND, "chat", "classic", ID, "ann", NOW, 2**64 - 1, 2**64 - 1, [["h", ["g"]]]),
        ("sixty-four hubs", SECOND, "", "classic", ID, "ann", NOW, NOW + 1, 9, [[f"hub{n}", [f"g{n}"] * (n % 4)] for n in range(64)]),
    ]
    names = ("case", "key", "application", "generation", "connection", "user", "issued_at_ms", "expires_at_ms", "sequence", "groups")
    return [
        dict(zip(names, (case, key.hex(), *rest))) | {"token": groups_token(key, *rest)}
        for case, key, *rest in cases
    ]


def references():
    cases = [
        ("a classic connection", FIRST, "chat", "classic", ID, NOW),
        ("the last moment of a window", FIRST, "chat", "classic", ID, NOW // LIFE_MS * LIFE_MS + LIFE_MS - 1),
        ("the next window", FIRST, "chat", "classic", ID, NOW // LIFE_MS * LIFE_MS + LIFE_MS),
        ("a core connection", SECOND, "shop", "core", "x", NOW),
    ]
    names = ("case", "key", "application", "generation", "connection", "now_ms")
    return [
        dict(zip(names, (case, key.hex(), *rest)))
        | {"life_ms": LIFE_MS, "token": reference(key, *rest[:3], rest[3] // LIFE_MS)}
        for case, key, *rest in cases
    ]


def refused():
    """Each of these differs in one point from a token that is good for ann at NOW on the classic wire."""
    claims = ["chat", "classic", ID, "ann", NOW, NOW + LIFE_MS, 7, [["chatHub", ["lobby"]]]]
    good = groups_token(FIRST, *claims)
    payload, mac = (unb64(part) for part in good.split("."))

    def with_claims(**changed):
        names = ("application", "generation", "connection", "user", "issued", "expires", "sequence", "groups")
        return groups_token(FIRST, *(changed.get(name, claim) for name, claim in zip(names, claims)))

    def with_body(body):
        return seal(FIRST, GROUPS, [], body)

    body = groups_body(*claims)
    other_version = bytes([2]) + payload[1:]
    cases = [
        ("another application", with_claims(application="shop"), "wrong application"),
        ("the other wire", with_claims(generation="core"), "wrong generation"),
        ("another connection", with_claims(connection=ID.upper()), "wrong connection"),
        ("another user", with_claims(user="Ann"), "wrong user"),
        ("no user", with_claims(user=None), "wrong user"),
        ("expired now", with_claims(expires=NOW), "expired"),
        ("61 s ahead", with_claims(issued=NOW + 60_001), "not yet valid"),
        ("a retired key", groups_token(RETIRED, *claims), "retired key"),
        ("a stranger's key", groups_token(STRANGER, *claims), "forged"),
        ("a stranger's key under a known id", b64(payload) + "." + b64(tag(STRANGER, GROUPS, [], payload)), "forged"),
        ("the key itself and not the one derived", b64(payload) + "." + b64(hmac.digest(FIRST, payload, hashlib.sha256)), "forged"),
        ("the tag of the bare payload", b64(payload) + "." + b64(hmac.digest(sub_key(FIRST, GROUPS), payload, hashlib.sha256)), "forged"),
        ("a connection token", connection_token(FIRST, "chat", ID, "ann"), "forged"),
        ("the payload under a connection token's key", b64(payload) + "." + b64(tag(FIRST, CONNECTION, [], payload)), "forged"),
        ("another version, signed", b64(other_version) + "." + b64(tag(FIRST, GROUPS, [], other_version)), "malformed"),
        ("half a tag", b64(payload) + "." + b64(mac[:16]), "malformed"),
        ("no tag", b64(payload) + ".", "malformed"),
        ("no payload", "." + b64(mac), "malformed"),
        ("padded", b64(payload) + "=" * (-len(b64(payload)) % 4 or 4) + "." + b64(mac), "malformed"),
        ("a padded tag", good + "=", "malformed"),
        ("something left over, signed", with_body(body + b"\x00"), "malformed"),
        ("cut off, signed", with_body(body[:-1]), "malformed"),
        ("an over-long number, signed", with_body(body[:-len(b"\x07\x01" + text("chatHub") + b"\x01" + text("lobby"))] + b"\x87\x00\x00"), "malformed"),
        ("empty", "", "malformed"),
    ]
    assert unb64(good.split(".")[0]) == payload
    return [{"case": case, "token": token, "reason": reason} for case, token, reason in cases]


def main():
    vectors = {
        "keys": keys(),
        "connection_tokens": connection_tokens(),
        "groups_tokens": groups_tokens(),
        "references": references(),
        "refused": {
            "keys": [FIRST.hex(), SECOND.hex()],
            "retired": RETIRED.hex(),
            "application": "chat",
            "generation": "classic",
            "connection": ID,
            "user": "ann",
            "now_ms": NOW,
            "cases": refused(),
        },
    }
    path = pathlib.Path(__file__).with_name("vectors.json")
    content = json.dumps(vectors, indent=1, ensure_ascii=True) + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(0 if path.read_text() == content else "vectors.json is not what this script makes")
    path.write_text(content)


main()

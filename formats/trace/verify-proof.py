#!/usr/bin/env python3
"""Checks proofs of the log of accesses offline, with Python's own library alone.

usage: verify-proof.py --log LOG-KEY [--witness WITNESS-KEY]... FILE...

FILE: one or several proofs (C2SP tlog-proof) one after the other. Keys are `name+id+base64` (C2SP signed-note).
Prints a line for each proof; exits 1 when one does not hold, or when the events of an exam have a gap.
"""
import argparse, base64, hashlib, json, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
PROOF = "c2sp.org/tlog-proof@v1\n"


def need(true, what):
    if not true:
        raise ValueError(what)


def point(data):  # RFC 8032 §5.1.3
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point")
    return (x if x & 1 == sign else P - x, y)


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P)
    return (x % P, y % P)


def times(n, p):
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, p)
        p, n = add(p, p), n >> 1
    return total


BASE = point(bytes([0x58] + [0x66] * 31))


def is_signed(key, signature, text):
    try:
        a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    except ValueError:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    return len(signature) == 64 and s < L and times(s, BASE) == add(r, times(h, a))


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def read_key(text):
    name, key_id, data = text.strip().split("+", 2)
    data = base64.b64decode(data, validate=True)
    need(sha256(name.encode(), b"\n", data)[:4].hex() == key_id, "a key with another id")
    return name, bytes.fromhex(key_id), data[1:]


def signatures(note, key):
    name, key_id, _ = key
    for line in note.split("\n\n", 1)[1].splitlines():
        dash, who, data = line.split(" ")
        data = base64.b64decode(data)
        if dash == "\u2014" and who == name and data[:4] == key_id:
            yield data[4:]


def root_of(leaf, index, size, path):
    sides, start, end = [], 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        sides.append(index < middle)
        start, end = (start, middle) if index < middle else (middle, end)
    need(index < size and len(sides) == len(path), "a path of another length")
    for beside in path:
        leaf = sha256(b"\1", leaf, beside) if sides.pop() else sha256(b"\1", beside, leaf)
    return leaf


def check(text, log, witnesses):
    head, note = text.split("\n\n", 1)
    _, extra, index, *path = head.split("\n")
    salted, index = base64.b64decode(extra.removeprefix("extra ")), int(index.removeprefix("index "))
    signed = note.split("\n\n", 1)[0] + "\n"
    origin, size, root = signed.split("\n")[:3]
    need(origin == log[0], "a checkpoint of another log")
    need(any(is_signed(log[2], s, signed.encode()) for s in signatures(note, log)), "not signed by the log")
    found = root_of(sha256(b"\0", salted), index, int(size), [base64.b64decode(line) for line in path])
    need(found == base64.b64decode(root), "not in the log")
    seen = [w[0] for w in witnesses for s in signatures(note, w) if is_signed(
        w[2], s[8:], f"cosignature/v1\ntime {int.from_bytes(s[:8], 'big')}\n{signed}".encode())]
    event = json.loads(salted[32:])
    need(event["seq"] == index, "an event of another place")
    return event, size, seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", required=True)
    parser.add_argument("--witness", action="append", default=[])
    parser.add_argument("files", nargs="+")
    given = parser.parse_args()
    log, witnesses, events = read_key(given.log), [read_key(w) for w in given.witness], {}
    for name in given.files:
        with open(name, encoding="utf-8", newline="") as file:
            for text in file.read().split(PROOF)[1:]:
                event, size, seen = check(PROOF + text, log, witnesses)
                events[event["seq"]] = event
                print(f"event {event['seq']} of {size}: {event['kind']} {event['time']}; witnesses: {seen}")
    last = {}
    for event in (events[seq] for seq in sorted(events)):
        before = last.get(event["exam"])
        if before and before.get("exam_seq") and event["exam"]:
            follows = event["exam_seq"] == before["exam_seq"] + 1 and event["exam_prev"] == before["seq"]
            need(follows or len(given.files) > 1, f"a gap before event {event['seq']}")
        last[event["exam"]] = event


try:
    main()
except (ValueError, KeyError, OSError) as error:
    sys.exit(f"does not hold: {error}")

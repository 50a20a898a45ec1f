"""Webhook calls of attackers and of broken senders, made up from a seed, and what each must be answered."""

import gzip
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

PATH = "/api/runpod/webhook"
MOST_BODY = 1 << 20
_STATUSES = ("IN_QUEUE", "IN_PROGRESS", "RUNNING", "COMPLETED", "DONE", "FAILED", "CANCELLED", "TIMED_OUT")
_FIELDS = ("output", "error", "delayTime", "executionTime", "workerId", "retries", "input", "webhook", "id2")
_TEXTS = (
    "",
    "\x00",
    "\ud800",
    "\u202e",
    "FAILED: \x00\udfff",
    "'; drop table videos; --",
    "%s%n{0}",
    "https://[",
    "é" * 99,
)
_NUMBERS = (0, -1, 2**31, 2**63, 10**30, 1e308, float("nan"), float("inf"), float("-inf"), -0.0)
_TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/xml",
    "a/b; charset=utf-7",
    "",
)
HANGS_UP = None
"""What a sender sees that did not finish its request."""


@dataclass(frozen=True)
class Call:
    """A request as it goes over the wire, and what may come back for it. `lasts`: the connection can be used again."""

    kind: str
    content: bytes
    answers: tuple[int | None, ...]
    lasts: bool = True


@dataclass
class Hostility:
    """Makes up calls for a server with that webhook token that knows these jobs."""

    token: str
    known_jobs: tuple[str, ...]
    seed: int

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._usual: list[Callable[[], Call]] = [
            self._junk, self._no_object, self._wrong_status, self._wrong_id, self._unknown_job, self._cut_json,
            self._doubled_keys, self._odd_encoding, self._odd_type, self._wrong_token, self._forged_signature,
        ]  # fmt: skip
        self._rare: list[Callable[[], Call]] = [
            self._deep, self._huge_text, self._announced_too_large, self._streamed_too_large, self._gone_sender,
            self._broken_chunk, self._two_lengths,
        ]  # fmt: skip

    def calls(self, count: int) -> Iterator[Call]:
        """So many of them; one in fifty is of a costly kind."""
        for _ in range(count):
            yield self._random.choice(self._rare if self._random.random() < 0.02 else self._usual)()

    def _junk(self) -> Call:
        return self._call("junk", self._random.randbytes(self._random.randrange(400)), 400)

    def _no_object(self) -> Call:
        value = self._random.choice([None, True, *_NUMBERS, *_TEXTS, [], [[]], [{"id": self._known()}]])
        return self._call("no object", value, 400)

    def _wrong_status(self) -> Call:
        status = self._random.choice(
            [None, 7, *_NUMBERS, [], {}, *_TEXTS, "completed", "COMPLETED ", ["FAILED"]]
        )
        return self._call("wrong status", {**self._details(), "id": self._known(), "status": status}, 400)

    def _wrong_id(self) -> Call:
        job = self._random.choice(
            [None, 7, *_NUMBERS, [], {}, [self._known()], "", "\x00", "a\ud800", "x" * 201, "a\nb"]
        )
        return self._call("wrong id", {**self._report(), "id": job}, 400)

    def _unknown_job(self) -> Call:
        known = self._known()
        job = self._random.choice(
            [known.upper(), f" {known}", f"{known} ", "%", "'; --", "0", "x" * 200, self._word()]
        )
        return self._call("unknown job", {**self._report(), "id": job}, 404)

    def _cut_json(self) -> Call:
        whole = json.dumps({**self._report(), "id": self._known()}).encode()
        return self._call("cut JSON", whole[: self._random.randrange(len(whole))], 400)

    def _doubled_keys(self) -> Call:
        body = (
            f'{{"id": "{self._known()}", "status": "COMPLETED", "id": "{self._word()}", "status": "FAILED"}}'
        )
        return self._call("doubled keys", body.encode(), 404)

    def _odd_encoding(self) -> Call:
        text = json.dumps({**self._report(), "id": self._word()}, ensure_ascii=True)
        coded = text.encode(self._random.choice(["utf-16", "utf-32", "utf-8-sig", "cp037", "utf-7"]))
        content = self._random.choice([coded, gzip.compress(coded), b"\xff" + coded])
        return self._call("odd encoding", content, 400, 404, headers="Content-Encoding: gzip\r\n")

    def _odd_type(self) -> Call:
        kind = self._random.choice(_TYPES)
        return self._call(
            "odd type", {**self._report(), "id": self._word()}, 404, headers=f"Content-Type: {kind}\r\n"
        )

    def _wrong_token(self) -> Call:
        token, long = self.token, self._word() * self._random.choice([1, 400, 4000])
        tokens = [
            "",
            token[:-1],
            f"{token}x",
            long,
            f"{token}&token={long}",
            "%00",
            "%ff%fe",
            "&token=a" * 500,
        ]
        query = self._random.choice(
            ["", "?", "?token", f"?Token={token}", *(f"?token={given}" for given in tokens)]
        )
        body = {"id": self._known(), "status": "COMPLETED", "output": {"result": "https://r.test/x.mp4"}}
        return self._call("wrong token", body, 401, query=query)

    def _forged_signature(self) -> Call:
        video, attempt = (
            self._random.choice(["1", "2", "-1", "1e9", "9" * 400, "%00", "%F0", "", "1;"]) for _ in "12"
        )
        sign = self._random.choice(
            ["", "0" * 64, self._random.randbytes(32).hex(), "%C3%A9" * 64, "a" * 5000]
        )
        query = f"?token={self.token}&video={video}&attempt={attempt}&sign={sign}"
        return self._call("forged signature", {**self._report(), "id": self._word()}, 404, query=query)

    def _deep(self) -> Call:
        depth = self._random.choice([500, 900, 5_000, 100_000])
        opened, closed = self._random.choice([("[", "]"), ('{"a":', "}")])
        output = opened * depth + "1" + closed * depth
        return self._call(
            "deep", f'{{"id":"{self._word()}","status":"FAILED","error":{output}}}'.encode(), 400, 404
        )

    def _huge_text(self) -> Call:
        text = self._random.choice(["x", "\x00", "🂡", "\ud800"]) * self._random.choice([10_000, 40_000])
        return self._call(
            "huge text", {"id": self._word(), "status": "FAILED", "error": text, "output": text}, 404
        )

    def _announced_too_large(self) -> Call:
        length = MOST_BODY + self._random.choice([1, 1000, 10**9, 10**18])
        head = self._head(self._right(), f"Content-Length: {length}\r\n")
        return Call("announced too large", head + bytes(1000), (413,), lasts=False)

    def _streamed_too_large(self) -> Call:
        chunk = b"10000\r\n" + b"[" * 65536 + b"\r\n"
        head = self._head(self._right(), "Transfer-Encoding: chunked\r\n")
        return Call("streamed too large", head + chunk * 17, (413,), lasts=False)

    def _gone_sender(self) -> Call:
        head = self._head(self._right(), "Content-Length: 500\r\n")
        return Call("gone sender", head + b'{"id": ', (HANGS_UP,), lasts=False)

    def _broken_chunk(self) -> Call:
        head = self._head(self._right(), "Transfer-Encoding: chunked\r\n")
        return Call("broken chunk", head + b"zz\r\n{}\r\n0\r\n\r\n", (400, HANGS_UP), lasts=False)

    def _two_lengths(self) -> Call:
        head = self._head(self._right(), "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n")
        return Call("two lengths", head + b"2\r\n{}\r\n0\r\n\r\n", (400,), lasts=False)

    def _call(self, kind: str, body: Any, *answers: int, query: str | None = None, headers: str = "") -> Call:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = self._head(
            self._right() if query is None else query, f"{headers}Content-Length: {len(content)}\r\n"
        )
        return Call(kind, head + content, answers)

    def _head(self, query: str, headers: str) -> bytes:
        return f"POST {PATH}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()

    def _right(self) -> str:
        return f"?token={self.token}"

    def _known(self) -> str:
        return self._random.choice(self.known_jobs)

    def _word(self) -> str:
        return "".join(self._random.choices(string.ascii_letters, k=12))

    def _report(self) -> dict[str, Any]:
        return {**self._details(), "status": self._random.choice(_STATUSES)}

    def _details(self) -> dict[str, Any]:
        return {name: self._json(3) for name in self._random.sample(_FIELDS, self._random.randrange(5))}

    def _json(self, depth: int) -> Any:
        leaves = [None, True, *_NUMBERS, *_TEXTS, self._word()]
        match self._random.randrange(4) if depth else 0:
            case 1:
                return [self._json(depth - 1) for _ in range(self._random.randrange(4))]
            case 2 | 3:
                names = ("result", "video_url", "error", "cost", "progress", "images", "data", "", "\x00")
                return {
                    self._random.choice(names): self._json(depth - 1)
                    for _ in range(self._random.randrange(4))
                }
            case _:
                return self._random.choice(leaves)

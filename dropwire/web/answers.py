"""What HTTP asks of every answer: HEAD wherever there is GET, and an ETag that saves sending the same thing again."""

from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Headers that a 304 repeats: https://www.rfc-editor.org/rfc/rfc9110#name-304-not-modified
_KEPT = frozenset({"cache-control", "content-location", "date", "etag", "expires", "vary", "link"})


class Answers:
    """Answers HEAD as GET without its body, and a GET whose ETag the other side has with 304.

    The ETag is a digest of the answer: what an answer is made of (copies, corrections, counts) changes without the
    document's own version. It is weak, for compressed and plain answers share it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        start: Message | None = None
        body = bytearray()

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                if not _tagged(message):
                    await send(message)
            elif start is not None and not _tagged(start):
                await send({**message, "body": b""} if head else message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body") and start is not None:
                    await _send(start, bytes(body), Headers(scope=scope).get("if-none-match"), head, send)

        await self._app({**scope, "method": "GET"}, receive, collect)


def _tagged(start: Message) -> bool:
    """Whether an answer gets an ETag: not errors, and not files, which have their own."""
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and "etag" not in headers and "no-store" not in headers.get("cache-control", "")


async def _send(start: Message, body: bytes, known: str | None, head: bool, send: Send) -> None:
    headers = MutableHeaders(raw=list(start["headers"]))
    tag = f'W/"{blake2b(body, digest_size=16).hexdigest()}"'
    headers["ETag"] = tag
    if known is not None and _matches(known, tag):
        raw = [(name, value) for name, value in headers.raw if name.decode().lower() in _KEPT]
        await send({**start, "status": 304, "headers": raw})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b"" if head else body})


def _matches(known: str, tag: str) -> bool:
    """Weak comparison: https://www.rfc-editor.org/rfc/rfc9110#name-comparison-2."""
    if known.strip() == "*":
        return True
    return tag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in known.split(",")}

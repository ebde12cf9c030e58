"""Where a request ends: two readers that disagree let one request hide in another."""

from collections.abc import Iterator

from tests.attacks.attack import Attack, Check
from tests.attacks.target import Target

HIDDEN = "GET /api/hidden-request HTTP/1.1\r\nHost: {host}\r\nX-Ignore: "
CHAT = "POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
# Two lengths, or one that only some read: the rest of each is a request that must not be answered.
TWO_LENGTHS: dict[str, str] = {
    "chunked with a length": "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    "a length, then chunked": "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    "chunked twice": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\nContent-Length: 4\r\n",
    "chunked after something else": "Transfer-Encoding: gzip, chunked\r\nContent-Length: 4\r\n",
    "something after chunked": "Transfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n",
    "chunked in capitals": "Transfer-Encoding: CHUNKED\r\nContent-Length: 4\r\n",
    "nearly chunked": "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n",
    "chunked in quotes": 'Transfer-Encoding: "chunked"\r\nContent-Length: 4\r\n',
    "a blank before the colon": "Transfer-Encoding : chunked\r\nContent-Length: 4\r\n",
    "a tab before chunked": "Transfer-Encoding:\tchunked\r\nContent-Length: 4\r\n",
    "a vertical tab before chunked": "Transfer-Encoding:\x0bchunked\r\nContent-Length: 4\r\n",
    "a folded line": "Transfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n",
    "a line that ends early": "X: y\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    "a carriage return alone": "X: y\rTransfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    "two different lengths": "Content-Length: 4\r\nContent-Length: 60\r\n",
    "a list of lengths": "Content-Length: 4, 60\r\n",
    "a length with a sign": "Content-Length: +4\r\n",
    "a negative length": "Content-Length: -4\r\n",
    "a length in hexadecimal": "Content-Length: 0x4\r\n",
    "a length with a blank": "Content-Length: 4 0\r\n",
    "a length in other digits": "Content-Length: \xb2\r\n",
    "a length of 5,000 digits": f"Content-Length: {'9' * 5000}\r\n",
    "a length beyond 64 bits": "Content-Length: 18446744073709551620\r\n",
    "a NUL in a header": "X: a\0b\r\nContent-Length: 4\r\n",
}
CHUNKS: dict[str, str] = {
    "a negative chunk": "-1\r\nx\r\n0\r\n\r\n",
    "a chunk with 0x": "0x1\r\nx\r\n0\r\n\r\n",
    "a chunk beyond 64 bits": "10000000000000001\r\nx\r\n0\r\n\r\n",
    "a chunk of 5,000 digits": f"{'f' * 5000}\r\nx\r\n0\r\n\r\n",
    "a chunk with an underscore": "1_0\r\nx\r\n0\r\n\r\n",
    "a chunk without its end": "1\r\nxyz\r\n0\r\n\r\n",
    "an extension of a megabyte": f"1;{'a' * 1_000_000}\r\nx\r\n0\r\n\r\n",
    "trailers without end": "1\r\nx\r\n0\r\n" + "X-Trailer: 1\r\n" * 20_000 + "\r\n",
    "a trailer that is a length": "1\r\nx\r\n0\r\nContent-Length: 100\r\nHost: evil.example\r\n\r\n",
}
FIRST_LINES = (
    "GET /",
    "GET / HTTP/0.9",
    "GET / HTTP/1.99",
    "GET / HTTP/2.0",
    "GET / HTTP/11.1",
    "GET / FTP/1.1",
    "GET  /  HTTP/1.1",
    "GET\t/\tHTTP/1.1",
    " GET / HTTP/1.1",
    "GET /\0 HTTP/1.1",
    "GET / \r HTTP/1.1",
    "GET * HTTP/1.1",
    "GET evil.example:80 HTTP/1.1",
    "GET ? HTTP/1.1",
    "GET # HTTP/1.1",
    "GET //evil.example/%2f.. HTTP/1.1",
    "GET \\\\evil.example HTTP/1.1",
    "GET http:// HTTP/1.1",
    "GET http://[ HTTP/1.1",
    "GET http://localhost:99999/ HTTP/1.1",
    "CONNECT evil.example:443 HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "A" * 100_000,
)
HEADER_LINES = (
    "no colon",
    ": no name",
    "Na me: x",
    "N\x00: x",
    "X: \x01\x02\x7f",
    " folded: first",
    "X: y\r\n folded",
    "X: \xff\xfe",
    "Host : evil.example",
    "Content-Length: ",
    "Transfer-Encoding: ",
    "x-functions-key: \xff\0",
)


def attacks() -> Iterator[Attack]:
    for name, lines in TWO_LENGTHS.items():
        yield Attack("smuggling", name, _smuggled(lines))
    for name, chunks in CHUNKS.items():
        yield Attack("chunks", name, _chunked(chunks))
    yield Attack("smuggling", "a request in the body of one without a body", _body_of_get)
    yield Attack("request line", f"{len(FIRST_LINES)} that are none", _first_lines)
    yield Attack("headers", f"{len(HEADER_LINES)} that are none", _header_lines)


def _smuggled(lines: str) -> Check:
    def check(target: Target) -> None:
        key = f"x-functions-key: {target.key}\r\n" if target.key else ""
        hidden = HIDDEN.format(host=target.host)
        # To one reader the body is `0`, to another it goes on: what follows must not become a request.
        for body in (f"0\r\n\r\n{hidden}\r\n\r\n", f"5\r\n{{}}   \r\n0\r\n\r\n{hidden}\r\n\r\n"):
            request = CHAT.format(host=target.host) + key + lines + "\r\n" + body
            replies = target.raw(request.encode("latin-1"), patience=1)
            for reply in replies:
                assert reply.status in {400, 401, 404, 411, 413, 415, 431, 501}, str(reply)
                assert b"hidden-request" not in reply.body, f"the hidden request was answered: {reply}"

    return check


def _chunked(chunks: str) -> Check:
    def check(target: Target) -> None:
        key = f"x-functions-key: {target.key}\r\n" if target.key else ""
        head = CHAT.format(host=target.host) + key + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        replies = target.raw((head + chunks).encode("latin-1"))
        assert len(replies) < 2, "one request has two answers"
        assert all(400 <= each.status < 500 for each in replies), str(replies[0])

    return check


def _body_of_get(target: Target) -> None:
    hidden = HIDDEN.format(host=target.host) + "\r\n\r\n"
    for method in ("GET", "HEAD", "OPTIONS", "DELETE"):
        head = f"{method} /api/health HTTP/1.1\r\nHost: {target.host}\r\nContent-Length: {len(hidden)}\r\n\r\n"
        for reply in target.raw((head + hidden).encode(), patience=1):
            assert b"hidden-request" not in reply.body, f"the body of {method} was answered as a request"


def _first_lines(target: Target) -> None:
    for line in FIRST_LINES:
        request = f"{line}\r\nHost: {target.host}\r\nConnection: close\r\n\r\n"
        for reply in target.raw(request.encode("latin-1"), patience=1):
            assert "evil.example" not in reply.header("location"), f"{line!r} leads elsewhere"
            assert not reply.header("access-control-allow-origin"), f"{line!r} lets others read"


def _header_lines(target: Target) -> None:
    for line in HEADER_LINES:
        request = f"GET /api/status HTTP/1.1\r\nHost: {target.host}\r\n{line}\r\nConnection: close\r\n\r\n"
        assert len(target.raw(request.encode("latin-1"), patience=1)) < 2, f"{line!r} makes two of one"

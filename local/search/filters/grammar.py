"""From a filter string to odata-query's syntax tree, with the service's sentence for bad syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from odata_query import ast, exceptions
from odata_query.grammar import ODataLexer, ODataParser

from local.search.errors import BadRequest

MOST_TOKENS = 40_000


class Lexer(ODataLexer):
    """odata-query's lexer reads the start of `anything` or `nullable` as a keyword; this one does not."""

    tokens = ODataLexer.tokens
    literals = ODataLexer.literals
    reflags = re.NOFLAG  # the service knows its keywords in lower case only

    @_(r"any(?=\s*\()")  # type: ignore[name-defined, untyped-decorator]  # noqa: F821 (sly puts `_` into the class body)
    def ANY(self, token: Any) -> Any:  # noqa: N802 (sly matches by name)
        token.value = ast.Any()
        return token

    @_(r"all(?=\s*\()")  # type: ignore[name-defined, untyped-decorator]  # noqa: F821
    def ALL(self, token: Any) -> Any:  # noqa: N802
        token.value = ast.All()
        return token

    @_(r"null\b")  # type: ignore[name-defined, untyped-decorator]  # noqa: F821
    def NULL(self, token: Any) -> Any:  # noqa: N802
        token.value = ast.Null()
        return token

    @_(r"(?:true|false)\b")  # type: ignore[name-defined, untyped-decorator]  # noqa: F821
    def BOOLEAN(self, token: Any) -> Any:  # noqa: N802
        token.value = ast.Boolean(token.value)
        return token

    @_(r"[+-]?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+)")  # type: ignore[name-defined, untyped-decorator]  # noqa: F821
    def DECIMAL(self, token: Any) -> Any:  # noqa: N802
        token.value = ast.Float(token.value)
        return token

    @_(r"[_A-Za-z](?:\.?\w){0,127}")  # type: ignore[name-defined, untyped-decorator]  # noqa: F821
    def ODATA_IDENTIFIER(self, token: Any) -> Any:  # noqa: N802
        *namespace, name = token.value.split(".")
        token.value = ast.Identifier(name, tuple(namespace))
        return token


@lru_cache(maxsize=256)
def parse(text: str, parameter: str) -> Any:
    """Return the syntax tree; BadRequest says at which position the expression breaks."""
    try:
        return ODataParser().parse(limited(text, parameter))
    except exceptions.TokenizingException as error:
        raise syntax_error(text, error.token.index, parameter) from error
    except exceptions.ParsingException as error:
        at = len(text) if error.token is None else error.token.index
        raise syntax_error(text, at, parameter) from error
    except (exceptions.ODataException, NotImplementedError, AttributeError, TypeError, RecursionError) as error:
        raise BadRequest.parameter(f"Invalid expression: {error}", parameter) from error


def limited(text: str, parameter: str) -> Iterator[Any]:
    """Yield the tokens, but not without end: the service limits the size of a filter, too."""
    for count, token in enumerate(Lexer().tokenize(text.strip())):
        if count > MOST_TOKENS:
            raise BadRequest.parameter("Invalid expression: the expression is too large.", parameter)
        yield token


def syntax_error(text: str, at: int, parameter: str) -> BadRequest:
    return BadRequest.parameter(f"Invalid expression: Syntax error at position {at} in '{text[:500]}'.", parameter)

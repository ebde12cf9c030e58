"""Parse a filter into odata-query's syntax tree, with the service's message for bad syntax."""

import re
from functools import lru_cache
from typing import Any

from odata_query import ast, exceptions
from odata_query.grammar import ODataLexer, ODataParser

from local.search.errors import BadRequestError

MAX_TOKENS = 40_000


class FilterLexer(ODataLexer):
    """Like odata-query's lexer, but it does not read the start of `anything` or `nullable` as a keyword."""

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
def parse_expression(text: str, parameter: str) -> Any:
    """Return the syntax tree; BadRequestError says at which position the expression breaks."""
    tokens = tokenize(text, parameter)
    # Around odata-query alone, which raises all of these at expressions it cannot read.
    try:
        return ODataParser().parse(iter(tokens))
    except exceptions.ParsingException as error:
        position = len(text) if error.token is None else error.token.index
        raise syntax_error(text, position, parameter) from error
    except (exceptions.ODataException, NotImplementedError, AttributeError, TypeError, RecursionError) as error:
        raise BadRequestError.for_parameter(f"Invalid expression: {error}", parameter) from error


def tokenize(text: str, parameter: str) -> list[Any]:
    """Return the tokens, but not any number of them: the service limits the size of a filter, too."""
    tokens: list[Any] = []
    try:
        for token in FilterLexer().tokenize(text.strip()):
            tokens.append(token)
            if len(tokens) > MAX_TOKENS + 1:
                raise BadRequestError.for_parameter("Invalid expression: the expression is too large.", parameter)
    except exceptions.TokenizingException as error:
        raise syntax_error(text, error.token.index, parameter) from error
    return tokens


def syntax_error(text: str, position: int, parameter: str) -> BadRequestError:
    return BadRequestError.for_parameter(
        f"Invalid expression: Syntax error at position {position} in '{text[:500]}'.", parameter
    )

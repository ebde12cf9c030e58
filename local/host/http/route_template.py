"""Route templates as ASP.NET reads them: photos/{id:int}, {x?}, {x=1}, {*path}, {name}.{ext}."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from local.host.errors import HostStartupError
from local.host.http.route_constraints import RouteConstraint, parse_constraint

_PARAMETER = re.compile(
    r"(?P<star>\*{0,2})(?P<name>[A-Za-z_][\w-]*)"
    r"(?P<constraints>(?::[A-Za-z]\w*(?:\(.*?\))?(?=:|=|\?|$))*)"
    r"(?:=(?P<default>.*)|(?P<optional>\?))?"
)
_CONSTRAINT = re.compile(r":([A-Za-z]\w*)(?:\((.*?)\))?(?=:|$)")
_PIECE = re.compile(r"\{((?:[^{}]|\{\{|\}\})+)\}|([^{}]+)|(.)", re.S)
_LITERAL_RANK, _MIXED_RANK, _PARAMETER_RANK, _CATCH_ALL_RANK = 1, 2, 3, 5


@dataclass(frozen=True)
class RouteParameter:
    """One {parameter} of a template."""

    name: str
    catch_all: bool
    optional: bool
    default: str | None
    constraints: tuple[RouteConstraint, ...]

    @property
    def may_be_missing(self) -> bool:
        return self.optional or self.catch_all or self.default is not None


RouteSegment = list[str | RouteParameter]


@dataclass(frozen=True)
class RouteTemplate:
    """A parsed template; among several that match, the one with the lowest rank wins."""

    text: str
    rank: tuple[int, ...]
    parameters: tuple[RouteParameter, ...]
    pattern: re.Pattern[str]

    def match(self, path: str) -> dict[str, str] | None:
        """Route values of a percent-encoded path, or None. An encoded slash stays %2F."""
        match = self.pattern.fullmatch(decode_path(path).removeprefix("/"))
        if match is None:
            return None
        values = {}
        for parameter, text in zip(self.parameters, match.groups(), strict=True):
            value = text or parameter.default
            if value and not all(allows(value) for allows in parameter.constraints):
                return None
            if value:
                values[parameter.name] = value
        return values


def decode_path(path: str) -> str:
    """The path as ASP.NET's server passes it to routing: decoded except for encoded slashes."""
    return unquote(re.sub("%2f", "%252F", path, flags=re.IGNORECASE))


def parse_template(text: str, function: str) -> RouteTemplate:
    """Raises HostStartupError for a malformed template and for unknown constraints."""
    try:
        segments = [_parse_segment(part) for part in _split(text.strip("/"))]
        pattern = _pattern(segments)
    except (ValueError, re.error) as error:
        raise HostStartupError(f"Function '{function}': the route '{text}' is malformed: {error}") from None
    parameters = tuple(part for segment in segments for part in segment if isinstance(part, RouteParameter))
    names = [parameter.name.casefold() for parameter in parameters]
    if len(set(names)) < len(names):
        raise HostStartupError(f"Function '{function}': the route '{text}' uses a parameter twice.")
    return RouteTemplate(text, tuple(map(_rank, segments)), parameters, re.compile(pattern, re.I | re.S))


def _split(text: str) -> Iterator[str]:
    """Segments between slashes; a slash inside braces belongs to a constraint."""
    depth, segment = 0, ""
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "/" and depth == 0:
            yield segment
            segment = ""
        else:
            segment += char
    if segment:
        yield segment


def _parse_segment(text: str) -> RouteSegment:
    if not text:
        raise ValueError("it has an empty segment")
    parts: RouteSegment = []
    for piece in _PIECE.finditer(text):
        parameter, literal, stray_brace = piece.groups()
        if stray_brace:
            raise ValueError(f"'{stray_brace}' stands alone")
        parts.append(literal or _parse_parameter(parameter))
    return parts


def _parse_parameter(text: str) -> RouteParameter:
    match = _PARAMETER.fullmatch(text.replace("{{", "{").replace("}}", "}"))
    if match is None:
        raise ValueError(f"'{{{text}}}' is not a parameter")
    constraints = tuple(parse_constraint(*groups) for groups in _CONSTRAINT.findall(match["constraints"]))
    return RouteParameter(match["name"], bool(match["star"]), bool(match["optional"]), match["default"], constraints)


def _pattern(segments: list[RouteSegment]) -> str:
    pattern = ""
    for index, segment in enumerate(segments):
        slash = "/" if index else ""
        last = segment[-1]
        if len(segment) == 1 and isinstance(last, RouteParameter) and last.may_be_missing:
            pattern += f"(?:{slash}({'.*' if last.catch_all else '[^/]+'}))?"
        else:
            pattern += slash + _segment_pattern(segment)
    ends_with_catch_all = segments and isinstance(segments[-1][-1], RouteParameter) and segments[-1][-1].catch_all
    return pattern if ends_with_catch_all else f"{pattern}/?"


def _segment_pattern(segment: RouteSegment) -> str:
    """In {name}.{ext?} the dot is optional along with the parameter that follows it."""
    *before, last = segment
    if before and isinstance(last, RouteParameter) and last.optional and before[-1] == ".":
        return "".join(_part_pattern(part, "+?") for part in before[:-1]) + r"(?:\.([^/.]+))?"
    return "".join(_part_pattern(part, "+") for part in segment)


def _part_pattern(part: str | RouteParameter, quantifier: str) -> str:
    return re.escape(part) if isinstance(part, str) else f"([^/]{quantifier})"


def _rank(segment: RouteSegment) -> int:
    first = segment[0]
    if len(segment) > 1:
        return _MIXED_RANK
    if isinstance(first, str):
        return _LITERAL_RANK
    return (_CATCH_ALL_RANK if first.catch_all else _PARAMETER_RANK) - bool(first.constraints)

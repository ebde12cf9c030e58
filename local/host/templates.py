"""Route templates as ASP.NET reads them: photos/{id:int}, {x?}, {x=1}, {*path}, {name}.{ext}."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from .constraints import Constraint, parse_constraint
from .errors import CannotRun

_PARAMETER = re.compile(
    r"(?P<star>\*{0,2})(?P<name>[A-Za-z_][\w-]*)"
    r"(?P<constraints>(?::[A-Za-z]\w*(?:\(.*?\))?(?=:|=|\?|$))*)"
    r"(?:=(?P<default>.*)|(?P<optional>\?))?"
)
_CONSTRAINT = re.compile(r":([A-Za-z]\w*)(?:\((.*?)\))?(?=:|$)")
_LITERAL, _MIXED, _PLAIN, _CATCH_ALL = 1, 2, 3, 5


@dataclass(frozen=True)
class Parameter:
    """One {parameter} of a template."""

    name: str
    catch_all: bool
    optional: bool
    default: str | None
    constraints: tuple[Constraint, ...]

    @property
    def may_lack(self) -> bool:
        return self.optional or self.catch_all or self.default is not None


Segment = list["str | Parameter"]


@dataclass(frozen=True)
class Template:
    """A parsed template; among several that match, the one with the lowest rank wins."""

    text: str
    rank: tuple[int, ...]
    parameters: tuple[Parameter, ...]
    pattern: re.Pattern[str]

    def match(self, path: str) -> dict[str, str] | None:
        """Route values of a percent-encoded path, or None. An encoded slash stays %2F."""
        found = self.pattern.fullmatch(decode(path).removeprefix("/"))
        if found is None:
            return None
        values = {}
        for parameter, given in zip(self.parameters, found.groups(), strict=True):
            value = given or parameter.default
            if value and not all(holds(value) for holds in parameter.constraints):
                return None
            if value:
                values[parameter.name] = value
        return values


def decode(path: str) -> str:
    """The path as ASP.NET's server hands it to routing: decoded but for encoded slashes."""
    return unquote(re.sub("%2f", "%252F", path, flags=re.IGNORECASE))


def parse_template(text: str, function: str) -> Template:
    """Raises CannotRun for a malformed template and for constraints nobody knows."""
    try:
        segments = [_segment(part) for part in _split(text.strip("/"))]
        pattern = _pattern(segments)
    except (ValueError, re.error) as error:
        raise CannotRun(f"Function '{function}': the route '{text}' is malformed: {error}") from None
    parameters = tuple(part for segment in segments for part in segment if isinstance(part, Parameter))
    names = [parameter.name.casefold() for parameter in parameters]
    if len(set(names)) < len(names):
        raise CannotRun(f"Function '{function}': the route '{text}' has a parameter twice.")
    return Template(text, tuple(map(_rank, segments)), parameters, re.compile(pattern, re.I | re.S))


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


def _segment(text: str) -> Segment:
    if not text:
        raise ValueError("it has an empty segment")
    parts: Segment = []
    for piece in re.finditer(r"\{((?:[^{}]|\{\{|\}\})+)\}|([^{}]+)|(.)", text, re.S):
        inside, literal, stray = piece.groups()
        if stray:
            raise ValueError(f"'{stray}' stands alone")
        parts.append(literal or _parameter(inside))
    return parts


def _parameter(text: str) -> Parameter:
    found = _PARAMETER.fullmatch(text.replace("{{", "{").replace("}}", "}"))
    if found is None:
        raise ValueError(f"'{{{text}}}' is no parameter")
    constraints = tuple(parse_constraint(*one) for one in _CONSTRAINT.findall(found["constraints"]))
    return Parameter(found["name"], bool(found["star"]), bool(found["optional"]), found["default"], constraints)


def _pattern(segments: list[Segment]) -> str:
    pattern = ""
    for index, segment in enumerate(segments):
        slash = "/" if index else ""
        last = segment[-1]
        if len(segment) == 1 and isinstance(last, Parameter) and last.may_lack:
            pattern += f"(?:{slash}({'.*' if last.catch_all else '[^/]+'}))?"
        else:
            pattern += slash + _inside(segment)
    ends_open = segments and isinstance(segments[-1][-1], Parameter) and segments[-1][-1].catch_all
    return pattern if ends_open else f"{pattern}/?"


def _inside(segment: Segment) -> str:
    """Pattern of a segment; in {name}.{ext?} the dot goes together with what follows it."""
    *front, last = segment
    if front and isinstance(last, Parameter) and last.optional and front[-1] == ".":
        return "".join(_part(part, "+?") for part in front[:-1]) + r"(?:\.([^/.]+))?"
    return "".join(_part(part, "+") for part in segment)


def _part(part: "str | Parameter", length: str) -> str:
    return re.escape(part) if isinstance(part, str) else f"([^/]{length})"


def _rank(segment: Segment) -> int:
    first = segment[0]
    if len(segment) > 1:
        return _MIXED
    if isinstance(first, str):
        return _LITERAL
    return (_CATCH_ALL if first.catch_all else _PLAIN) - bool(first.constraints)

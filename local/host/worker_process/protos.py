"""Stand-ins for the protobuf classes that the runtime reads from and fills in."""

from types import SimpleNamespace


class InputDatum(SimpleNamespace):
    """Input data as the runtime reads it: one attribute, named after its kind."""

    def __init__(self, kind: str, value: object) -> None:
        super().__init__(**{kind: value})
        self._kind = kind

    def WhichOneof(self, _: str) -> str | None:  # noqa: N802 - protobuf's spelling
        return None if self._kind == "none" else self._kind


class ParameterBinding(SimpleNamespace):
    """One input parameter: its name and its datum."""

    def WhichOneof(self, _: str) -> str:  # noqa: N802 - protobuf's spelling
        return "data"


class StatusResult(SimpleNamespace):
    Failure, Success = 0, 1


class BindingInfo(SimpleNamespace):
    undefined, out, inout = 0, 1, 2


class RpcHttpCookie(SimpleNamespace):
    SameSite = SimpleNamespace(**{"None": "", "Lax": "Lax", "Strict": "Strict", "ExplicitNone": "None"})


# The runtime looks up protobuf classes by name and only ever fills in attributes.
_ATTRIBUTES_ONLY = (
    "RpcException WorkerMetadata WorkerInitResponse FunctionMetadataResponse InvocationResponse "
    "RpcFunctionMetadata RpcRetryOptions ParameterBinding TypedData RpcHttp NullableString "
    "NullableBool NullableDouble NullableTimestamp Timestamp"
)
PROTOS = SimpleNamespace(
    StatusResult=StatusResult,
    BindingInfo=BindingInfo,
    RpcHttpCookie=RpcHttpCookie,
    **dict.fromkeys(_ATTRIBUTES_ONLY.split(), SimpleNamespace),
)

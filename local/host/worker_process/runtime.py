"""Microsoft's Python runtime, imported by name: it is untyped and does not exist for older Pythons."""

import importlib
from typing import Any

runtime: Any = importlib.import_module("azure_functions_runtime")
handle_event: Any = importlib.import_module("azure_functions_runtime.handle_event")
http_v2: Any = importlib.import_module("azure_functions_runtime.http_v2")
invocation_id_cv: Any = runtime.invocation_id_cv

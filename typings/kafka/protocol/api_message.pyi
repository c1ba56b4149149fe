"""The base of all messages."""

from types import ModuleType
from typing import Any

class ApiMessage:
    def __init_subclass__(cls, *, load_json: ModuleType | None = None) -> None: ...
    def __init__(self, **fields: Any) -> None: ...

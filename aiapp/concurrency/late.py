"""Libraries that take long to import and that many processes never use."""

from importlib import import_module
from threading import RLock
from typing import Any

# Two libraries that import each other's parts on two threads at once may see them half made.
importing = RLock()


class LateModule:
    """A module that is imported when a name of it is first asked for, from whatever thread."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        # What looks through a module's names asks each for its marks, and needs no library for it.
        if name.startswith("_"):
            raise AttributeError(name)
        with importing:
            value = getattr(import_module(self._name), name)
        # Found without this function from now on.
        setattr(self, name, value)
        return value

"""Progress without an engine: lines on standard output, for the command line."""

from hooks.clients.redaction import redact


class PrintedProgress:
    """`hooks.interfaces.Progress` by print; a live line is printed once, not at every repetition."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._shown = ""

    def status(self, message: str) -> None:
        """Show a live line, unless it stands there already."""
        if message != self._shown:
            self._print(message)

    def info(self, message: str) -> None:
        """Show a line that stays."""
        self._print(message)

    def warn(self, message: str) -> None:
        """Show a warning that stays."""
        self._print(f"warning: {message}")

    def _print(self, message: str) -> None:
        self._shown = message
        print(redact(message), flush=True)

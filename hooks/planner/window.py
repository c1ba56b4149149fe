"""The hours of the day in which restarts may begin, in UTC."""

import re
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, kw_only=True)
class Window:
    """From one minute of the day to another; over midnight where the second is the earlier one."""

    begin: int
    end: int

    def is_open(self, minute: int) -> bool:
        """Return whether a minute of the day lies in it; its last one does not."""
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def __str__(self) -> str:
        """Return both ends as a clock shows them."""
        return f"{self.begin // 60:02}:{self.begin % 60:02}-{self.end // 60:02}:{self.end % 60:02} UTC"


def parse_window(text: str) -> Window | None:
    """Read `HH:MM-HH:MM`; None for anything else, and for a window of no length."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    hours = [int(number) for number in found.groups()]
    window = Window(begin=60 * hours[0] + hours[1], end=60 * hours[2] + hours[3])
    return None if window.begin == window.end else window

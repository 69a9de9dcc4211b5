"""Ways to tell a person something outside the console: a folder each, and its line in `CHANNELS`."""

from governance.channels.base import Channel, Letter, Line, NotSent
from governance.channels.email import Email

CHANNELS: dict[str, Channel] = {channel.kind: channel for channel in (Email(),)}

__all__ = ["CHANNELS", "Channel", "Letter", "Line", "NotSent"]

"""The requests by their numbers."""

from enum import IntEnum

class ApiKey(IntEnum):
    DescribeQuorum = ...

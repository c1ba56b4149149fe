"""The Metadata request."""

class MetadataRequest:
    def __init__(self, *, topics: None, allow_auto_topic_creation: bool) -> None: ...

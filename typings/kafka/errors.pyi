"""Failures of the client."""

class KafkaError(RuntimeError): ...

class BrokerError(KafkaError):
    errno: int
    retriable: bool

def for_code(error_code: int) -> type[BrokerError]: ...

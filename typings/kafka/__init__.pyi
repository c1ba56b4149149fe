"""What hooks/clients uses of kafka-python 3.0.12, typed; its own types end where it matters here."""

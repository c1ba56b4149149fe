"""The services on top of Kafka as pure values: what each is told, what it needs, and the pods that run it."""

"""The services on top of Kafka as resources."""

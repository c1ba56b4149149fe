"""Kafka's own components: the brokers, rack by rack, and the controllers of the KRaft quorum."""

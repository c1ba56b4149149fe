"""Adapters: Kafka, ZooKeeper, Kubernetes and the clock behind the Protocols of `hooks.interfaces`. No decisions."""

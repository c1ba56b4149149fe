"""The component of the ZooKeeper ensemble."""

"""The commands of the image's /opt/kafka/bin: the official names, each with the class that it runs. Pure data."""

_TOOLS = "org.apache.kafka.tools"
_BOTH = {
    "kafka-client-metrics": f"{_TOOLS}.ClientMetricsCommand",
    "kafka-cluster": f"{_TOOLS}.ClusterTool",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-console-consumer": f"{_TOOLS}.consumer.ConsoleConsumer",
    "kafka-consumer-groups": f"{_TOOLS}.consumer.group.ConsumerGroupCommand",
    "kafka-consumer-perf-test": f"{_TOOLS}.ConsumerPerformance",
    "kafka-delegation-tokens": f"{_TOOLS}.DelegationTokenCommand",
    "kafka-delete-records": f"{_TOOLS}.DeleteRecordsCommand",
    "kafka-features": f"{_TOOLS}.FeatureCommand",
    "kafka-get-offsets": f"{_TOOLS}.GetOffsetShell",
    "kafka-jmx": f"{_TOOLS}.JmxTool",
    "kafka-leader-election": f"{_TOOLS}.LeaderElectionCommand",
    "kafka-log-dirs": f"{_TOOLS}.LogDirsCommand",
    "kafka-metadata-quorum": f"{_TOOLS}.MetadataQuorumCommand",
    "kafka-producer-perf-test": f"{_TOOLS}.ProducerPerformance",
    "kafka-reassign-partitions": f"{_TOOLS}.reassign.ReassignPartitionsCommand",
    "kafka-replica-verification": f"{_TOOLS}.ReplicaVerificationTool",
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-topics": f"{_TOOLS}.TopicCommand",
    "kafka-transactions": f"{_TOOLS}.TransactionsCommand",
    "kafka-verifiable-consumer": f"{_TOOLS}.VerifiableConsumer",
    "kafka-verifiable-producer": f"{_TOOLS}.VerifiableProducer",
}
_ONLY_3 = {
    "kafka-acls": "kafka.admin.AclCommand",
    "kafka-broker-api-versions": "kafka.admin.BrokerApiVersionsCommand",
    "kafka-console-producer": "kafka.tools.ConsoleProducer",
    "kafka-dump-log": "kafka.tools.DumpLogSegments",
    "zookeeper-shell": "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka",
}
_ONLY_4 = {
    "kafka-acls": f"{_TOOLS}.AclCommand",
    "kafka-broker-api-versions": f"{_TOOLS}.BrokerApiVersionsCommand",
    "kafka-console-producer": f"{_TOOLS}.ConsoleProducer",
    "kafka-dump-log": f"{_TOOLS}.DumpLogSegments",
    "kafka-groups": f"{_TOOLS}.GroupsCommand",
}
_SERVERS = {
    "kafka-server-start": ("-Xmx1G -Xms1G", "kafka.Kafka"),
    "connect-distributed": ("-Xms256M -Xmx2G", "org.apache.kafka.connect.cli.ConnectDistributed"),
    "connect-standalone": ("-Xms256M -Xmx2G", "org.apache.kafka.connect.cli.ConnectStandalone"),
}
_ZOOKEEPER = {"zookeeper-server-start": ("-Xmx512M -Xms512M", "org.apache.zookeeper.server.quorum.QuorumPeerMain")}


def is_kraft_only(version: str) -> bool:
    """Tell whether this version of Kafka has no ZooKeeper mode any more."""
    return int(version.partition(".")[0]) >= 4


def tools(version: str) -> dict[str, str]:
    """Give the command-line tools of this version: name -> class."""
    return _BOTH | (_ONLY_4 if is_kraft_only(version) else _ONLY_3)


def servers(version: str) -> dict[str, tuple[str, str]]:
    """Give the servers of this version: name -> the default heap, as in the official scripts, and the class."""
    return _SERVERS if is_kraft_only(version) else _SERVERS | _ZOOKEEPER


def scripts(version: str) -> dict[str, str]:
    """Write the start scripts of this version: file name -> text."""
    written = {
        f"{name}.sh": f'#!/bin/bash\nexec /opt/kafka/bin/kafka-run-class.sh {main} "$@"\n'
        for name, main in tools(version).items()
    }
    for name, (heap, main) in servers(version).items():
        written[f"{name}.sh"] = (
            f'#!/bin/bash\nexport KAFKA_HEAP_OPTS="${{KAFKA_HEAP_OPTS:-{heap}}}"\n'
            f'exec /opt/kafka/bin/server-class.sh {main} "$@"\n'
        )
    return written

"""Ids, names and addresses follow from the racks, and from nothing else."""

from components.spec.topology import addresses, anchors, broker_pools, controller_pools, hosts, zookeeper_pools
from contract import PORT_CONTROLLER
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config


def test_a_racks_ids_begin_where_it_says_and_follow_each_other() -> None:
    pools = broker_pools(cluster(changed(zookeeper_config(), "kafka/racks/1/brokers", 3)))
    assert [list(pool.ids) for pool in pools] == [[0], [1000, 1001, 1002], [2000]]


def test_the_order_of_the_racks_in_the_file_changes_nothing() -> None:
    config = zookeeper_config()
    turned = changed(config, "kafka/racks", config["kafka"]["racks"][::-1])
    assert broker_pools(cluster(turned)) == broker_pools(cluster(config))


def test_a_pods_name_ends_with_its_id() -> None:
    pool = broker_pools(cluster(zookeeper_config()))[1]
    assert pool.pod(1000) == "kafka-b-1000"
    assert pool.host(1000) == "kafka-b-1000.kafka-brokers.streams.svc.cluster.local"


def test_each_broker_of_a_rack_has_a_node_port_of_its_own() -> None:
    pool = broker_pools(cluster(changed(zookeeper_config(), "kafka/racks/1/brokers", 2)))[1]
    assert [pool.external_port(node_id) for node_id in pool.ids] == [30200, 30201]


def test_addresses_name_every_node_while_anchors_name_the_first_of_each_rack() -> None:
    config = changed(changed(zookeeper_config(), "zookeeper/racks/0/servers", 2), "zookeeper/racks/1/servers", 2)
    pools = zookeeper_pools(cluster(config))
    assert [node_id for node_id, _ in hosts(pools)] == [1, 2, 11, 12, 21]
    assert [node_id for node_id, _ in anchors(pools)] == [1, 11, 21]


def test_a_mode_has_only_its_own_quorum() -> None:
    assert controller_pools(cluster(zookeeper_config())) == ()
    assert zookeeper_pools(cluster(kraft_config())) == ()


def test_controllers_are_addressed_at_their_own_listener() -> None:
    first = addresses(hosts(controller_pools(cluster(kraft_config()))), PORT_CONTROLLER).split(",")[0]
    assert first == "kafka-controller-a-9000.kafka-controllers.streams.svc.cluster.local:9093"

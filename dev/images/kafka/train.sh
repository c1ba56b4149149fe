#!/bin/bash
# Runs in the root of a Kafka image while it is built: starts each server and tool once, notes the classes they load, and
# writes them, parsed and verified, to /opt/kafka/kafka.jsa. Servers that map this archive start in half the time.
set -eu

export KAFKA_HEAP_OPTS=-Xmx320m KAFKA_JVM_PERFORMANCE_OPTS='-XX:+UseSerialGC -XX:TieredStopAtLevel=1'
export PATH=/opt/kafka/bin:$JAVA_HOME/bin:$PATH
cluster_id=AAAAAAAAAAAAAAAAAAAAAA
running=()

noting() {
  local name=$1
  shift
  KAFKA_OPTS="-XX:DumpLoadedClassList=/tmp/$name.classes" "$@" >"/tmp/$name.log" 2>&1
}

# Starts a server and waits until its log has the line that says it serves.
serve() {
  local name=$1 line=$2
  shift 2
  KAFKA_OPTS="-XX:DumpLoadedClassList=/tmp/$name.classes" "$@" >"/tmp/$name.log" 2>&1 &
  running+=($!)
  for _ in $(seq 600); do
    if grep -q "$line" "/tmp/$name.log" 2>/dev/null; then return; fi
    kill -0 "${running[-1]}" || break
    sleep 0.1
  done
  echo "$name does not serve; its log:"
  cat "/tmp/$name.log"
  exit 1
}

# Ends the servers in the order opposite to their start; Java says 143 after an orderly end by SIGTERM.
stop_all() {
  local index status
  for ((index = ${#running[@]} - 1; index >= 0; index--)); do
    status=0
    kill "${running[index]}"
    wait "${running[index]}" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 143 ] || { echo "a server ended with $status"; exit 1; }
  done
  running=()
}

# Clients of every kind that a server meets, so that it also loads what answers them.
exercise() {
  local name=$1 broker=127.0.0.1:9092
  noting "$name-topics" kafka-topics.sh --bootstrap-server $broker --create --topic train --partitions 3
  noting "$name-configs" kafka-configs.sh --bootstrap-server $broker --alter --entity-type topics --entity-name train \
    --add-config retention.ms=86400000
  noting "$name-produce" kafka-verifiable-producer.sh --bootstrap-server $broker --topic train --max-messages 100
  noting "$name-consume" kafka-console-consumer.sh --bootstrap-server $broker --topic train --group train \
    --from-beginning --max-messages 100
}

cat >/tmp/kraft.properties <<'P'
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
log.dirs=/tmp/kraft
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
P
noting storage kafka-storage.sh format --cluster-id $cluster_id --config /tmp/kraft.properties
serve kraft 'Kafka Server started' kafka-server-start.sh /tmp/kraft.properties
exercise kraft
stop_all

if [ -x /opt/kafka/bin/zookeeper-server-start.sh ]; then
  mkdir /tmp/zookeeper
  cat >/tmp/zookeeper.properties <<'P'
dataDir=/tmp/zookeeper
clientPort=2181
clientPortAddress=127.0.0.1
4lw.commands.whitelist=*
admin.enableServer=false
P
  cat >/tmp/broker.properties <<'P'
broker.id=1
zookeeper.connect=127.0.0.1:2181
listeners=PLAINTEXT://127.0.0.1:9092
log.dirs=/tmp/broker
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
P
  serve zookeeper 'binding to port' zookeeper-server-start.sh /tmp/zookeeper.properties
  serve broker 'started (kafka.server.KafkaServer)' kafka-server-start.sh /tmp/broker.properties
  exercise broker
  stop_all
fi

awk '!seen[$0]++' /tmp/*.classes >/tmp/all.classes
libs=(/opt/kafka/libs/*.jar)
java -Xshare:dump -XX:+UseG1GC -XX:SharedClassListFile=/tmp/all.classes -XX:SharedArchiveFile=/opt/kafka/kafka.jsa \
  -cp "$(IFS=:; echo "${libs[*]}")" 2>&1 | tail -n 5
ls -l /opt/kafka/kafka.jsa

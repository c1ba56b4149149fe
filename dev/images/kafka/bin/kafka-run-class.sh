#!/bin/bash
# Runs one Java class in place of this shell, so that a signal reaches it.
# Honours KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, KAFKA_GC_LOG_OPTS, KAFKA_JMX_OPTS, JMX_PORT, KAFKA_LOG4J_OPTS,
# KAFKA_OPTS, LOG_DIR and CLASSPATH. Writes nothing itself; Java writes to /tmp only.
set -eu

if [ $# -eq 0 ]; then
  echo "usage: $0 [java options] class [arguments]" >&2
  exit 1
fi

# In sorted order, which the class archive was made with; what the user adds comes after it.
libs=(/opt/kafka/libs/*.jar)
classpath=$(IFS=:; echo "${libs[*]}")${CLASSPATH:+:$CLASSPATH}

archive=
if [ -f /opt/kafka/kafka.jsa ]; then
  archive=-XX:SharedArchiveFile=/opt/kafka/kafka.jsa
fi

if [ -f /opt/kafka/config/tools-log4j2.yaml ]; then
  logging=-Dlog4j2.configurationFile=/opt/kafka/config/tools-log4j2.yaml
else
  logging=-Dlog4j.configuration=file:/opt/kafka/config/tools-log4j.properties
fi

jmx=${KAFKA_JMX_OPTS:-}
if [ -n "${JMX_PORT:-}" ]; then
  : "${jmx:=-Dcom.sun.management.jmxremote.authenticate=false -Dcom.sun.management.jmxremote.ssl=false}"
  jmx="$jmx -Dcom.sun.management.jmxremote.port=$JMX_PORT -Dcom.sun.management.jmxremote.rmi.port=$JMX_PORT"
fi

# The options are lists of words by Kafka's convention, hence not quoted.
# shellcheck disable=SC2086
exec "$JAVA_HOME/bin/java" $archive \
  ${KAFKA_HEAP_OPTS:--Xmx256m} \
  ${KAFKA_JVM_PERFORMANCE_OPTS:--server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true} \
  ${KAFKA_GC_LOG_OPTS:-} \
  $jmx \
  -Dkafka.logs.dir="${LOG_DIR:-/tmp}" \
  ${KAFKA_LOG4J_OPTS:-$logging} \
  -cp "$classpath" \
  ${KAFKA_OPTS:-} \
  "$@"

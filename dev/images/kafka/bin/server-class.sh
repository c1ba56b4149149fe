#!/bin/bash
# Runs a server's class with the servers' logging, on standard output, unless KAFKA_LOG4J_OPTS says otherwise.
set -eu

if [ -f /opt/kafka/config/log4j2.yaml ]; then
  export KAFKA_LOG4J_OPTS=${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=/opt/kafka/config/log4j2.yaml}
else
  export KAFKA_LOG4J_OPTS=${KAFKA_LOG4J_OPTS:--Dlog4j.configuration=file:/opt/kafka/config/log4j.properties}
fi
exec /opt/kafka/bin/kafka-run-class.sh "$@"

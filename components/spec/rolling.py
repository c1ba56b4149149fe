"""What `updates: rolling` adds: probes that know Kafka, and an identity that needs no hook to make it.

Kubernetes rolls one StatefulSet pod by pod, waiting until each is ready; Pulumi goes from rack to rack in the same way.
So what keeps data safe is the meaning of *ready*, here. Its rules, and the deadlocks that they avoid:

1. A broker is ready once it is in the ISR of every partition of its own that has a leader. A partition without a leader
   waits for others, and so must not hold this one up: after a stop of everything, no broker would be the first.
2. That is asked once per start of the container; after it, ready means that the listener is open. A broker that falls
   behind later goes on serving what it leads, and no tool runs beside a broker that works.
3. A member of a quorum is ready once it serves, or while no majority of members can be reached: that is nobody's fault
   here, and the rack by rack creation of a quorum would wait for itself.

No rule looks at other brokers' partitions: one that is broken would hold up the very change that heals it.
"""

import base64
import hashlib
from typing import Final

from components.spec.access_properties import client_security
from components.spec.distributions import Distribution, distribution_of
from components.spec.model import ClusterSpec
from components.spec.properties import render
from components.spec.scripts import CONFIG_MOUNT, READY, RUN_MOUNT
from components.spec.topology import Pool, all_pools, controller_pools, hosts
from contract import (
    IDENTITY_BOOTSTRAPPED,
    IDENTITY_CLUSTER_ID,
    IDENTITY_INITIAL_CONTROLLERS,
    PORT_CONTROLLER,
    PORT_INTERNAL,
    PORT_ZOOKEEPER,
)

CLIENT: Final = "client.properties"
#: Content of the object that says that the first quorum has formed.
BOOTSTRAPPED: Final = {IDENTITY_BOOTSTRAPPED: "true"}

#: Bash alone reads what the tool says. The first process of the container starts anew with it, so its start is the key.
_BROKER: Final = f"""#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{PORT_INTERNAL} || exit 1
read -r process < /proc/1/stat
fields=(${{process##*)}})
in_sync="{RUN_MOUNT}/in-sync-since-${{fields[19]}}"
[[ -e "$in_sync" ]] && exit 0
id="${{HOSTNAME##*-}}"
listed="$(KAFKA_HEAP_OPTS=-Xmx64m KAFKA_LOG4J_OPTS= \\
  KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1" \\
  @TOPICS@ --bootstrap-server "@HOST@:{PORT_INTERNAL}" --command-config {CONFIG_MOUNT}/{CLIENT} \\
  --describe --under-replicated-partitions)" || exit 1
led='Leader:[[:space:]]*[0-9]+[[:space:]]+Replicas:[[:space:]]*([0-9,]+)[[:space:]]+Isr:[[:space:]]*([0-9,]*)'
adding='Adding Replicas:[[:space:]]*([0-9,]+)'
while read -r line; do
  [[ "$line" =~ $led ]] || continue
  replicas=",${{BASH_REMATCH[1]}}," isr=",${{BASH_REMATCH[2]}},"
  # A replica that a reassignment brings here is not one that the restart took away.
  [[ "$line" =~ $adding && ",${{BASH_REMATCH[1]}}," == *",$id,"* ]] && continue
  if [[ "$replicas" == *",$id,"* && "$isr" != *",$id,"* ]]; then
    echo "broker $id is not in sync yet: $line" >&2
    exit 1
  fi
done <<< "$listed"
: > "$in_sync"
"""

_QUORUM: Final = """#!/bin/bash
serves() {
  exec 3<>/dev/tcp/127.0.0.1/@PORT@ || return 1
@SERVES@}
serves 2>/dev/null && exit 0
members=(@MEMBERS@)
reached=1
for member in "${members[@]}"; do
  [[ "$member" == "$HOSTNAME".* ]] && continue
  timeout 1 bash -c 'exec 3<>"/dev/tcp/$0/@PORT@"' "$member" 2>/dev/null && ((++reached))
done
((2 * reached <= ${#members[@]}))
"""
_SAYS_ITS_MODE: Final = """  printf srvr >&3
  while read -r line <&3; do
    [[ "$line" == Mode:* ]] && return
  done
  return 1
"""


def rolling_files(spec: ClusterSpec, pool: Pool) -> dict[str, str]:
    """Return the files by which a pool's nodes say that they are ready."""
    if pool.component == "broker":
        return {READY: _broker_script(distribution_of(spec.kafka), pool), CLIENT: render(client_security(spec))}
    members = " ".join(host for _, host in hosts([one for one in all_pools(spec) if one.component == pool.component]))
    port, serves = (PORT_ZOOKEEPER, _SAYS_ITS_MODE) if pool.component == "zookeeper" else (PORT_CONTROLLER, "")
    return {READY: _filled(_QUORUM, PORT=str(port), SERVES=serves, MEMBERS=members)}


def rolling_identity(spec: ClusterSpec, seed: str) -> dict[str, str]:
    """Return the content of the identity object in KRaft: the same for the same seed, for there is nobody to ask.

    Volumes that a destroy left fit the cluster that the next `up` of the same stack makes.
    """
    place = f"{seed}/{spec.namespace}/{spec.kafka.name}"
    first = (
        f"{node_id}@{host}:{PORT_CONTROLLER}:{_kafka_id(f'{place}/{node_id}')}"
        for node_id, host in hosts(controller_pools(spec))
    )
    return {IDENTITY_CLUSTER_ID: _kafka_id(place), IDENTITY_INITIAL_CONTROLLERS: ",".join(first)}


def _broker_script(distribution: Distribution, pool: Pool) -> str:
    own = pool.host(pool.first_id).replace(pool.pod(pool.first_id), "$HOSTNAME", 1)
    return _filled(_BROKER, TOPICS=distribution.describe_topics, HOST=own)


def _filled(script: str, **values: str) -> str:
    for name, value in values.items():
        script = script.replace(f"@{name}@", value)
    return script


def _kafka_id(text: str) -> str:
    """Return an id in Kafka's form, which has no `-` in front: its tools would take that for an option."""
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(bytes([digest[0] & 0x7F, *digest[1:16]])).decode().rstrip("=")

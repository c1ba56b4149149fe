"""The start scripts: what a container does before Kafka runs, so that any image with Kafka's own scripts will do.

Each works out what differs between the pods of a pool from the pod's own name, prepares the data folder, and then
becomes Kafka, which so receives the signals.
"""

from collections.abc import Sequence
from typing import Final

from components.spec.access import DEFAULT_EXTERNAL
from components.spec.data_folders import DATA_FOLDER, data_folders
from components.spec.distributions import Distribution
from components.spec.external import Door
from components.spec.listeners import NODE_ID, POD
from components.spec.topology import Pool
from components.spec.zookeeper_tls import key_script
from contract import (
    IDENTITY_BOOTSTRAPPED,
    IDENTITY_CLUSTER_ID,
    IDENTITY_INITIAL_CONTROLLERS,
    PORT_ZOOKEEPER,
)

CONFIG_MOUNT: Final = "/etc/kafka-platform"
RUN_MOUNT: Final = "/run/kafka-platform"
IDENTITY_MOUNT: Final = "/identity"
PROPERTIES: Final = "server.properties"
ZOO_CFG: Final = "zoo.cfg"
START: Final = "start.sh"
READY: Final = "ready.sh"
#: How long a broker waits for the end of its former ZooKeeper session.
SESSION_SECONDS: Final = 60

#: What is meant to be a fresh folder may be one that lost its mark; `@FOLDER@` is the variable that names it.
_DAMAGED: Final = """  if compgen -G "$@FOLDER@/*-*/*.log" > /dev/null; then
    echo "$@FOLDER@ holds a log but no meta.properties: it is damaged and is not formatted again; restore the file" >&2
    exit 1
  fi
"""

_HEAD: Final = f"""#!/bin/bash
set -euo pipefail
id="${{HOSTNAME##*-}}"
data={DATA_FOLDER}
mkdir -p "$data"
"""

#: Kafka dies when it registers while ZooKeeper still holds its former session, which outlives a hard stop by the
#: session timeout (18 s by default). Any server lists the sessions' nodes; none that answers means nothing to wait for.
_SESSION_SCRIPT: Final = f"""registered() {{
  local server answer
  for server in $(sed -n 's/^zookeeper.connect=//p' {RUN_MOUNT}/{PROPERTIES} | tr ',' ' '); do
    answer="$(timeout 2 bash -c 'exec 3<>"/dev/tcp/${{0/://}}" && printf dump >&3 && cat <&3' "$server")"
    [[ "$answer" == *ephemeral* ]] || continue
    grep -qxE "[[:space:]]*/brokers/ids/$id" <<< "$answer"
    return
  done 2>/dev/null
  return 1
}}
trap 'exit 143' TERM
for ((second = 0; second < {SESSION_SECONDS}; second++)); do
  registered || break
  ((second)) || echo "broker $id is still registered by its former session; waiting for its end"
  sleep 1
done
"""

#: The same question where ZooKeeper speaks TLS, which bash does not: a tool with the broker's own settings asks. The
#: limit holds for all asking together, since each takes a second or two.
_SECURE_SESSION_SCRIPT: Final = f"""registered() {{
  local servers line
  servers="$(sed -n 's/^zookeeper.connect=//p' {RUN_MOUNT}/{PROPERTIES})"
  while read -r line; do
    [[ "$line" =~ ^\\[([0-9,\\ ]*)\\]$ && ", ${{BASH_REMATCH[1]}}," == *", $id,"* ]] && return
  done < <(KAFKA_HEAP_OPTS=-Xmx64m KAFKA_LOG4J_OPTS= \\
    KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1" \\
    timeout 20 @SHELL@ -waitforconnection -server "$servers" \\
    -zk-tls-config-file {RUN_MOUNT}/{PROPERTIES} ls /brokers/ids 2>/dev/null)
  return 1
}}
trap 'exit 143' TERM
SECONDS=0 told=
while ((SECONDS < {SESSION_SECONDS})) && registered; do
  [[ "$told" ]] || echo "broker $id is still registered by its former session; waiting for its end"
  told=1
  sleep 1
done
"""


def kafka_script(
    distribution: Distribution,
    pool: Pool,
    doors: Sequence[Door] = (),
    *,
    kraft: bool,
    session: str = _SESSION_SCRIPT,
) -> str:
    """Return the start script of a pool's brokers or controllers; `session` is what brokers do first at ZooKeeper."""
    formatted = _format_script if pool.volumes == 1 else _format_several_script
    prepare = formatted(distribution, pool) if kraft else session
    begin = f"{_HEAD}{_further_folders(pool)}{_fill_in(doors)}"
    return f"{begin}{prepare}exec {distribution.start_kafka} {RUN_MOUNT}/{PROPERTIES}\n"


def session_script(distribution: Distribution, *, tls: bool) -> str:
    """Return the part of a broker's start that waits for the end of its former session; `tls` is how it asks."""
    if not tls:
        return _SESSION_SCRIPT
    return f"{key_script()}{_SECURE_SESSION_SCRIPT.replace('@SHELL@', distribution.ask_zookeeper)}"


def zookeeper_script(distribution: Distribution, *, tls: bool = False) -> str:
    """Return the start script of ZooKeeper's servers, which know themselves by a file with their id."""
    return f"""{_HEAD}{key_script() if tls else ""}echo "$id" > "$data/myid"
exec {distribution.start_zookeeper} {CONFIG_MOUNT}/{ZOO_CFG}
"""


def zookeeper_ready_script() -> str:
    """Return the probe of ZooKeeper's servers: one that says its mode is a member of a quorum that has a leader."""
    return f"""#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{PORT_ZOOKEEPER} || exit 1
printf srvr >&3
while read -r line <&3; do
  [[ "$line" == Mode:* ]] && exit 0
done
exit 1
"""


def _fill_in(doors: Sequence[Door]) -> str:
    """Return the part that fills the placeholders in. Bash alone does it: the smallest images have no other tool."""
    port, external = "", ""
    for door in doors:
        if door.first_node_port is not None:
            name = "external" if door.listener.name == DEFAULT_EXTERNAL else f"port_{door.listener.name}"
            port += f"{name}=$(($(<{CONFIG_MOUNT}/{door.offset_file}) + id))\n"
            external += f'  line="${{line//{door.placeholder}/${name}}}"\n'
    return f"""{port}while IFS= read -r line; do
  line="${{line//{NODE_ID}/$id}}"
  line="${{line//{POD}/$HOSTNAME}}"
{external}  printf '%s\\n' "$line"
done < {CONFIG_MOUNT}/{PROPERTIES} > {RUN_MOUNT}/{PROPERTIES}
"""


def _further_folders(pool: Pool) -> str:
    """Return the part that makes a folder on every volume, where there are several."""
    if pool.volumes == 1:
        return ""
    return f"""folders=({" ".join(data_folders(pool.volumes))})
mkdir -p "${{folders[@]}}"
"""


def _format_script(distribution: Distribution, pool: Pool) -> str:
    """Return the part that formats a fresh folder, and never one that holds a log.

    A first controller forms the quorum with the others that are named in the identity object; once that is marked as
    bootstrapped, a controller that lost its folder joins as any later one does.
    """
    first_member = f"""initial="$(cat {IDENTITY_MOUNT}/{IDENTITY_INITIAL_CONTROLLERS})"
  bootstrapped="$(cat {IDENTITY_MOUNT}/{IDENTITY_BOOTSTRAPPED} 2>/dev/null || true)"
  if [[ "$bootstrapped" != true && ",$initial" == *",$id@"* ]]; then
    members=(--initial-controllers "$initial")
  fi
  """
    return f"""if [[ ! -f "$data/meta.properties" ]]; then
{_DAMAGED.replace("@FOLDER@", "data")}  cluster="$(cat {IDENTITY_MOUNT}/{IDENTITY_CLUSTER_ID})"
  members=(--no-initial-controllers)
  {first_member if pool.component == "controller" else ""}{distribution.format_storage} format \\
    --config {RUN_MOUNT}/{PROPERTIES} --cluster-id "$cluster" "${{members[@]}}"
fi
"""


def _format_several_script(distribution: Distribution, _: Pool) -> str:
    """Return the part that formats those of a broker's folders that are fresh, and none when one of them holds a log.

    A volume that was lost comes back empty: Kafka formats it beside the others, which it checks and leaves as they are.
    """
    return f"""fresh=
for folder in "${{folders[@]}}"; do
  [[ -f "$folder/meta.properties" ]] && continue
{_DAMAGED.replace("@FOLDER@", "folder")}  fresh=1
done
if [[ "$fresh" ]]; then
  cluster="$(cat {IDENTITY_MOUNT}/{IDENTITY_CLUSTER_ID})"
  {distribution.format_storage} format --ignore-formatted \\
    --config {RUN_MOUNT}/{PROPERTIES} --cluster-id "$cluster" --no-initial-controllers
fi
"""

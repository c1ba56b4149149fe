"""Reading a kubeconfig."""

from kubernetes.client import Configuration

class ConfigException(Exception): ...

def load_kube_config(
    *,
    config_file: str | None,
    context: str | None,
    client_configuration: Configuration,
    persist_config: bool,
) -> None: ...
def load_incluster_config(*, client_configuration: Configuration) -> None: ...

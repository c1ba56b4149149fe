"""Configuration, credentials and connections."""

from collections.abc import Sequence

import urllib3

class Configuration:
    host: str
    verify_ssl: bool
    ssl_ca_cert: str | None
    cert_file: str | None
    key_file: str | None
    assert_hostname: bool | None
    tls_server_name: str | None
    proxy: str | None
    def __init__(self) -> None: ...

class RESTClientObject:
    pool_manager: urllib3.PoolManager

class ApiClient:
    rest_client: RESTClientObject
    def __init__(self, configuration: Configuration) -> None: ...
    def update_params_for_auth(
        self, headers: dict[str, str], querys: list[tuple[str, str]], auth_settings: Sequence[str]
    ) -> None: ...

"""The DescribeQuorum request and its answer."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

class DescribeQuorumRequest:
    class TopicData:
        class PartitionData:
            def __init__(self, *, partition_index: int) -> None: ...

        def __init__(
            self, *, topic_name: str, partitions: Sequence[DescribeQuorumRequest.TopicData.PartitionData]
        ) -> None: ...

    def __init__(self, *, topics: Sequence[DescribeQuorumRequest.TopicData]) -> None: ...
    def with_header(self, *, correlation_id: int, client_id: str) -> None: ...
    def encode(self, *, version: int, header: bool, framed: bool) -> bytes: ...

class DescribeQuorumResponse:
    @classmethod
    def decode(cls, data: bytes, *, version: int, header: bool, framed: bool) -> DescribeQuorumResponse: ...
    def to_dict(self) -> dict[str, Any]: ...

class CreateTopicsRequest:
    class CreatableTopic:
        class CreatableTopicConfig:
            def __init__(self, *, name: str, value: str) -> None: ...

        def __init__(
            self,
            *,
            name: str,
            num_partitions: int,
            replication_factor: int,
            assignments: Sequence[object],
            configs: Sequence[CreateTopicsRequest.CreatableTopic.CreatableTopicConfig],
        ) -> None: ...

    def __init__(
        self, *, topics: Sequence[CreateTopicsRequest.CreatableTopic], timeout_ms: int, validate_only: bool
    ) -> None: ...

class CreatePartitionsRequest:
    class CreatePartitionsTopic:
        def __init__(self, *, name: str, count: int, assignments: None) -> None: ...

    def __init__(
        self, *, topics: Sequence[CreatePartitionsRequest.CreatePartitionsTopic], timeout_ms: int, validate_only: bool
    ) -> None: ...

class IncrementalAlterConfigsRequest:
    class AlterConfigsResource:
        class AlterableConfig:
            def __init__(self, *, name: str, config_operation: int, value: str | None) -> None: ...

        def __init__(
            self,
            *,
            resource_type: int,
            resource_name: str,
            configs: Sequence[IncrementalAlterConfigsRequest.AlterConfigsResource.AlterableConfig],
        ) -> None: ...

    def __init__(
        self, *, resources: Sequence[IncrementalAlterConfigsRequest.AlterConfigsResource], validate_only: bool
    ) -> None: ...

class UpdateFeaturesRequest:
    class FeatureUpdateKey:
        def __init__(
            self, *, feature: str, max_version_level: int, allow_downgrade: bool, upgrade_type: int
        ) -> None: ...

    def __init__(
        self,
        *,
        timeout_ms: int,
        feature_updates: Sequence[UpdateFeaturesRequest.FeatureUpdateKey],
        validate_only: bool,
        min_version: int,
    ) -> None: ...

class DeleteTopicsRequest:
    class DeleteTopicState:
        def __init__(self, *, name: None, topic_id: UUID) -> None: ...

    def __init__(
        self,
        *,
        topics: Sequence[DeleteTopicsRequest.DeleteTopicState],
        topic_names: Sequence[str],
        timeout_ms: int,
        min_version: int,
    ) -> None: ...

class DescribeConfigsRequest:
    class DescribeConfigsResource:
        def __init__(self, *, resource_type: int, resource_name: str, configuration_keys: None) -> None: ...

    def __init__(
        self,
        *,
        resources: Sequence[DescribeConfigsRequest.DescribeConfigsResource],
        include_synonyms: bool,
        include_documentation: bool,
    ) -> None: ...

class DescribeUserScramCredentialsRequest:
    def __init__(self, *, users: None) -> None: ...

class AlterUserScramCredentialsRequest:
    class ScramCredentialDeletion:
        def __init__(self, *, name: str, mechanism: int) -> None: ...

    class ScramCredentialUpsertion:
        def __init__(
            self, *, name: str, mechanism: int, iterations: int, salt: bytes, salted_password: bytes
        ) -> None: ...

    def __init__(
        self,
        *,
        deletions: Sequence[AlterUserScramCredentialsRequest.ScramCredentialDeletion],
        upsertions: Sequence[AlterUserScramCredentialsRequest.ScramCredentialUpsertion],
    ) -> None: ...

class DescribeAclsRequest:
    def __init__(
        self,
        *,
        min_version: int,
        resource_type_filter: int,
        resource_name_filter: None,
        pattern_type_filter: int,
        principal_filter: None,
        host_filter: None,
        operation: int,
        permission_type: int,
    ) -> None: ...

class CreateAclsRequest:
    class AclCreation:
        def __init__(
            self,
            *,
            resource_type: int,
            resource_name: str,
            resource_pattern_type: int,
            principal: str,
            host: str,
            operation: int,
            permission_type: int,
        ) -> None: ...

    def __init__(self, *, creations: Sequence[CreateAclsRequest.AclCreation], min_version: int) -> None: ...

class DeleteAclsRequest:
    class DeleteAclsFilter:
        def __init__(
            self,
            *,
            resource_type_filter: int,
            resource_name_filter: str,
            pattern_type_filter: int,
            principal_filter: str,
            host_filter: str,
            operation: int,
            permission_type: int,
        ) -> None: ...

    def __init__(self, *, filters: Sequence[DeleteAclsRequest.DeleteAclsFilter], min_version: int) -> None: ...

class DescribeClientQuotasRequest:
    def __init__(self, *, components: Sequence[object], strict: bool) -> None: ...

class AlterClientQuotasRequest:
    class EntryData:
        class EntityData:
            def __init__(self, *, entity_type: str, entity_name: str | None) -> None: ...

        class OpData:
            def __init__(self, *, key: str, value: float, remove: bool) -> None: ...

        def __init__(
            self,
            *,
            entity: Sequence[AlterClientQuotasRequest.EntryData.EntityData],
            ops: Sequence[AlterClientQuotasRequest.EntryData.OpData],
        ) -> None: ...

    def __init__(self, *, entries: Sequence[AlterClientQuotasRequest.EntryData], validate_only: bool) -> None: ...

# What tests make of answers.
AlterClientQuotasResponse: Any
AlterUserScramCredentialsResponse: Any
CreatePartitionsResponse: Any
CreateTopicsResponse: Any
DeleteTopicsResponse: Any
DescribeAclsResponse: Any
DescribeConfigsResponse: Any
DescribeClientQuotasResponse: Any
DescribeUserScramCredentialsResponse: Any
IncrementalAlterConfigsResponse: Any
UpdateFeaturesResponse: Any

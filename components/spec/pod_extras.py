"""Puts a user's pod settings into a template. With none of them the template stays what it was, byte for byte."""

from components.spec.containers import secured
from components.spec.pod_settings import ExtraVolume, PodSettings, Toleration, Variable
from components.spec.values import is_mapping, is_sequence
from contract import CONTAINER

Json = dict[str, object]
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def extend(template: Json, settings: PodSettings, all_pods: dict[str, str]) -> Json:
    """Return the template with the settings; `all_pods` are the labels that the component's pods share."""
    metadata, spec = _object(template["metadata"]), _object(template["spec"])
    metadata["labels"] = {**settings.labels, **_object(metadata["labels"])}
    metadata["annotations"] = {**settings.annotations, **_object(metadata["annotations"])}
    spec["containers"] = [*(_container(one, settings) for one in _list(spec["containers"])), *_sidecars(settings)]
    spec["volumes"] = [*_list(spec["volumes"]), *(_volume(volume) for volume in settings.volumes)]
    spec["tolerations"] = [*_list(spec["tolerations"]), *(_toleration(one) for one in settings.tolerations)]
    spec["affinity"] = _affinity(_object(spec["affinity"]), settings, all_pods)
    if settings.init_containers:
        spec["initContainers"] = [secured(container) for container in settings.init_containers]
    if settings.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in settings.image_pull_secrets]
    if settings.priority_class is not None:
        spec["priorityClassName"] = settings.priority_class
    if settings.node_selector:
        spec["nodeSelector"] = dict(settings.node_selector)
    return {**template, "metadata": metadata, "spec": spec}


def _sidecars(settings: PodSettings) -> list[Json]:
    return [secured(container) for container in settings.sidecars]


def _container(given: object, settings: PodSettings) -> Json:
    container = _object(given)
    if container["name"] != CONTAINER:
        return container
    mounts: list[Json] = [
        {"name": volume.name, "mountPath": volume.mount_path, **({} if volume.empty_dir else {"readOnly": True})}
        for volume in settings.volumes
        if volume.mount_path is not None
    ]
    container["volumeMounts"] = [*_list(container["volumeMounts"]), *mounts]
    container["env"] = [*_list(container["env"]), *(_variable(variable) for variable in settings.env)]
    return container


def _variable(variable: Variable) -> Json:
    if variable.value is not None:
        return {"name": variable.name, "value": variable.value}
    return {
        "name": variable.name,
        "valueFrom": {"secretKeyRef": {"name": variable.secret, "key": variable.key}},
    }


def _volume(volume: ExtraVolume) -> Json:
    if volume.secret is not None:
        return {"name": volume.name, "secret": {"secretName": volume.secret}}
    if volume.config_map is not None:
        return {"name": volume.name, "configMap": {"name": volume.config_map}}
    return {"name": volume.name, "emptyDir": {}}


def _toleration(toleration: Toleration) -> Json:
    fields: Json = {
        "key": toleration.key,
        "operator": toleration.operator,
        "value": toleration.value,
        "effect": toleration.effect,
        "tolerationSeconds": toleration.toleration_seconds,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _affinity(own: Json, settings: PodSettings, all_pods: dict[str, str]) -> Json:
    """Join the user's terms to ours: the zone holds for each of them, and a required host of its own for every pod."""
    given = settings.affinity
    nodes, apart = _object(own["nodeAffinity"]), _object(own["podAntiAffinity"])
    if settings.host_anti_affinity == "required":
        term: Json = {"labelSelector": {"matchLabels": all_pods}, "topologyKey": "kubernetes.io/hostname"}
        apart = Json({_REQUIRED: [term]})
    joined: Json = {
        **own,
        "nodeAffinity": _node_affinity(nodes, _object(given.get("nodeAffinity"))),
        "podAntiAffinity": _appended(apart, _object(given.get("podAntiAffinity"))),
    }
    if given.get("podAffinity"):
        joined["podAffinity"] = given["podAffinity"]
    return joined


def _node_affinity(own: Json, given: Json) -> Json:
    """Terms are alternatives in Kubernetes: so each of the user's gets the zone, instead of standing beside it."""
    terms = _list(_object(given.get(_REQUIRED)).get("nodeSelectorTerms"))
    joined = dict(own)
    if terms:
        (zone,) = _list(_object(own[_REQUIRED])["nodeSelectorTerms"])
        joined[_REQUIRED] = {"nodeSelectorTerms": [_both(_object(zone), _object(term)) for term in terms]}
    if given.get(_PREFERRED):
        joined[_PREFERRED] = given[_PREFERRED]
    return joined


def _both(zone: Json, term: Json) -> Json:
    name = "matchExpressions"
    return {**term, name: [*_list(zone[name]), *_list(term.get(name))]}


def _appended(own: Json, given: Json) -> Json:
    lists = {field: [*_list(own.get(field)), *_list(given.get(field))] for field in (_REQUIRED, _PREFERRED)}
    return {field: terms for field, terms in lists.items() if terms}


def _object(value: object) -> Json:
    return {str(key): item for key, item in value.items()} if is_mapping(value) else {}


def _list(value: object) -> list[object]:
    return list(value) if is_sequence(value) else []

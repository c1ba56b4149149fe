"""Reads the section `pod` of the input; what its values must obey is in `pod_checks` and `containers`."""

from collections.abc import Sequence
from typing import Final

from components.spec.containers import check_container
from components.spec.pod_settings import ExtraVolume, Object, PodSettings, Strength, Toleration, Variable
from components.spec.reading import Reader

_WEEK: Final = 7 * 86_400
_OPERATORS: Final = ("Equal", "Exists")
_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_STRENGTHS: Final = ("preferred", "required")


def read_pod(reader: Reader) -> PodSettings:
    """Return what the section says; with nothing in it, the pods are as they are without it."""
    volumes = tuple(_read_volume(one) for one in reader.optional_sections("volumes"))
    names = [volume.name for volume in volumes]
    strength: Strength = "preferred"
    if reader.optional_text("host_anti_affinity", choices=_STRENGTHS) == "required":
        strength = "required"
    settings = PodSettings(
        image_pull_secrets=reader.texts("image_pull_secrets"),
        priority_class=reader.optional_text("priority_class"),
        node_selector=reader.settings("node_selector"),
        host_anti_affinity=strength,
        affinity=_read_affinity(reader.section("affinity")),
        tolerations=tuple(_read_toleration(one) for one in reader.optional_sections("tolerations")),
        labels=reader.settings("labels"),
        annotations=reader.settings("annotations"),
        volumes=volumes,
        env=tuple(_read_variable(one) for one in reader.optional_sections("env")),
        sidecars=_read_containers(reader, "sidecars", names),
        init_containers=_read_containers(reader, "init_containers", names),
    )
    reader.finish()
    return settings


def _read_volume(reader: Reader) -> ExtraVolume:
    volume = ExtraVolume(
        name=reader.text("name"),
        secret=reader.optional_text("secret"),
        config_map=reader.optional_text("config_map"),
        empty_dir=reader.boolean("empty_dir", default=False),
        mount_path=reader.optional_text("mount_path"),
    )
    reader.finish()
    return volume


def _read_toleration(reader: Reader) -> Toleration:
    seconds = reader.integer("toleration_seconds", lowest=0, highest=_WEEK, default=-1)
    toleration = Toleration(
        key=reader.optional_text("key"),
        operator=reader.optional_text("operator", choices=_OPERATORS) or "Equal",
        value=reader.optional_text("value"),
        effect=reader.optional_text("effect", choices=_EFFECTS),
        toleration_seconds=None if seconds < 0 else seconds,
    )
    reader.finish()
    return toleration


def _read_variable(reader: Reader) -> Variable:
    variable = Variable(
        name=reader.text("name"),
        value=reader.optional_text("value"),
        secret=reader.optional_text("secret"),
        key=reader.optional_text("key"),
    )
    reader.finish()
    return variable


def _read_containers(reader: Reader, field: str, volumes: Sequence[str]) -> tuple[Object, ...]:
    found: list[Object] = []
    for one in reader.optional_sections(field):
        check_container(one, volumes, starts_before=field == "init_containers")
        found.append(one.values)
    return tuple(found)


def _read_affinity(reader: Reader) -> Object:
    """Read affinity's own three parts; the terms in them are Kubernetes' business."""
    required, preferred = (f"{when}DuringSchedulingIgnoredDuringExecution" for when in ("required", "preferred"))
    nodes = reader.section("nodeAffinity")
    if nodes.has(required):
        terms = nodes.section(required)
        _ = terms.sections("nodeSelectorTerms")
        terms.finish()
    _ = nodes.optional_sections(preferred)
    nodes.finish()
    for kind in ("podAffinity", "podAntiAffinity"):
        part = reader.section(kind)
        for field in (required, preferred):
            _ = part.optional_sections(field)
        part.finish()
    reader.finish()
    return reader.values

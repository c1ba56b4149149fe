"""The parts of the toolchain: what each is built from, and which versions found on PATH do as well. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MODULES = Path(__file__).resolve().parent / "go"
"""Each folder here is a Go module that pins one part by its go.mod and go.sum."""

Version = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Build:
    """One `go build`: the programs of one module that share their linker variables."""

    module: str
    programs: Mapping[str, str]
    """The usual name of each program -> the Go package it is built from."""
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    """Linker variables (`-X name=value`), for programs whose version is set at build time."""


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A script that is shipped inside a Go module and needs no build."""

    module: str
    dependency: str
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Programs that are used together: all of them from PATH, or all of them built."""

    name: str
    version: str
    builds: tuple[Build, ...]
    files: tuple[ModuleFile, ...] = ()
    probes: Mapping[str, tuple[str, ...]]
    """The programs that can print their version -> the arguments that make them do it."""
    at_least: Version
    below: Version

    @property
    def programs(self) -> tuple[str, ...]:
        built = [name for build in self.builds for name in build.programs]
        return (*built, *(file.name for file in self.files))


_PULUMI = "github.com/pulumi/pulumi"
_KUBERNETES_VERSION = "1.34.4"
_KUBERNETES_VARIABLES = {
    "k8s.io/component-base/version.gitVersion": f"v{_KUBERNETES_VERSION}",
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "34",
}
_KUBERNETES_SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")

KUBERNETES = Part(
    name="kubernetes",
    version=_KUBERNETES_VERSION,
    builds=(
        Build(
            module="kubernetes",
            programs={name: f"k8s.io/kubernetes/cmd/{name}" for name in _KUBERNETES_SERVERS},
            variables=_KUBERNETES_VARIABLES,
        ),
    ),
    probes=dict.fromkeys(_KUBERNETES_SERVERS, ("--version",)),
    # 1.35 refuses cgroup v1, and the servers are started with flags of this minor version.
    at_least=(1, 34),
    below=(1, 35),
)
KUBECTL = Part(
    name="kubectl",
    version=_KUBERNETES_VERSION,
    builds=(
        Build(
            module="kubernetes",
            programs={"kubectl": "k8s.io/kubernetes/cmd/kubectl"},
            variables=_KUBERNETES_VARIABLES,
        ),
    ),
    probes={"kubectl": ("version", "--client")},
    # The skew that Kubernetes supports: one minor version either way.
    at_least=(1, 33),
    below=(1, 36),
)
ETCD = Part(
    name="etcd",
    version="3.6.4",
    builds=(Build(module="kubernetes", programs={"etcd": "go.etcd.io/etcd/server/v3"}),),
    probes={"etcd": ("--version",)},
    at_least=(3, 5, 13),
    below=(3, 7),
)
COREDNS = Part(
    name="coredns",
    version="1.12.4",
    builds=(Build(module="coredns", programs={"coredns": "github.com/coredns/coredns"}),),
    probes={"coredns": ("-version",)},
    at_least=(1, 11),
    below=(2,),
)
PULUMI = Part(
    name="pulumi",
    version="3.254.0",
    builds=(
        Build(
            module="pulumi",
            programs={"pulumi": f"{_PULUMI}/pkg/v3/cmd/pulumi"},
            variables={f"{_PULUMI}/sdk/v3/go/common/version.Version": "v3.254.0"},
        ),
        # The last language host that is a plain package of sdk/v3; later ones are modules of their own without tags.
        Build(
            module="pulumi-language-python",
            programs={"pulumi-language-python": f"{_PULUMI}/sdk/v3/python/cmd/pulumi-language-python"},
        ),
    ),
    files=(
        ModuleFile(module="pulumi", dependency=f"{_PULUMI}/sdk/v3", path="python/cmd/pulumi-language-python-exec"),
        ModuleFile(module="pulumi", dependency=f"{_PULUMI}/sdk/v3", path="python/dist/pulumi-resource-pulumi-python"),
    ),
    probes={"pulumi": ("version",)},
    # The SDK in the lock file is of this version; a newer engine serves it, an older one may not.
    at_least=(3, 254),
    below=(4,),
)
PULUMI_KUBERNETES = Part(
    name="pulumi-kubernetes",
    version="4.25.0",
    builds=(Build(module="pulumi-kubernetes", programs={"pulumi-resource-kubernetes": "."}),),
    # A provider plugin has no way to print its version: on PATH it cannot be judged, so it is built.
    probes={},
    at_least=(4, 25),
    below=(5,),
)

PARTS = (KUBERNETES, PULUMI, PULUMI_KUBERNETES, COREDNS, ETCD, KUBECTL)
"""In building order: what takes longest first, so that the short ones fill the other core at the end."""

ENGINE = (PULUMI, PULUMI_KUBERNETES, KUBECTL)
"""What a stack on an existing cluster needs."""

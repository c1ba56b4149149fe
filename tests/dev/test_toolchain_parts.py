import re
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from dev import PROJECT
from dev.toolchain import gobuild, parts
from dev.toolchain.parts import PARTS, Part


def pinned(module: str, dependency: str) -> str:
    """The version of a dependency in a module's go.mod."""
    text = (parts.MODULES / module / "go.mod").read_text()
    match = re.search(rf"^(?:require)?\s*{re.escape(dependency)} v(\S+)", text, re.MULTILINE)
    assert match, f"{module}/go.mod does not require {dependency}"
    return match[1]


@pytest.mark.parametrize(
    ("part", "module", "dependency"),
    [
        (parts.KUBERNETES, "kubernetes", "k8s.io/kubernetes"),
        (parts.KUBECTL, "kubernetes", "k8s.io/kubernetes"),
        (parts.ETCD, "kubernetes", "go.etcd.io/etcd/server/v3"),
        (parts.COREDNS, "coredns", "github.com/coredns/coredns"),
        (parts.PULUMI, "pulumi", "github.com/pulumi/pulumi/pkg/v3"),
        (parts.PULUMI, "pulumi", "github.com/pulumi/pulumi/sdk/v3"),
    ],
)
def test_a_part_is_of_the_version_that_its_module_pins(part: Part, module: str, dependency: str) -> None:
    assert pinned(module, dependency) == part.version


@pytest.mark.parametrize("part", [parts.KUBERNETES, parts.KUBECTL, parts.PULUMI])
def test_a_version_set_by_the_linker_is_the_parts(part: Part) -> None:
    assert f"v{part.version}" in part.builds[0].variables.values()


def test_the_providers_own_main_says_the_pinned_version() -> None:
    main = (parts.MODULES / "pulumi-kubernetes" / "main.go").read_text()
    assert f'version = "{parts.PULUMI_KUBERNETES.version}"' in main


def test_the_python_sdks_match_the_engine_and_the_provider() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    dependencies = project["project"]["dependencies"]
    assert f"pulumi=={parts.PULUMI.version}" in dependencies
    assert f"pulumi-kubernetes=={parts.PULUMI_KUBERNETES.version}" in dependencies


def test_every_program_has_one_part() -> None:
    programs = [program for part in PARTS for program in part.programs]
    assert sorted(programs) == sorted(set(programs))
    assert {
        *("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"),
        *("pulumi-resource-kubernetes", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"),
        *("kube-proxy", "kubectl", "etcd", "coredns"),
    } == set(programs)


def test_what_is_built_fits_by_the_rule_for_what_is_found() -> None:
    for part in PARTS:
        assert part.at_least <= tuple(int(number) for number in part.version.split(".")) < part.below


def test_each_program_of_a_probe_belongs_to_its_part() -> None:
    for part in PARTS:
        assert set(part.probes) <= set(part.programs)


@pytest.mark.parametrize("file", ["go.mod", "go.sum", "main.go"])
def test_a_changed_source_changes_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    part = parts.PULUMI_KUBERNETES
    before = gobuild.part_key(part, "go1.26.0 linux amd64")
    other = gobuild.part_key(parts.COREDNS, "go1.26.0 linux amd64")
    shutil.copytree(parts.MODULES, tmp_path / "go")
    monkeypatch.setattr(gobuild, "MODULES", tmp_path / "go")
    assert gobuild.part_key(part, "go1.26.0 linux amd64") == before
    with (tmp_path / "go" / "pulumi-kubernetes" / file).open("a") as source:
        source.write("\n// changed\n")
    assert gobuild.part_key(part, "go1.26.0 linux amd64") != before
    assert gobuild.part_key(parts.COREDNS, "go1.26.0 linux amd64") == other


def test_the_go_version_the_variables_and_the_programs_are_in_the_key() -> None:
    build = parts.KUBECTL.builds[0]
    other_variables = replace(parts.KUBECTL, builds=(replace(build, variables={"version": "v1.34.5"}),))
    other_programs = replace(parts.KUBECTL, builds=(replace(build, programs={"kubectl": "k8s.io/kubectl"}),))
    keys = {
        gobuild.part_key(parts.KUBECTL, "go1.26.0"),
        gobuild.part_key(parts.KUBECTL, "go1.26.1"),
        gobuild.part_key(other_variables, "go1.26.0"),
        gobuild.part_key(other_programs, "go1.26.0"),
    }
    assert len(keys) == 4

"""Digests of content: one of all that needs a restart, and one per cause, so that a plan can name the reason."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from contract import ANNOTATION_REVISION, CAUSES, annotation_cause

_LENGTH = 16


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The content of a pool's pods that needs a restart when it changes."""

    digest: str
    causes: Mapping[str, str]

    @property
    def annotations(self) -> dict[str, str]:
        """The annotations of the pod template that carry it."""
        return {
            ANNOTATION_REVISION: self.digest,
            **{annotation_cause(cause): digest for cause, digest in self.causes.items()},
        }


def digest_of(content: object) -> str:
    """Return the digest of plain data; the order of keys does not matter, that of lists does."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def issue_digest(issue: str) -> str:
    """Return what stands for an issue of the certificates in the annotation of its cause."""
    return digest_of({"issue": issue})


def revision_of(contents: Mapping[str, object]) -> Revision:
    """Return the revision of contents by cause. A cause without content takes no part."""
    unknown = sorted(set(contents) - set(CAUSES))
    if unknown:
        raise ValueError(f"no such restart cause: {', '.join(unknown)}; causes are {', '.join(CAUSES)}")
    causes = {cause: digest_of(contents[cause]) for cause in CAUSES if cause in contents}
    return Revision(digest=digest_of(causes), causes=causes)

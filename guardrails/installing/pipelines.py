"""The team's pipeline: workflows for GitHub, a job for GitLab, a hook of pre-commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from guardrails.installing.contracts import Form, Wanted
from guardrails.installing.setup import Setup


@dataclass(frozen=True)
class Pipeline:
    """A service that runs checks; `signs` are as a harness has them."""

    name: str
    title: str
    signs: tuple[str, ...]
    files: Callable[[Setup], tuple[Wanted, ...]]


def _github(setup: Setup) -> tuple[Wanted, ...]:
    deploying = ("deploy-staging.yml", "deploy-production.yml") if setup.supabase else ()
    return tuple(
        Wanted(f".github/workflows/{name}", Form.WHOLE, setup.template(f"github/{name}"))
        for name in ("validate.yml", *deploying)
    )


def _gitlab(setup: Setup) -> tuple[Wanted, ...]:
    return (Wanted(".gitlab/pg-guardrails.yml", Form.WHOLE, setup.template("gitlab/pg-guardrails.yml")),)


def _pre_commit(setup: Setup) -> tuple[Wanted, ...]:
    return (Wanted(".pre-commit-config.yaml", Form.PRE_COMMIT, setup.template("project/pre-commit.yaml")),)


PIPELINES = (
    Pipeline("github", "GitHub Actions", (".github",), _github),
    Pipeline("gitlab", "GitLab CI", (".gitlab-ci.yml", ".gitlab"), _gitlab),
    Pipeline("pre-commit", "pre-commit", (".pre-commit-config.yaml",), _pre_commit),
)

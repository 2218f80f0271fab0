"""What keeps an assistant honest: reviews, protected branches, hooks, this tool itself, other assistants."""

from __future__ import annotations

from guardrails.agent.catalogue.rows import PERSON, REVIEW, Row
from guardrails.agent.contracts import Verdict

_ASK = Verdict.ASK
_REVIEWS = "approves or merges in a person's place"
_WEAKENS = "changes what protects the repository, or its secrets"
_PIPELINE = "starts a pipeline that may apply migrations"
_UNCHECKED = "goes around the checks that run before a commit or a push"
_UNGUARDED = "starts an assistant without the hooks, or without asking"

GUARDS = (
    Row(("pg-guardrails",), ("approve|confirm|uninstall|revoke|trust|disable", "approvals revoke|add", "seed reset|mark"), "is for a person at a terminal: it answers in a person's place, or takes the guard away", PERSON, targeted=False),
    Row(("pg-guardrails",), ("init",), "changes the settings and hooks of assistants", PERSON, _ASK, targeted=False, unless=("--dry-run",)),
    Row(("gh",), ("workflow run|enable|disable", "release create|delete"), _PIPELINE, REVIEW, targeted=False),
    Row(("gh",), ("run rerun|cancel|delete", "run rerun"), _PIPELINE, PERSON, _ASK, targeted=False),
    Row(("gh",), ("pr merge",), _REVIEWS, REVIEW, targeted=False, unless=("--disable-auto",)),
    Row(("gh",), ("pr review",), _REVIEWS, REVIEW, targeted=False, needs=("--approve", "-a")),
    Row(("gh",), ("secret set|delete|remove", "variable set|delete|remove", "ruleset create|edit|delete|import", "repo edit|delete|archive|rename|deploy-key", "auth refresh|setup-git", "environment *"), _WEAKENS, PERSON, targeted=False),
    Row(("gh", "glab"), ("pr|issue|mr edit|create|update",), "sets the label by which an owner lets a change of the guard pass", REVIEW, targeted=False,
        needs=("guard-change", "*=guard-change", "*guard-change,*", "*,guard-change*", "-lguard-change")),
    Row(("gh",), ("auth token",), "prints a credential", PERSON, _ASK, targeted=False),
    Row(("glab",), ("mr merge|approve", "ci run|retry|trigger", "pipeline run", "variable set|update|delete", "repo delete|transfer", "api"), _REVIEWS, REVIEW, targeted=False, unless=("GET",)),
    Row(("hub",), ("merge", "ci-run", "release create"), _REVIEWS, REVIEW, targeted=False),
    Row(("act",), ("push|workflow_dispatch|release", "...deploy*"), _PIPELINE, REVIEW, targeted=False, unless=("-l", "--list", "-n", "--dryrun")),
    Row(("act",), ("", "*"), "runs workflows on this machine", PERSON, _ASK, targeted=False, unless=("-l", "--list", "-n", "--dryrun", "--help", "-h")),
    Row(("circleci", "buildkite-agent", "bk", "jenkins-cli", "drone", "woodpecker-cli", "tkn", "argo", "vercel-cli", "fastlane"), ("trigger|submit|start", "...trigger", "build|pipeline create|start|promote|restart"), _PIPELINE, REVIEW, _ASK, targeted=False),
    Row(("pre-commit", "husky", "lefthook"), ("uninstall",), _UNCHECKED, PERSON, targeted=False),
    Row(("pip", "pip3", "pipx", "uv", "npm", "pnpm", "yarn", "brew", "poetry", "pdm"),
        ("uninstall|remove|rm|un|r pg-guardrails", "tool|pip uninstall pg-guardrails"), "takes the guard away", PERSON, targeted=False),
    Row(("claude", "claude-code"), ("",), _UNGUARDED, PERSON, targeted=False,
        needs=("--dangerously-skip-permissions", "--allow-dangerously-skip-permissions", "--safe-mode", "--bare", "--setting-sources", "--settings", "--permission-mode=bypassPermissions", "bypassPermissions")),
    Row(("codex",), ("",), _UNGUARDED, PERSON, targeted=False,
        needs=("--dangerously-*", "--yolo", "danger-full-access", "--full-auto", "--sandbox=danger-full-access", "--ignore-rules", "--ignore-user-config")),
    Row(("gemini", "qwen"), ("",), _UNGUARDED, PERSON, targeted=False, needs=("-y", "--yolo", "--approval-mode", "--approval-mode=*", "--skip-trust")),
    Row(("copilot",), ("",), _UNGUARDED, PERSON, targeted=False, needs=("--allow-all*", "--yolo", "--no-custom-instructions")),
    Row(("cursor-agent", "cursor", "agent"), ("", "agent"), _UNGUARDED, PERSON, targeted=False, needs=("-f", "--force", "--yolo")),
    Row(("opencode", "aider", "amp", "auggie", "droid", "goose-cli", "crush", "q", "kiro-cli", "cline", "continue", "cn", "openhands"),
        ("", "exec"), _UNGUARDED, PERSON, targeted=False, needs=("--yes-always", "--dangerously-*", "--skip-permissions*", "--trust-all-tools", "--yolo", "--auto", "--full-auto", "--always-approve")),
    Row(("claude", "claude-code", "codex", "gemini", "cursor-agent", "copilot", "opencode", "amp", "auggie", "droid"), ("", "exec", "run"), "starts another assistant, whose doings this hook may not see", PERSON, _ASK, targeted=False, needs=("-p", "--print", "exec", "run", "--prompt", "-x", "-m", "--message")),
    Row(("claude", "codex", "gemini"), ("mcp add|add-json|remove|add-from-claude-desktop", "config set|remove", "plugin uninstall|disable|remove", "hooks disable"), "changes which tools and hooks an assistant has", PERSON, _ASK, targeted=False),
)  # fmt: skip

NO_VERIFY = Row(
    ("git",),
    ("commit --no-verify", "push --no-verify", "-c core.hooksPath=…"),
    _UNCHECKED,
    "let the checks run, and mend what they find",
    targeted=False,
)
PUSH = Row(
    ("git",),
    ("push … main|master|production|staging",),
    "changes a branch that is deployed",
    REVIEW,
    targeted=False,
)
FORCE = Row(
    ("git",),
    ("push --force|--mirror|--all|--delete",),
    "overwrites what others may have built on",
    REVIEW,
    _ASK,
    targeted=False,
)
GH_API = Row(("gh",), ("api -X POST|PUT|PATCH|DELETE …",), _WEAKENS, REVIEW, targeted=False)
ANY = Row(
    ("any program that is not known",),
    ("approve",),
    "approves in a person's place, whatever it approves",
    PERSON,
    targeted=False,
)

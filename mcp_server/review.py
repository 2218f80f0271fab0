"""The review page as an MCP App: its resource, what results carry for it, and the tools that only it may call.

A host with Apps shows the page beside the result of a tool, and hands it that result. What the page needs stands
in the result's `_meta`, which is for programs and not for models: the review, and a code with which the page's
buttons answer it once. `decide_draft` takes an answer only from a client with Apps, made with that code and with the
key that stands in the page's HTML, and for a draft whose content is the one that was shown.
<https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx>
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import anyio.to_thread
from mcp.server.apps import EXTENSION_ID, Apps, ResourceCsp, client_supports_apps
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp_types import CallToolResult
from pydantic import BaseModel, Field

from commands.create import Draft, Written, load_draft, record_answer, write_draft
from commands.review.contracts import Review, Tone
from commands.review.gathering import review, review_draft
from commands.review.page import app_page, review_as_data
from guardrails.approval.tickets import Tickets
from guardrails.audit import Event, Means, Origin
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_project
from guardrails.shadow.contracts import Verification
from mcp_server.answers import announce_migrations, origin, result, telling, writes
from mcp_server.models import Creation, Status
from mcp_server.quoting import name
from mcp_server.working import Work, run_watched

URI = "ui://pg-guardrails/review"
META = "pg-guardrails/review"
TOOL_META = {"ui": {"resourceUri": URI}}
"""For a tool whose results the page shows."""

_DECIDE, _PROVE = "decide_draft", "prove_draft"
_APP_ONLY = frozenset({_DECIDE, _PROVE})
_LONGEST_REASON = 2000
_NOT_APPLIED = "It is not applied. The team reviews it in git and its own pipeline applies it."

DraftId = Annotated[str, Field(max_length=40, description="The draft that the page shows")]
Answer = Annotated[str, Field(max_length=200, description="What only the page can make of its secrets")]


class Decision(BaseModel):
    """What a person answered on the review page, and what came of it."""

    status: Status
    draft_id: str
    path: str | None = None
    rollback_path: str | None = None
    reason: str | None = None
    next_step: str


class Proof(BaseModel):
    """That a draft was run on a disposable database; what it showed is on the page."""

    draft_id: str
    verdict: str


@dataclass(frozen=True)
class Reviews:
    """What the tools of one server share with the page."""

    root: Path
    tickets: Tickets

    def of_draft(self, ctx: Context, draft: Draft, created: Creation) -> dict[str, Any] | None:
        """Return the `_meta` of a result about a draft, None where the client shows no page.

        Only a draft that waits for its human comes with a code.
        """
        if not client_supports_apps(ctx):
            return None
        found = review_draft(self.root, draft.id, added=draft.added)
        match created.status:
            case Status.NEEDS_CONFIRMATION:
                record_answer(self.root, draft, origin(ctx, Means.REVIEW_PAGE, _DECIDE), Event.ASKED)
                code = self.tickets.open(draft.id, found.sha256)
                ticket = {"code": code, "page": self.tickets.page, "uri": URI}
                return _meta(found, ticket=ticket, state="open")
            case Status.HAS_ERRORS:
                return _meta(found, state="errors")
            case Status.REJECTED:
                return _meta(found, state="answered", told=_told("Rejected: nothing was written.", Tone.CARE))
        stands = "was written" if created.status is Status.WRITTEN else "stands there already"
        told = f"Approved: {created.path} {stands}. It is applied to no database."
        return _meta(found, state="answered", told=_told(told, Tone.GOOD))

    def of_proof(self, ctx: Context, found: Verification) -> dict[str, Any] | None:
        """Return the `_meta` of a result about a migration that was verified, None where there are several."""
        if len(found.files) != 1 or not client_supports_apps(ctx):
            return None
        seen = review(find_project(self.root).root, found.files[0].path)
        return _meta(replace(seen, verification=found), state="seen")


def extension(reviews: Reviews, *, read_only: bool) -> Apps:
    """Return the extension of the protocol with the page, and its own tools unless nothing may be written."""
    apps = Apps()
    apps.add_html_resource(
        URI,
        app_page(reviews.tickets.key),
        name="review",
        title="Review of a migration",
        description="Shows a draft to the human, who approves or rejects it there.",
        csp=ResourceCsp(connect_domains=[], resource_domains=[], frame_domains=[], base_uri_domains=[]),
        prefers_border=True,
    )
    if not read_only:
        _add_decide(apps, reviews)
        _add_prove(apps, reviews)
    return apps


async def only_for_apps(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Leave the page and its tools out of what a client without Apps is told; its model could call them."""
    answer = await call_next(ctx)
    if not isinstance(answer, dict) or client_supports_apps(ctx):
        return answer
    match ctx.method:
        case "tools/list":
            return {**answer, "tools": [tool for tool in answer["tools"] if tool["name"] not in _APP_ONLY]}
        case "resources/list":
            return {**answer, "resources": [one for one in answer["resources"] if one["uri"] != URI]}
    return answer


def _meta(found: Review, **more: object) -> dict[str, Any]:
    return {META: {"review": review_as_data(found), **more}}


def _told(text: str, tone: Tone) -> dict[str, str]:
    return {"text": text, "tone": str(tone)}


def _add_decide(apps: Apps, reviews: Reviews) -> None:
    @apps.tool(
        name=_DECIDE,
        resource_uri=URI,
        visibility=["app"],
        title="Answer a review",
        annotations=writes("Answer a review"),
    )
    async def decide_draft(
        ctx: Context,
        draft_id: DraftId,
        decision: Annotated[Literal["approve", "reject"], Field(description="What the human chose")],
        answer: Answer,
        reason: Annotated[
            str, Field(max_length=_LONGEST_REASON, description="What the human says should be different")
        ] = "",
    ) -> Annotated[CallToolResult, Decision]:
        """For the review page alone: takes the answer that a human gave with its buttons. Needs secrets that only the page has."""
        _expect_page(ctx)
        shown = telling(lambda: reviews.tickets.take(draft_id, decision, answer))
        asked = origin(ctx, Means.REVIEW_PAGE, _DECIDE)
        if decision == "reject":
            await anyio.to_thread.run_sync(telling, partial(_rejected, reviews, draft_id, asked))
            said = " ".join(reason.split()) or None
            step = f"The human said: {said}" if said else "The human said no. Ask what to change."
            rejected = Decision(status=Status.REJECTED, draft_id=draft_id, reason=said, next_step=step)
            return result(rejected, "rejected.")
        written = await anyio.to_thread.run_sync(telling, partial(_written, reviews, draft_id, shown, asked))
        if not written.already:
            await announce_migrations(ctx)
        decided = Decision(
            status=Status.ALREADY_WRITTEN if written.already else Status.WRITTEN,
            draft_id=draft_id,
            path=name(written.path),
            rollback_path=name(written.rollback_path) if written.rollback_path else None,
            next_step=_NOT_APPLIED,
        )
        return result(decided, f"{decided.status}.")


def _add_prove(apps: Apps, reviews: Reviews) -> None:
    @apps.tool(
        name=_PROVE,
        resource_uri=URI,
        visibility=["app"],
        title="Prove a draft",
        annotations=writes("Prove a draft"),
    )
    async def prove_draft(
        ctx: Context, draft_id: DraftId, answer: Answer
    ) -> Annotated[CallToolResult, Proof]:
        """For the review page alone: runs the draft that it shows on a disposable PostgreSQL. Needs secrets that only the page has."""
        _expect_page(ctx)
        telling(lambda: reviews.tickets.check(draft_id, "prove", answer))

        def work(watched: Work) -> Review:
            return review_draft(
                reviews.root,
                draft_id,
                proved=True,
                told=lambda share, what: watched.tell(share, 1.0, what),
                cancelled=watched.is_stopped,
            )

        found = await run_watched(ctx, lambda watched: telling(partial(work, watched)))
        verdict = "not proved" if found.verification is None else str(found.verification.verdict)
        told = result(Proof(draft_id=draft_id, verdict=verdict), f"{draft_id}: {verdict}")
        return told.model_copy(update={"meta": _meta(found)})


def _expect_page(ctx: Context) -> None:
    if not client_supports_apps(ctx):
        telling(_refuse)


def _refuse() -> None:
    raise GuardrailsError(f"only the review page answers a draft, and this client has none ({EXTENSION_ID})")


def _written(reviews: Reviews, draft_id: str, shown: str, asked: Origin) -> Written:
    if review_draft(reviews.root, draft_id).sha256 != shown:
        raise GuardrailsError(f"draft {draft_id} is not what was shown any more; nothing was written")
    record_answer(reviews.root, load_draft(reviews.root, draft_id), asked, Event.CONFIRMED)
    return write_draft(reviews.root, draft_id, origin=asked)


def _rejected(reviews: Reviews, draft_id: str, asked: Origin) -> None:
    record_answer(reviews.root, load_draft(reviews.root, draft_id), asked, Event.DECLINED)

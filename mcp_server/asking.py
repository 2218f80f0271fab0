"""Whether the human can be asked through the client, and what stands for an answer when not."""

from mcp.server.mcpserver import Context
from mcp_types.version import is_version_at_least
from pydantic import BaseModel

from mcp_server.answers import ERA_OF_ROUNDS


class NotAsked(BaseModel):
    """Why nobody could be asked; made here, never sent."""

    why: str


def cannot_ask(ctx: Context) -> str | None:
    """Say why the person can't be asked through this client, or None."""
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    if elicitation is None:
        return "this client can't ask the human"
    if elicitation.form is None and elicitation.url is not None:
        return "this client can only open pages"
    rounds = is_version_at_least(ctx.protocol_version or "", ERA_OF_ROUNDS)
    if not rounds and not ctx.session.can_send_request:
        return "this connection has no way back to the human"
    return None

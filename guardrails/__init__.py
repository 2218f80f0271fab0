"""The guardrails themselves: lint, drafting, approval, shadow. Nothing here prints or speaks MCP."""

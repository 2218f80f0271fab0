"""What can be read by URI: the rules, the project's migrations, the constitution."""

from pathlib import Path

from mcp.server.mcpserver import MCPServer

from commands.prompts import read_document
from commands.rules import codes_by_family, explain_rule, families, family_listing
from commands.validate import readable
from guardrails.lint.contracts import GuardrailsError
from guardrails.project import find_project, read_file
from mcp_server.answers import reading, untrusted


def add(server: MCPServer, root: Path) -> None:
    @server.resource("guardrails://rules", mime_type="text/markdown")
    def rules() -> str:
        """The codes of all rules, by family."""
        return codes_by_family()

    @server.resource("guardrails://rules/{code}", mime_type="text/markdown")
    def rule(code: str) -> str:
        """One rule: why it exists, what it reports, what to write instead. Or a family: its rules, a line each."""
        if code in families():
            return family_listing(code)
        return reading(lambda: explain_rule(code))

    @server.resource("guardrails://migrations", mime_type="text/plain")
    def migrations() -> str:
        """The project's migrations, in order, a path each."""
        return reading(lambda: untrusted("\n".join(file.path for file in readable(find_project(root).files))))

    @server.resource("guardrails://migrations/{filename}", mime_type="text/plain")
    def migration(filename: str) -> str:
        """One migration of the project, by the name of its file."""

        def read() -> str:
            project = find_project(root)
            for file in readable(project.files):
                if filename in {Path(file.path).name, Path(file.path).parent.name}:
                    return untrusted(read_file(project.root / file.path, project.root).sql)
            raise GuardrailsError(f"there is no migration {filename!r}; guardrails://migrations lists them")

        return reading(read)

    @server.resource("guardrails://constitution", mime_type="text/markdown")
    def constitution() -> str:
        """What an assistant may and may not do with a database."""
        return read_document("constitution.md")

"""What can be read by URI: the rules, the project's migrations, the constitution."""

from functools import partial
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError

from commands.prompts import read_document
from commands.rules import codes_by_family, explain_rule, families, family_listing
from commands.validate import readable
from guardrails.lint.contracts import MigrationFile
from guardrails.project import Project, find_project, read_file
from mcp_server.answers import MIGRATIONS, reading
from mcp_server.quoting import label, untrusted

RULES = "guardrails://rules"


def add(server: MCPServer, root: Path) -> None:
    @server.resource(RULES, title="Rules by family", mime_type="text/markdown")
    def rules() -> str:
        """The codes of all rules, by family."""
        return codes_by_family()

    @server.resource(f"{RULES}/{{code}}", title="One rule", mime_type="text/markdown")
    def rule(code: str) -> str:
        """One rule: why it exists, what it reports, what to write instead. Or a family: its rules, a line each."""
        if code in families():
            return family_listing(code)
        return reading(partial(explain_rule, code))

    @server.resource(MIGRATIONS, title="Migrations in order", mime_type="text/plain")
    def migrations() -> str:
        """The project's migrations, in order, a path each."""
        files = reading(lambda: readable(find_project(root).files))
        return untrusted("\n".join(label(file.path) for file in files))

    @server.resource(f"{MIGRATIONS}/{{filename}}", title="One migration", mime_type="text/plain")
    def migration(filename: str) -> str:
        """One migration of the project, by the name of its file, as data between markers."""
        project = reading(partial(find_project, root))
        for file in readable(project.files):
            if filename in names_of(file):
                return untrusted(reading(partial(_text, project, file)))
        raise ResourceNotFoundError(filename)

    @server.resource("guardrails://constitution", title="The constitution", mime_type="text/markdown")
    def constitution() -> str:
        """What an assistant may and may not do with a database."""
        return reading(partial(read_document, "constitution.md"))


def names_of(file: MigrationFile) -> tuple[str, str]:
    """Return what a migration can be called by: its file, or the folder that is all its own."""
    path = Path(file.path)
    return path.name, path.parent.name


def _text(project: Project, file: MigrationFile) -> str:
    return read_file(project.root / file.path, project.root).sql

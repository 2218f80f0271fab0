// Our server as the TypeScript SDK of the second generation meets it. What to do comes in WORK, what was seen goes out as JSON.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const work = JSON.parse(process.env.WORK);
const client = new Client(
  { name: "typescript-2", version: "0" },
  {
    capabilities: work.answer ? { elicitation: { form: {} } } : {},
    versionNegotiation: { mode: work.era === "modern" ? "auto" : "legacy" },
  },
);
let questions = 0;
if (work.answer) {
  client.setRequestHandler("elicitation/create", async () => {
    questions += 1;
    return work.answer;
  });
}
const transport = work.url
  ? new StreamableHTTPClientTransport(new URL(work.url), { requestInit: { headers: work.headers } })
  : new StdioClientTransport({ ...work.command, stderr: "inherit" });
await client.connect(transport);
const { tools } = await client.listTools();
const { prompts } = await client.listPrompts();
const validated = await client.callTool({ name: "validate_migration", arguments: { sql: "DROP TABLE users;" } });
const created = await client.callTool({ name: "create_migration", arguments: work.draft });
await client.close();
console.log(
  JSON.stringify({
    tools: tools.map((tool) => tool.name),
    prompts: prompts.map((prompt) => prompt.name),
    validated: validated.structuredContent,
    created: created.structuredContent ?? created.content,
    questions,
  }),
);

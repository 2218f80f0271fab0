// Our server as the TypeScript SDK of the first generation meets it. What to do comes in WORK, what was seen goes out as JSON.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const work = JSON.parse(process.env.WORK);
const client = new Client(
  { name: "typescript-1", version: "0" },
  { capabilities: work.answer ? { elicitation: {} } : {} },
);
let questions = 0;
if (work.answer) {
  client.setRequestHandler(ElicitRequestSchema, async () => {
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
if (work.url) await transport.terminateSession();
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

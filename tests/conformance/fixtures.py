"""What the official conformance suite wants of a server besides what ours has: never shipped, added for its runs only.

The suite is written for a server that has everything, under names of its own. `add` puts those tools, resources and
prompts beside ours, so that the same server object, transport and gate answer all of its scenarios.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import Message, Prompt, PromptArgument, UserMessage
from mcp.server.mcpserver.tools import Tool
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    CallToolResult,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
SILENCE = base64.b64encode(
    b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data\0\0\0\0"
).decode()
KEYWORDS: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def add(server: MCPServer) -> None:
    """Add everything that the suite asks for."""
    _add_contents(server)
    _add_conversations(server)
    _add_rounds(server)
    _add_resources(server)
    _add_prompts(server)
    _add_methods(server)


def _add_contents(server: MCPServer) -> None:
    @server.tool(structured_output=False)
    def test_simple_text() -> str:
        """Return a text."""
        return "This is a simple text response for testing."

    @server.tool(structured_output=False)
    def test_image_content() -> ImageContent:
        """Return a picture."""
        return _image()

    @server.tool(structured_output=False)
    def test_audio_content() -> AudioContent:
        """Return a sound."""
        return AudioContent(type="audio", data=SILENCE, mime_type="audio/wav")

    @server.tool(structured_output=False)
    def test_embedded_resource() -> EmbeddedResource:
        """Return a resource."""
        return _embedded("test://embedded-resource", "This is an embedded resource content.")

    @server.tool(structured_output=False)
    def test_multiple_content_types() -> CallToolResult:
        """Return a text, a picture and a resource."""
        mixed = _embedded(
            "test://mixed-content-resource", '{"test":"data","value":123}', mime_type="application/json"
        )
        return CallToolResult(content=[_text("Multiple content types test:"), _image(), mixed])

    @server.tool(structured_output=False)
    def test_error_handling() -> CallToolResult:
        """Fail."""
        return CallToolResult(
            content=[_text("This tool intentionally returns an error for testing")], is_error=True
        )

    def json_schema_2020_12_tool() -> str:
        return "taken"

    tool = Tool.from_function(
        json_schema_2020_12_tool, description="Have many keywords in the schema", structured_output=False
    )
    server._tool_manager._tools[tool.name] = tool.model_copy(update={"parameters": KEYWORDS})  # noqa: SLF001

    @server.tool(structured_output=False)
    def test_custom_header(region: str = "", count: int = 0) -> str:
        """Take an argument that is repeated in a header."""
        return f"{region} {count}"

    headed = server._tool_manager._tools["test_custom_header"]  # noqa: SLF001
    headed.parameters["properties"]["region"]["x-mcp-header"] = "Region"


def _add_conversations(server: MCPServer) -> None:
    @server.tool(structured_output=False)
    async def test_tool_with_logging(ctx: Context) -> str:
        """Say what happens."""
        for message in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await ctx.session.send_log_message("info", message, related_request_id=ctx.request_id)
            await anyio.sleep(0.05)
        return "done"

    @server.tool(structured_output=False)
    async def test_tool_with_progress(ctx: Context) -> str:
        """Say how far it is."""
        for done in (0, 50, 100):
            await ctx.report_progress(done, 100)
            await anyio.sleep(0.05)
        return "done"

    @server.tool(structured_output=False)
    async def test_sampling(prompt: str, ctx: Context) -> str:
        """Ask the client's model."""
        told = await ctx.session.create_message(
            messages=[SamplingMessage(role="user", content=_text(prompt))],
            max_tokens=100,
            related_request_id=ctx.request_id,
        )
        return f"LLM response: {told.content}"

    async def elicited(ctx: Context, message: str, schema: dict[str, Any]) -> ElicitResult:
        return await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)

    @server.tool(structured_output=False)
    async def test_elicitation(message: str, ctx: Context) -> str:
        """Ask the person."""
        answer = await elicited(
            ctx,
            message,
            _form(
                username={"type": "string", "description": "User's response"},
                email={"type": "string", "description": "User's email address"},
            ),
        )
        return f"User response: action={answer.action}, content={json.dumps(answer.content)}"

    @server.tool(structured_output=False)
    async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
        """Ask with defaults."""
        schema = _form(
            name={"type": "string", "default": "John Doe"},
            age={"type": "integer", "default": 30},
            score={"type": "number", "default": 95.5},
            status={"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
            verified={"type": "boolean", "default": True},
        )
        answer = await elicited(ctx, "Keep the defaults?", {**schema, "required": []})
        return f"Elicitation completed: action={answer.action}, content={json.dumps(answer.content)}"

    @server.tool(structured_output=False)
    async def test_elicitation_sep1330_enums(ctx: Context) -> str:
        """Ask with choices of all kinds."""
        options = [f"option{number}" for number in (1, 2, 3)]
        titled = [
            {"const": f"value{number}", "title": f"{word} Option"}
            for number, word in enumerate(("First", "Second", "Third"), 1)
        ]
        schema = _form(
            untitledSingle={"type": "string", "enum": options},
            titledSingle={"type": "string", "oneOf": titled},
            legacyEnum={
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            untitledMulti={"type": "array", "items": {"type": "string", "enum": options}},
            titledMulti={"type": "array", "items": {"anyOf": titled}},
        )
        answer = await elicited(ctx, "Which ones?", {**schema, "required": []})
        return f"Elicitation completed: action={answer.action}, content={json.dumps(answer.content)}"

    @server.tool(structured_output=False)
    def test_missing_capability(ctx: Context) -> str:
        """Need a client that samples."""
        if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
            raise MCPError(
                code=MISSING_REQUIRED_CLIENT_CAPABILITY,
                message="this tool needs sampling",
                data={"requiredCapabilities": {"sampling": {}}},
            )
        return "served"


def _add_rounds(server: MCPServer) -> None:
    name = _ask("What is your name?", name={"type": "string"})
    confirm = _ask("Please confirm", ok={"type": "boolean"})

    @server.tool(structured_output=False)
    def test_input_required_result_elicitation(ctx: Context) -> str | InputRequiredResult:
        """Ask for a name."""
        match (ctx.input_responses or {}).get("user_name"):
            case ElicitResult(action="accept", content={"name": given}):
                return f"Hello, {given}!"
        return InputRequiredResult(input_requests={"user_name": name})

    @server.tool(structured_output=False)
    def test_input_required_result_sampling(ctx: Context) -> str | InputRequiredResult:
        """Ask the client's model."""
        answers = ctx.input_responses or {}
        if "capital_question" in answers:
            return f"The model says: {answers['capital_question']}"
        question = _sample("What is the capital of France?", 100)
        return InputRequiredResult(input_requests={"capital_question": question})

    @server.tool(structured_output=False)
    def test_input_required_result_list_roots(ctx: Context) -> str | InputRequiredResult:
        """Ask for the client's folders."""
        match (ctx.input_responses or {}).get("client_roots"):
            case ListRootsResult(roots=roots):
                return "Roots: " + ", ".join(str(root.uri) for root in roots)
        return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})

    @server.tool(structured_output=False)
    def test_input_required_result_request_state(ctx: Context) -> str | InputRequiredResult:
        """Remember something between two rounds."""
        if ctx.request_state == "asked" and "confirm" in (ctx.input_responses or {}):
            return "state-ok"
        return InputRequiredResult(input_requests={"confirm": confirm}, request_state="asked")

    @server.tool(structured_output=False)
    def test_input_required_result_tampered_state(ctx: Context) -> str | InputRequiredResult:
        """Remember something that nobody may change."""
        return test_input_required_result_request_state(ctx)

    @server.tool(structured_output=False)
    def test_input_required_result_multiple_inputs(ctx: Context) -> str | InputRequiredResult:
        """Ask for three things at once."""
        wanted = {
            "user_name": name,
            "greeting": _sample("Generate a greeting", 50),
            "client_roots": ListRootsRequest(),
        }
        if ctx.request_state == "asked" and wanted.keys() <= (ctx.input_responses or {}).keys():
            return "all there"
        return InputRequiredResult(input_requests=wanted, request_state="asked")

    @server.tool(structured_output=False)
    def test_input_required_result_multi_round(ctx: Context) -> str | InputRequiredResult:
        """Ask twice."""
        answers = ctx.input_responses or {}
        if ctx.request_state == "second" and "step2" in answers:
            return "both answered"
        if ctx.request_state == "first" and "step1" in answers:
            second = _ask("Step 2: What is your favorite color?", color={"type": "string"})
            return InputRequiredResult(input_requests={"step2": second}, request_state="second")
        first = _ask("Step 1: What is your name?", name={"type": "string"})
        return InputRequiredResult(input_requests={"step1": first}, request_state="first")

    @server.tool(structured_output=False)
    def test_input_required_result_capabilities(ctx: Context) -> str | InputRequiredResult:
        """Ask only in ways that the client has."""
        able = ctx.client_capabilities
        wanted: dict[str, Any] = {}
        if able is not None and able.elicitation is not None:
            wanted["user_name"] = name
        if able is not None and able.sampling is not None:
            wanted["greeting"] = _sample("Generate a greeting", 50)
        if not wanted or wanted.keys() <= (ctx.input_responses or {}).keys():
            return "done"
        return InputRequiredResult(input_requests=wanted)


def _add_resources(server: MCPServer) -> None:
    @server.resource("test://static-text", mime_type="text/plain")
    def static_text() -> str:
        """Hold a text."""
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        """Hold a picture."""
        return base64.b64decode(PIXEL)

    @server.resource("test://watched-resource", mime_type="text/plain")
    def watched() -> str:
        """Hold a text that may be watched."""
        return "watched"

    @server.resource("test://template/{id}/data", mime_type="application/json")
    def data(id: str) -> str:  # noqa: A002
        """Hold what belongs to an id."""
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def _add_prompts(server: MCPServer) -> None:
    @server.prompt()
    def test_simple_prompt() -> str:
        """Say one thing."""
        return "This is a simple prompt for testing."

    @server.prompt()
    def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
        """Say what is given."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    def with_resource(resourceUri: str) -> list[Message]:  # noqa: N803
        return [
            UserMessage(_embedded(resourceUri, "Embedded resource content for testing.")),
            UserMessage("Please process the embedded resource above."),
        ]

    server.add_prompt(
        Prompt(
            name="test_prompt_with_embedded_resource",
            description="Hold a resource.",
            arguments=[PromptArgument(name="resourceUri", description="which", required=True)],
            fn=with_resource,
            context_kwarg=None,
        )
    )

    @server.prompt()
    def test_prompt_with_image() -> list[Message]:
        """Hold a picture."""
        return [UserMessage(_image()), UserMessage("Please analyze the image above.")]

    @server.prompt()
    def test_input_required_result_prompt(ctx: Context) -> str | InputRequiredResult:
        """Ask before it says something."""
        match (ctx.input_responses or {}).get("user_context"):
            case ElicitResult(action="accept", content={"context": given}):
                return f"In the context of {given}"
        question = _ask("What context should the prompt use?", context={"type": "string"})
        return InputRequiredResult(input_requests={"user_context": question})


def _add_methods(server: MCPServer) -> None:
    """Methods of the older era that a server of ours has no use for."""

    async def accept(_ctx: ServerRequestContext[Any, Any], _params: object) -> EmptyResult:
        return EmptyResult()

    low = server._lowlevel_server  # noqa: SLF001
    low.add_request_handler("logging/setLevel", SetLevelRequestParams, accept)
    low.add_request_handler("resources/subscribe", SubscribeRequestParams, accept)
    low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, accept)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _image() -> ImageContent:
    return ImageContent(type="image", data=PIXEL, mime_type="image/png")


def _embedded(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(
        type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    )


def _form(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _ask(message: str, **properties: dict[str, Any]) -> ElicitRequest:
    return ElicitRequest(
        params=ElicitRequestFormParams(message=message, requested_schema=_form(**properties))
    )


def _sample(text: str, most_tokens: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=_text(text))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=most_tokens))

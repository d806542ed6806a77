"""What is answered, described as OpenAPI wants it; the models of requests describe themselves."""

from typing import Any

from agent.api import Section
from integrations.http.payloads import Ask, Listen

VERSION = "1"
_ERROR = {
    "description": "Why not.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
_REASONS = {
    "400": "it cannot be read",
    "401": "a key is needed, or this is none",
    "408": "the body did not come in time",
    "413": "the body is too long",
    "415": "the body is of another type",
    "503": "it cannot be done now",
    "504": "the answer takes too long; what was begun goes on",
}


def described() -> dict[str, Any]:
    """All of it."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "hearthd", "version": VERSION},
        "security": [{"key": []}, {}],
        "paths": {
            "/healthz": {
                "get": {
                    "summary": "Whether all is well.",
                    "security": [],
                    "responses": {
                        "200": _answer("The daemon is up.", "Health"),
                        "503": _answer("The daemon is up, and something is critical.", "Health"),
                        **_often(),
                    },
                }
            },
            "/openapi.json": {
                "get": {
                    "summary": "This description.",
                    "security": [],
                    "responses": {"200": _answer("It.", None), **_often()},
                }
            },
            "/v1/ask": {
                "post": {
                    "summary": "Say something to the house.",
                    "requestBody": _body("Ask"),
                    "responses": {
                        "200": _answer("The reply, as on the bus.", "Reply"),
                        **_no("400", "401", "408", "413", "415", "503", "504"),
                    },
                }
            },
            "/v1/listen": {
                "post": {
                    "summary": "Push to talk: have the microphone listen, without a wake word.",
                    "requestBody": _body("Listen", needed=False),
                    "responses": {
                        "202": _answer("The microphone was told.", "Accepted"),
                        **_no("400", "401", "408", "413", "415", "503"),
                    },
                }
            },
            "/v1/webhook/{id}": {
                "post": {
                    "summary": "Set off the rules that wait for this call.",
                    "parameters": [
                        {
                            "name": "id",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                        }
                    ],
                    "requestBody": {"content": {"*/*": {}}},
                    "responses": {
                        "202": _answer("It was told to the rules, if any waits for it.", "Accepted"),
                        **_no("400", "401", "408", "413", "415"),
                    },
                }
            },
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _answer(text: str, schema: str | None) -> dict[str, Any]:
    inner = {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
    return {"description": text, "content": {"application/json": {"schema": inner}}}


def _body(schema: str, *, needed: bool = True) -> dict[str, Any]:
    inner = {"$ref": f"#/components/schemas/{schema}"}
    return {"required": needed, "content": {"application/json": {"schema": inner}}}


def _no(*statuses: str) -> dict[str, Any]:
    return {one: _ERROR | {"description": f"No: {_REASONS[one]}."} for one in statuses} | _often()


def _often() -> dict[str, Any]:
    later = {"Retry-After": {"schema": {"type": "integer"}, "description": "In so many seconds."}}
    return {"429": _ERROR | {"description": "No: that is too often.", "headers": later}}


def _schemas() -> dict[str, Any]:
    return {
        "Ask": _schema(Ask),
        "Listen": _schema(Listen),
        "Reply": {
            "type": "object",
            "required": ["id", "session", "text", "expects_answer", "intents", "tier", "outcomes", "ms"],
            "properties": {
                "v": {"type": "integer"},
                "ts": {"type": "string", "format": "date-time"},
                "trace": {"type": "string", "description": "What stands in the log and the audit log, too."},
                "id": {"type": "string"},
                "session": {"type": "string"},
                "text": {"type": "string", "description": "To be spoken."},
                "shown": {"type": "string", "description": "To be read."},
                "language": {"type": "string"},
                "expects_answer": {"type": "boolean"},
                "intents": {"type": "array", "items": {"type": "object"}},
                "tier": {"enum": ["grammar", "model", "provider", "none"]},
                "outcomes": {"type": "array", "items": {"type": "object"}},
                "facts": {"type": "array", "items": {"type": "object"}},
                "ms": {"type": "number"},
            },
        },
        "Health": {
            "type": "object",
            "required": ["status", "broker"],
            "properties": {
                "status": {"enum": ["ok", "warning", "critical", "unknown"]},
                "broker": {"enum": ["connected", "away"]},
            },
        },
        "Accepted": {
            "type": "object",
            "required": ["status"],
            "properties": {"id": {"type": "string"}, "status": {"enum": ["accepted", "sent"]}},
        },
        "Error": {
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {"type": "string", "description": "What is wrong, and what would be right."}
            },
        },
    }


def _schema(model: type[Section]) -> dict[str, Any]:
    return model.model_json_schema()

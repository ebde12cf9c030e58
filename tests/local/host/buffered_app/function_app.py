"""An app that takes func.HttpRequest: whole requests in, whole responses out."""

import json
import time

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello/{name?}")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    facts = {
        "method": req.method,
        "url": req.url,
        "name": req.route_params.get("name"),
        "query": dict(req.params),
        "agent": req.headers.get("user-agent"),
        "body": req.get_body().decode("latin-1"),
    }
    response = func.HttpResponse(json.dumps(facts), status_code=201, mimetype="application/json")
    response.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly; SameSite=Lax")
    response.headers.add("Set-Cookie", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT")
    return response


@app.route(route="text", methods=["GET"])
async def text(req: func.HttpRequest) -> str:
    return "plain text"


@app.route(route="fails", methods=["GET"])
def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("secret detail")


@app.route(route="slow", methods=["GET"])
def slow(req: func.HttpRequest) -> func.HttpResponse:
    time.sleep(0.5)
    return func.HttpResponse("slow")

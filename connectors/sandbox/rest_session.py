"""`/rest/auth/1/session` of Data Center: who is logged in. The cookie it gives opens nothing here."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import Context, no_content, route


def routes(context: Context) -> list[Route]:
    session = Session(context)
    return [route("/rest/auth/1/session", get=session.get, post=session.post, delete=session.delete)]


class Session:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, _: Request) -> Response:
        account, docs = self._context.account, self._context.docs
        address = f"{docs.api}/user?username={account.user_name}"
        login = {"loginCount": 1, "previousLoginTime": docs.instant(self._context.site.clock.now())}
        return JSONResponse({"self": address, "name": account.user_name, "loginInfo": login})

    async def post(self, _: Request) -> Response:
        return JSONResponse(
            {"session": {"name": "JSESSIONID", "value": "sandbox"}, "loginInfo": {"loginCount": 1}}
        )

    async def delete(self, _: Request) -> Response:
        return no_content()

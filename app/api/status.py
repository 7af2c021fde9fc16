"""Is it alive, is it ready: for whoever keeps it running."""

from anyio import to_thread
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from app import log
from app.api.state import StateDep
from app.store import schema
from app.store.database import describe

_log = log.get(__name__)
router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: str = Field("alive", examples=["alive"])


class Ready(BaseModel):
    """Whether work can be done, check by check; each is "ok" or says what is wrong."""

    ready: bool
    checks: dict[str, str] = Field(examples=[{"store": "ok", "schema": "ok", "worker": "ok"}])


@router.get("/live")
async def live() -> Live:
    """The process runs and answers."""
    return Live(status="alive")


@router.get("/ready", responses={503: {"model": Ready, "description": "Not ready; the checks say why."}})
async def ready(state: StateDep) -> JSONResponse:
    """The store can be written, its schema is ours, the worker lives."""
    checks = {"worker": "ok" if state.worker_alive() else "the worker has ended; see the log"}
    try:
        await to_thread.run_sync(state.database.check_writable)
        found, wanted = await to_thread.run_sync(schema.current, state.database), schema.head()
        checks["store"] = "ok"
        checks["schema"] = (
            "ok" if found == wanted else f"the store is at {found}, this version needs {wanted}"
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, the store is not usable
        # The reason may name hosts and paths, and anybody can ask here.
        _log.error("health.store", reason=describe(error))
        checks["store"] = "the store does not take writes; see the log"
    good = all(check == "ok" for check in checks.values())
    return JSONResponse(Ready(ready=good, checks=checks).model_dump(), 200 if good else 503)

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from cakra.core import errors
from cakra.core.access.rights import NotAllowed
from cakra.doors.app import build_app
from cakra.doors.problems import install_problem_handlers, problem_of
from portal_kit import serve

SECRET = "postgresql://somebody:hunter2@db"


def app_that_raises(error, **how):
    app = FastAPI()
    install_problem_handlers(app, **how)

    @app.get("/{path:path}")
    async def fail(path: str, number: int = 0):
        raise error

    return app


async def get(app, path="/v1/thing", accept="*/*", **query):
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://doors.example") as client:
        return await client.get(path, headers={"Accept": accept}, params=query)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.InputError, 400),
        (errors.Unauthentic, 401),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.ForbiddenMove, 409),
        (errors.TooLarge, 413),
        (errors.StoreError, 503),
        (errors.StorageFull, 507),
    ],
)
async def test_each_kind_has_its_status_and_its_sentence(kind, status):
    response = await get(app_that_raises(kind("Say it again.", code="special")))
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["detail"], problem["code"]) == (status, "Say it again.", "special")
    assert problem["type"] == "urn:cakra:problem:special"


def test_every_kind_of_error_has_a_status_on_purpose():
    kinds = [errors.CakraError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        status = problem_of(_made(kind)).status
        ours = not issubclass(kind, errors.InputError | errors.NotFound | errors.ForbiddenMove | NotAllowed)
        assert (status >= 500) == ours, kind


def _made(kind):
    error = kind.__new__(kind)
    error.sentence = "Something."
    return error


@pytest.mark.parametrize("error", [RuntimeError(SECRET), errors.SetupError(SECRET), errors.CakraError(SECRET)])
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_a_fault_of_ours_shows_nothing_of_its_inside(error, accept):
    response = await get(app_that_raises(error), "/page", accept)
    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert "our side" in response.text


async def test_people_get_a_page_and_machines_never_do():
    error = errors.InputError("<script>alert(1)</script>")
    page = await get(app_that_raises(error), "/page", "text/html")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script>" not in page.text
    assert "alert(1)" in page.text
    machine = await get(app_that_raises(error), "/v1/thing", "text/html")
    assert machine.headers["content-type"] == "application/problem+json"
    own = app_that_raises(error, page=lambda _request, problem: HTMLResponse("our own", problem.status))
    assert (await get(own, "/page", "text/html")).text == "our own"


async def test_a_wrong_parameter_is_named():
    response = await get(app_that_raises(RuntimeError()), number="many")
    assert response.status_code == 422
    assert "query.number" in response.json()["detail"]


async def test_a_crash_is_logged_once_without_its_words(pool, capfd):
    """The database's words quote what was sent; neither our log nor the server's may repeat them."""
    router = APIRouter()

    @router.get("/crash")
    async def crash() -> None:
        await pool.fetchval("select $1::integer", "B1234XYZ Sri Contoh")

    async with serve(build_app([router], pool)) as base, httpx.AsyncClient(base_url=base) as client:
        answer = await client.get("/crash")
    assert answer.status_code == 500
    printed = "".join(capfd.readouterr())
    assert printed.count("request_crashed") == 1
    assert "DataError" in printed
    assert "Sri Contoh" not in printed + answer.text

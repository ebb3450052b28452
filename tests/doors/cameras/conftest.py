import pytest

from cakra.outside.photos import FolderPhotos
from camera_kit import add_camera, client_of, doors_on


@pytest.fixture
def store(tmp_path):
    return FolderPhotos(tmp_path / "photos")


@pytest.fixture
async def client(pool, store):
    await add_camera(pool)
    async with client_of(doors_on(pool, store)) as client:
        yield client

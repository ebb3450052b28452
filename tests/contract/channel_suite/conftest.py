"""Each channel with its real peer, one after the other, for the one suite."""

import pytest
from channel_ground import SuiteGround
from every_kit import channels_of
from kit_email import EmailKit
from kit_letter import LetterKit
from kit_sms import Aggregator, InfobipKit, SmppKit
from kit_whatsapp import WhatsAppKit

from cakra.outside.photos import open_photo_store
from cakra.store.connect import create_pool
from dispatch_kit import CALM
from letter_kit import require_openssh, running_sshd
from postfix_peer import postfix, require_postfix
from sms_peer import running_smsc
from whatsapp_peer import sandbox


@pytest.fixture(scope="module")
def whatsapp_kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whatsapp")
    with sandbox(folder, absent_suffixes=["0404"], absent_as="answer", faults=CALM) as peer:
        yield WhatsAppKit(peer)


@pytest.fixture(scope="module")
def email_kit():
    require_postfix()
    with postfix() as server:
        yield EmailKit(server)


@pytest.fixture(scope="module")
def sms_smpp_kit():
    with running_smsc() as smsc:
        yield SmppKit(smsc)


@pytest.fixture(scope="module")
def sms_infobip_kit():
    aggregator = Aggregator()
    yield InfobipKit(aggregator)
    aggregator.end()


@pytest.fixture(scope="module")
def letter_kit(tmp_path_factory):
    require_openssh()
    with running_sshd() as house:
        yield LetterKit(house, tmp_path_factory.mktemp("letters"))


@pytest.fixture(scope="module")
def shared_database(database_server, database_template):
    """One database for the suite: its tests clear it, which is quicker than a new one."""
    with database_server.database(database_template) as url:
        yield url


def pytest_generate_tests(metafunc):
    """Each test once for every channel that it has a meaning for; the others get no test at all."""
    if "suite" in metafunc.fixturenames:
        names = channels_of(metafunc.function)
        params = [pytest.param(name, marks=pytest.mark.xdist_group(f"channel {name}")) for name in names]
        metafunc.parametrize("suite", params, indirect=True)


@pytest.fixture
async def suite(request, shared_database, tmp_path):
    kit = request.getfixturevalue(f"{request.param.replace('-', '_')}_kit")
    pool = await create_pool(shared_database, min_size=1, max_size=8, name="channel suite")
    try:
        ground = SuiteGround(pool, shared_database, open_photo_store(str(tmp_path)), kit)
        await ground.clear()
        await kit.open(ground)
        try:
            await ground.register()
            yield ground
            await ground.check()
        finally:
            await kit.close()
    finally:
        await pool.close()

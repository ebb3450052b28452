from test_failover import *
from cakra.journey.dispatch.pausing import resume
LATE_PLAN = (Rung(Channel.WHATSAPP, "delivered", 600.0, hand_over_s=30.0), Rung(Channel.EMAIL, "delivered", 7200.0))
@pytest.mark.parametrize(("level","key"), [("everything",""),("jurisdiction","PMJ")])
async def test_x(two, level, key):
    pool = two.ground.pool
    await pool.execute("insert into jurisdiction(code,name,zone,first_cell,cells) values ('PMJ','x','Asia/Jakarta',0,16) on conflict do nothing")
    q = await two.ground.queue(plan=LATE_PLAN, content=CONTENT)
    await pool.execute("update notice set due_at = now() - interval '10 minutes', hand_over_by = now() - interval '9 minutes'")
    for n in ("sari","dewi"):
        await add_officer(pool, n, n, role="supervisor", password="rahasia-sekali-1") if False else await pool.execute("insert into officer (username,name,role,password_hash) values ($1,$1,'supervisor','x')", n)
    p = await pause(pool, level, key, by="sari", reason="x")
    assert await leave_late(pool, IN_USE, 50) == 0
    await resume(pool, p, by="dewi", reason="y")
    assert await leave_late(pool, IN_USE, 50) == 0
    await pool.execute("update pause set resumed_at = now() - interval '31 s'")
    assert await leave_late(pool, IN_USE, 50) == 1

"""Officers with one grant, as tests need them: one statement, for a pool or for a shell's database."""

from cakra.kit.ids import new_id


def officer_sql(
    username, role, *, name=None, rank="", certified=False, hashed="", active=True, jurisdiction=None, to=None
):
    """The statement that adds an officer with a role; `jurisdiction` None: the nation; `to`: when the grant ends."""

    def text(value):
        return "null" if value is None else "'" + str(value).replace("'", "''") + "'"

    return (
        "with who as (insert into officer (username, name, rank, certified, password_hash, active)"
        f" values ({text(username)}, {text(name or username)}, {text(rank)}, {certified}, {text(hashed)}, {active})"
        " on conflict do nothing returning username)"
        " insert into officer_grant (grant_id, username, role, jurisdiction, valid_from, valid_to, given_at, reason)"
        f" select {new_id()}, username, {text(role)}, {text(jurisdiction)}, '2000-01-01 00:00+00', {text(to)}, now(),"
        " 'test' from who"
    )


async def put_officer(database, username, role, **more):
    """The same, done."""
    await database.execute(officer_sql(username, role, **more))


async def become(database, username, role):
    """An officer's only grant becomes that of another role."""
    await database.execute("update officer_grant set role = $2 where username = $1", username, role)

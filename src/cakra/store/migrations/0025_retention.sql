-- Retention: what was erased and when, what may not be, which pictures are to leave the store; and whole chassis and
-- engine numbers of the register, by which an owner may be found without a reference.
-- statement_timeout: 15min

-- One look through the cases of a class, or at the records of one: counted up as sets are erased, in their transaction.
create table erasure (
    erasure_id  bigint primary key,
    class       text not null,
    at          timestamptz not null,
    cutoff      timestamptz not null,            -- what is older was looked at
    cases       bigint not null default 0,       -- cases, or records
    photographs bigint not null default 0,       -- originals that these cases stood on
    bytes       bigint not null default 0,       -- of these originals
    failed      integer not null default 0,      -- cases that could not be erased and were set aside
    problem     text,                            -- the kind of the last fault
    ended_at    timestamptz                      -- null: under way, or its worker ended
);
create index erasure_of_class on erasure (class, at desc);

-- A case that must not be erased while somebody (a court, a complaint) needs it. Ended by another person.
create table legal_hold (
    cell           smallint not null,
    case_id        bigint not null,
    placed_at      timestamptz not null,
    reason         text not null,
    placed_by      text not null references officer,
    released_by    text references officer,
    released_at    timestamptz,
    release_reason text,
    primary key (cell, case_id, placed_at),
    check (released_by is null or released_by <> placed_by),
    check ((released_at is null) = (released_by is null))
);
create unique index legal_hold_open on legal_hold (cell, case_id) where released_at is null;

-- Pictures of erased cases on their way out of the store: named here before they are deleted there, and for an hour after.
create table leaving_picture (
    sha256    bytea primary key,
    parent    bytea,                             -- of a derived picture: the original that it was made of
    listed_at timestamptz not null,
    begun_at  timestamptz,                       -- until it is gone a record that brings it is sent again
    gone_at   timestamptz,
    tries     integer not null default 0         -- how often the store did not let it go
);
create index leaving_picture_next on leaving_picture (tries, listed_at) where gone_at is null;
create index leaving_picture_gone on leaving_picture (gone_at) where gone_at is not null;

-- Cases that may come to their end, by state and age: one entry a case, written when it gets there.
create index case_ended on case_file (state, state_since)
    where state in ('rejected', 'diverted', 'withdrawn', 'lapsed', 'undeliverable', 'closed', 'refunded', 'forfeited');
-- Whether another case shows the same derived picture (as `photo_content`).
create index derived_content on derived_picture (substr(sha256, 1, 7));
create index deposit_code_expiry on deposit_code (expires_at);

-- The application only adds to the timelines and to what accounts for people's acts. These two functions are the owner's
-- and the one way out: a timeline goes after its case is gone, the rest when it is older than a year at least.
create function erase_timelines(cells smallint[], case_ids bigint[]) returns bigint
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with gone as (
        delete from case_event e using unnest(cells, case_ids) as w(cell, case_id)
        where e.cell = w.cell and e.case_id = w.case_id
            and not exists (select from case_file c where c.cell = e.cell and c.case_id = e.case_id)
        returning 1
    )
    select count(*) from gone
$$;
revoke all on function erase_timelines from public;

create function erase_staff_log(before timestamptz, most integer) returns bigint
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
    with bound as (
        -- Numbers are time (kit/ids.py), so the oldest stand first.
        select least(before, now() - interval '1 year') as at
    ), looks as (
        delete from staff_access where at < (select at from bound)
            and access_id = any(array(select access_id from staff_access order by access_id limit most)) returning 1
    ), refusals as (
        delete from staff_refusal where at < (select at from bound)
            and refusal_id = any(array(select refusal_id from staff_refusal order by refusal_id limit most)) returning 1
    ), acts as (
        delete from quarantine_action where at < (select at from bound)
            and action_id = any(array(select action_id from quarantine_action order by action_id limit most)) returning 1
    )
    select (select count(*) from looks) + (select count(*) from refusals) + (select count(*) from acts)
$$;
revoke all on function erase_staff_log from public;

-- Blind indexes of whole numbers, bound to the plate; null until the next import of that vehicle's row.
alter table registration add column chassis bytea, add column engine bytea;
alter table register_staging add column chassis bytea, add column engine bytea;

-- Parties of a case, and references that belong to them.
--
-- Every case that addressed somebody gets its owner as a party, with the number of the case for its own, so that what
-- was sealed for the case's addressee (purpose 'addressee', bound to the case id) opens unchanged, bound to the party.
-- Tables are filled before their keys are built, and columns that are another column's copy are written by one rewrite
-- of the table, which leaves no dead rows behind.
-- statement_timeout: 60min
set local work_mem = '128MB';
set local maintenance_work_mem = '256MB';

insert into allowed_move values
    ('notified','identified'),('undeliverable','identified'),('lapsed','identified'),
    ('disputed','notified'),('disputed','identified'),('disputed','review');

insert into allowed_notice_move values ('queued', 'planned');

create table party (
    cell         smallint not null,
    case_id      bigint not null,
    party_id     bigint not null,                -- of the first owner: the case's own id
    role         text not null check (role in ('owner', 'nominee', 'buyer', 'driver')),
    named_by     bigint,                         -- the party whose answer named this one
    standing     text not null default 'addressed'
        check (standing in ('addressed', 'named', 'silent', 'unreachable', 'released')),
    contact      bytea,                          -- sealed name, address, phone … ('addressee', bound to party_id)
    person       bytea,                          -- blind index: the register's key of this owner
    phone        bytea,                          -- blind index
    email        bytea,                          -- blind index
    factor_kind  text not null check (factor_kind in ('chassis', 'phone_code')),
    factor       bytea,                          -- blind index: what this party proves itself by
    owner_since  timestamptz,                    -- the registration spell that was used
    language     text,                           -- wishes
    channels     text[] not null default '{}',
    delivered_at timestamptz,                    -- how the last turn ended; while it is this party's: the case's
    confirm_by   timestamptz,
    created_at   timestamptz not null,
    version      integer not null default 0
);

-- Unique for ever: whatever was once printed leads to one party, or says that it is closed.
create table reference (
    cell        smallint not null,
    reference   text not null,
    case_id     bigint not null,
    party_id    bigint not null,
    opened_at   timestamptz not null,
    closed_at   timestamptz,
    closed_why  text,
    replaced_by text,
    check ((closed_at is null) = (closed_why is null)),
    check (replaced_by is null or closed_at is not null)
);

insert into party (cell, case_id, party_id, role, contact, factor_kind, factor, owner_since, created_at)
select cell, case_id, case_id, 'owner', addressee, 'chassis', chassis_last5, owner_since, received_at
from case_file where addressee is not null;

-- Somebody was written to, answered or was charged though the case does not say whom: the reference opens all the same.
insert into party (cell, case_id, party_id, role, factor_kind, factor, owner_since, created_at)
select c.cell, c.case_id, c.case_id, 'owner', 'chassis', c.chassis_last5, c.owner_since, c.received_at
from case_file c
join (
    select cell, case_id from notice union select cell, case_id from answer
    union select cell, case_id from deposit_code union select cell, case_id from second_factor
) known on known.cell = c.cell and known.case_id = c.case_id
where c.addressee is null;

insert into reference (cell, reference, case_id, party_id, opened_at)
select p.cell, c.reference, p.case_id, p.party_id, p.created_at
from party p join case_file c on c.cell = p.cell and c.case_id = p.case_id;

alter table party add primary key (cell, case_id, party_id);
alter table reference add primary key (cell, reference);
create index reference_of_party on reference (cell, case_id, party_id);

-- Whose turn it is.
alter table case_file
    add column party_id bigint generated always as (case when addressee is not null then case_id end) stored;
alter table case_file alter column party_id drop expression;
update case_file c set party_id = p.party_id
from party p where p.contact is null and c.cell = p.cell and c.case_id = p.case_id;
alter table case_file drop column addressee, drop column chassis_last5, drop column owner_since;

-- To whom each of these belongs.
alter table notice add column party_id bigint not null generated always as (case_id) stored;
alter table notice alter column party_id drop expression;
alter table answer add column party_id bigint not null generated always as (case_id) stored;
alter table answer alter column party_id drop expression;
alter table deposit_code add column party_id bigint not null generated always as (case_id) stored;
alter table deposit_code alter column party_id drop expression;
alter table second_factor add column party_id bigint not null generated always as (case_id) stored;
alter table second_factor alter column party_id drop expression;
alter table second_factor drop constraint second_factor_pkey, add primary key (cell, case_id, party_id);

analyze party;
analyze reference;

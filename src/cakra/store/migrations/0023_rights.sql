-- statement_timeout: 15min
-- What officers may do is granted, for an office or the nation and for a while; what needs two people is an order.

create table officer_grant (
    grant_id     bigint primary key,
    username     text not null references officer,
    role         text not null check (role in ('reviewer', 'supervisor', 'commander', 'auditor', 'administrator',
                                               'counter', 'treasurer', 'court_liaison', 'data_protection_officer',
                                               'operator')),
    jurisdiction text references jurisdiction,      -- null: the nation
    valid_from   timestamptz not null,
    valid_to     timestamptz,                       -- null: until it is ended
    given_by     text references officer,           -- null: by whoever runs the installation
    approved_by  text references officer,           -- where the role needs two people
    given_at     timestamptz not null,
    reason       text not null,
    ended_by     text references officer,
    ended_at     timestamptz,
    check (valid_to is null or valid_to >= valid_from)
);
create index officer_grant_of on officer_grant (username);

create table officer_order (
    order_id     bigint primary key,
    kind         text not null check (kind in ('grant', 'resume')),
    jurisdiction text references jurisdiction,      -- null: the nation
    content      jsonb not null,
    reason       text not null,
    proposed_by  text not null references officer,
    proposed_at  timestamptz not null,
    expires_at   timestamptz not null,
    settled_as   text check (settled_as in ('approved', 'rejected')),
    settled_by   text references officer,
    settled_at   timestamptz,
    settled_why  text,
    check ((settled_as is null) = (settled_by is null) and (settled_as is null) = (settled_at is null)),
    check (settled_by is null or settled_as = 'rejected' or settled_by <> proposed_by)
);
create index officer_order_open on officer_order (order_id) where settled_as is null;

-- Everybody keeps what the one role gave. A reviewer's grant is for the only office where there is one; where there
-- are more, for the nation, so that nobody loses the desk: an administrator narrows it (runbook, rights).
insert into officer_grant (grant_id, username, role, jurisdiction, valid_from, given_at, reason)
select row_number() over (order by o.username), o.username, o.role,
    case when o.role = 'reviewer' and (select count(*) from jurisdiction) = 1 then (select j.code from jurisdiction j) end,
    '2000-01-01 00:00+00', now(), 'the role held before grants were kept'
from officer o;
alter table officer drop column role;

-- Of a command there is no network address.
alter table staff_refusal add column act text, add column jurisdiction text, alter column caller drop not null;

-- The desk by office: a list of one office walks its own cases in order, however many wait elsewhere.
create index case_desk_of on case_file (state, jurisdiction, state_since, case_id)
    where state in ('review', 'unidentified', 'undeliverable', 'answered', 'disputed');
drop index case_desk;
